from __future__ import annotations

from django.urls import path

from dashboard.connections import testing, views

app_name = "connections"
urlpatterns = [
    path("", views.connections, name="list"),
    path("connectors/", views.connectors, name="connectors"),
    path("connectors/<slug:kind>/", views.connector, name="connector"),
    path("new/", views.choose, name="choose"),
    path("new/<slug:kind>/", views.new, name="new"),
    path("test/<uuid:id>/", testing.test, name="test"),
    path("test/<uuid:id>/step/", testing.step, name="step"),
    path("<uuid:id>/", views.detail, name="detail"),
    path("<uuid:id>/edit/", views.edit, name="edit"),
    path("<uuid:id>/secrets/", views.secrets, name="secrets"),
    path("<uuid:id>/check/", views.check, name="check"),
    path("<uuid:id>/delete/", views.delete, name="delete"),
]
