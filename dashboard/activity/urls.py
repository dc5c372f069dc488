from __future__ import annotations

from django.urls import path

from dashboard.activity import views

app_name = "activity"
urlpatterns = [
    path("", views.events, name="list"),
    path("notices/", views.notices, name="notices"),
    path("notices/seen/", views.seen, name="seen"),
]
