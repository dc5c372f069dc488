from __future__ import annotations

from django.urls import path

from dashboard.sharing import views

app_name = "sharing"
urlpatterns = [
    path("<uuid:connection>/", views.node, name="node"),
    path("<uuid:connection>/audiences/", views.audiences, name="audiences"),
    path("<uuid:connection>/share/", views.share, name="share"),
    path("<uuid:connection>/revoke/", views.revoke, name="revoke"),
]
