"""The addresses of exports, runs and files."""

from __future__ import annotations

from django.urls import path

from dashboard.exports import views

app_name = "exports"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("next-times/", views.preview, name="preview"),
    path("runs/", views.runs, name="runs"),
    path("runs/<uuid:id>/", views.run_detail, name="run-detail"),
    path("runs/<uuid:id>/cancel/", views.cancel, name="cancel"),
    path("runs/<uuid:id>/retry/", views.retry, name="retry"),
    path("files/<int:id>/", views.download, name="download"),
    path("<uuid:id>/", views.detail, name="detail"),
    path("<uuid:id>/run/", views.run, name="run"),
    path("<uuid:id>/schedule/", views.schedule, name="schedule"),
    path("<uuid:id>/schedule/remove/", views.unschedule, name="unschedule"),
    path("<uuid:id>/pause/", views.pause, name="pause"),
    path("<uuid:id>/resume/", views.resume, name="resume"),
    path("<uuid:id>/adopt/", views.adopt, name="adopt"),
    path("<uuid:id>/delete/", views.delete, name="delete"),
]
