"""Every address of the dashboard."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from dashboard.accounts.views import admin_sign_in

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="connections:list"), name="home"),
    path("", include("dashboard.accounts.urls")),
    path("activity/", include("dashboard.activity.urls")),
    path("connections/", include("dashboard.connections.urls")),
    path("browse/", include("dashboard.browse.urls")),
    path("charts/", include("dashboard.charts.urls")),
    path("functions/", include("dashboard.operations.urls")),
    path("files/", include("dashboard.files.urls")),
    path("sharing/", include("dashboard.sharing.urls")),
    path("exports/", include("dashboard.exports.urls")),
    path("api/", include("dashboard.api.urls")),
    path("admin/login/", admin_sign_in),
    path("admin/", admin.site.urls),
]
