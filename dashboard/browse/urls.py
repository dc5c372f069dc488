from __future__ import annotations

from django.urls import path

from dashboard.browse import views

app_name = "browse"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("<uuid:connection>/", views.tree, name="tree"),
    path("<uuid:connection>/node/", views.node, name="node"),
    path("<uuid:connection>/latest/", views.latest, name="latest"),
    path("<uuid:connection>/search/", views.ask, name="ask"),
]
