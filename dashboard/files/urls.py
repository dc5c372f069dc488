from __future__ import annotations

from django.urls import path

from dashboard.files import views

app_name = "files"
urlpatterns = [
    path("<uuid:connection>/upload/", views.upload, name="upload"),
    path("<uuid:connection>/download/", views.download, name="download"),
    path("<uuid:connection>/delete/", views.delete, name="delete"),
]
