from __future__ import annotations

from django.urls import path

from dashboard.charts import views, watching

app_name = "charts"
urlpatterns = [
    path("", views.list_, name="list"),
    path("explore/", views.explore, name="explore"),
    path("data/", views.data, name="data"),
    path("table/", views.table, name="table"),
    path("statistics/", views.statistics, name="statistics"),
    path("csv/", views.csv, name="csv"),
    path("pick/", views.pick, name="pick"),
    path("live/", watching.live, name="live"),
    path("save/", views.save, name="save"),
    path("<uuid:id>/", views.detail, name="detail"),
    path("<uuid:id>/delete/", views.delete, name="delete"),
]
