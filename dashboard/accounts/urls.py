from __future__ import annotations

from django.urls import path

from dashboard.accounts import key_pages, views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.password, name="password"),
    path("workspace/", views.workspace, name="workspace"),
    path("keys/", key_pages.keys, name="keys"),
    path("keys/<int:id>/revoke/", key_pages.revoke, name="key-revoke"),
    path("members/", views.members, name="members"),
    path("members/<int:id>/role/", views.role, name="member-role"),
    path("members/<int:id>/remove/", views.remove, name="member-remove"),
]
