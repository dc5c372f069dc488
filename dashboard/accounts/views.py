"""Signing in and out, one's own profile, the workspace's members."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from dashboard import access
from dashboard.access import Role
from dashboard.accounts.forms import (
    MemberForm,
    PasswordForm,
    ProfileForm,
    RoleForm,
    SignInForm,
)
from dashboard.accounts.models import Membership, Workspace
from dashboard.accounts.requests import SignedRequest
from dashboard.accounts.services import member_add, member_remove, member_role, person_find

LAST_OWNER = "A workspace needs an owner. Make somebody else an owner first."


class SignIn(LoginView):
    """Django's, which follows `next` only within this site."""

    form_class = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A fragment asked for after the session ended reloads the page it stands on."""
        if getattr(request, "htmx", False):
            return HttpResponseClientRefresh()
        return super().get(request, *args, **kwargs)


@login_not_required
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The admin site's sign-in is ours: one door, with one count of failures."""
    if request.user.is_authenticated:
        raise PermissionDenied("The admin site is for people who run Tieline.")
    return redirect_to_login(request.GET.get("next", reverse("admin:index")))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("accounts:sign-in")


@require_POST
def workspace(request: SignedRequest) -> HttpResponse:
    """Work in another workspace from now on."""
    mine = {str(place.workspace_id) for place in request.user.places}
    chosen = request.POST.get("workspace", "")
    if chosen not in mine:
        raise Http404
    request.session["workspace"] = chosen
    return redirect("home")


def profile(request: SignedRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect("accounts:profile")
    return _profile(request, form, PasswordForm(request.user))


def password(request: SignedRequest) -> HttpResponse:
    """A new password ends every other session of the person."""
    form = PasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, "Your password is changed; other devices have to sign in again.")
        return redirect("accounts:profile")
    return _profile(request, ProfileForm(instance=request.user), form)


def members(request: SignedRequest) -> HttpResponse:
    """Who may see the current workspace; its owner adds people here."""
    workspace = _current(request)
    form = MemberForm(request.POST or None)
    if request.method == "POST":
        access.demand(workspace, request.user, Role.OWNER)
    if request.method == "POST" and form.is_valid():
        return _added(request, workspace, form)
    rows = workspace.memberships.select_related("person").order_by("-role", "person__email")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(
        request, "accounts/members.html", {"page": page, "form": form, "roles": Role.choices}
    )


@require_POST
def role(request: SignedRequest, id: int) -> HttpResponse:
    member = access.get(Membership, request.user, id, role=Role.OWNER)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "There is no such role.")
    elif member_role(member, role=form.cleaned_data["role"]):
        messages.success(request, f"The role of {member.person} is changed.")
    else:
        messages.error(request, LAST_OWNER)
    return redirect("accounts:members")


def remove(request: SignedRequest, id: int) -> HttpResponse:
    """Asks, then ends the membership."""
    member = access.get(Membership, request.user, id, role=Role.OWNER)
    if request.method != "POST":
        return render(request, "accounts/member_remove.html", {"member": member})
    if member_remove(member):
        messages.success(request, f"{member.person} is no longer a member.")
    else:
        messages.error(request, LAST_OWNER)
    return redirect("accounts:members")


def _added(request: SignedRequest, workspace: Workspace, form: MemberForm) -> HttpResponse:
    person = person_find(form.cleaned_data["email"])
    role = form.cleaned_data["role"]
    if person is not None and member_add(workspace=workspace, person=person, role=role):
        messages.success(request, f"{person} is now a member.")
    else:
        messages.info(request, "This person is a member already; change the role in the list.")
    return redirect("accounts:members")


def _current(request: SignedRequest) -> Workspace:
    if not request.workspace:
        raise Http404
    return request.workspace


def _profile(request: SignedRequest, form: ProfileForm, password: PasswordForm) -> HttpResponse:
    return render(request, "accounts/profile.html", {"form": form, "password": password})
