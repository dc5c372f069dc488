from __future__ import annotations

from django.urls import path

from dashboard.operations import views

app_name = "operations"
urlpatterns = [
    path("<uuid:connection>/", views.functions, name="list"),
    path("<uuid:connection>/node/", views.of_node, name="node"),
    path("<uuid:connection>/calls/", views.calls, name="calls"),
    path("<uuid:connection>/do/<str:name>/", views.operation, name="do"),
    path("call/<uuid:id>/", views.call, name="call"),
    path("call/<uuid:id>/file/", views.file, name="file"),
]
