"""The door: signing in and out, the locked door, the forgotten password."""

from __future__ import annotations

import datetime as dt
from typing import Any

from axes.helpers import get_client_ip_address, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from foundation.accounts.actions import passwords
from foundation.accounts.forms import AskCodeForm, CodeForm, SignInForm, show_errors
from foundation.accounts.http import PortalRequest
from foundation.accounts.models import User
from foundation.core.clock import real_now
from foundation.core.registries import panels_for

PENDING_KEY = "second_step"
"""Session key between the two steps: who gave a right password, when, and where they wanted to go."""
RESET_KEY = "reset_request"
"""Session key: number of the present request for a code (0: there is none behind it)."""


def next_page(request: PortalRequest) -> str:
    """Where to go afterwards; only to a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else settings.LOGIN_REDIRECT_URL


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: PortalRequest) -> HttpResponse:
    """Sign in by account name or mobile number; five wrong passwords lock the account at that address for a while."""
    target = next_page(request)
    if request.user.is_authenticated and request.method == "GET":
        return HttpResponseRedirect(target)
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        identity = form.cleaned_data["identity"].strip()
        person = passwords.find_person(identity)
        # The counter is kept under the account's own name, so that name and number do not give twice as many tries.
        username = person.username if person else identity
        user = authenticate(request, username=username, password=form.cleaned_data["password"])
        if isinstance(user, User) and user.second_factor_since is not None:
            return _second_step(request, user, target)
        if user is not None:
            login(request, user)
            return HttpResponseRedirect(target)
        form.add_error(None, _failure(request))
    context = {
        "form": form,
        "next": target if target != settings.LOGIN_REDIRECT_URL else "",
        "idle": "idle" in request.GET,
    }
    context["idle_minutes"] = settings.IDLE_SECONDS // 60
    context["panels"] = panels_for("sign_in", request.actor, None)
    return render(request, "accounts/sign_in.html", context, status=422 if form.errors else 200)


def _second_step(request: PortalRequest, user: User, target: str) -> HttpResponse:
    """The password was right; nobody is signed in before the code is (views.second_factor)."""
    request.session.flush()
    request.session[PENDING_KEY] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": real_now().timestamp(),
        "next": target,
    }
    return redirect("accounts:second_step")


def _failure(request: PortalRequest) -> str:
    left = settings.AXES_FAILURE_LIMIT - (getattr(request, "axes_failures_since_start", 0) or 0)
    told = "账号或密码不对。请检查大小写和输入法。"
    return f"{told}再错 {left} 次，将锁定 {_lock_minutes()} 分钟。" if 0 < left <= 3 else told


def _lock_minutes() -> int:
    cool_off = get_cool_off()
    return int(cool_off.total_seconds() // 60) if cool_off else 0


def locked_out(
    request: PortalRequest, original_response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What somebody sees who is locked out: until when, why, and who can help sooner."""
    username = str((credentials or {}).get("username") or request.POST.get("identity", ""))
    attempt = (
        AccessAttempt.objects.filter(username=username, ip_address=get_client_ip_address(request))
        .order_by("-attempt_time")
        .first()
    )
    cool_off = get_cool_off() or dt.timedelta()
    until = (attempt.attempt_time if attempt else real_now()) + cool_off
    context = {"until": until, "minutes": _lock_minutes(), "limit": settings.AXES_FAILURE_LIMIT}
    return render(request, "accounts/locked.html", context, status=429)


@require_POST
def sign_out(request: PortalRequest) -> HttpResponse:
    """Leave; the sign-in page says so."""
    logout(request)
    messages.success(request, "已退出登录。")
    return redirect("accounts:sign_in")


@require_POST
def still_here(request: PortalRequest) -> HttpResponse:
    """The person pressed 继续使用 or is typing; the visit goes on (the middleware has noted the time)."""
    return HttpResponse(status=204)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def reset_ask(request: PortalRequest) -> HttpResponse:
    """Ask for a code. The answer is the same whether or not the account exists."""
    form = AskCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        identity = form.cleaned_data["identity"]
        request.session[RESET_KEY] = passwords.ask_reset_code(identity=identity, request=request)
        return redirect("accounts:reset_code")
    return render(request, "accounts/reset_ask.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
@never_cache
@sensitive_post_parameters("code", "new", "again")
@require_http_methods(["GET", "POST"])
def reset_code(request: PortalRequest) -> HttpResponse:
    """Type the code and a new password."""
    if RESET_KEY not in request.session:
        return redirect("accounts:reset_ask")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            passwords.reset_by_code(
                reset_id=request.session[RESET_KEY], code=data["code"], new=data["new"], request=request
            )
        except ValidationError as error:
            show_errors(form, error)
        else:
            del request.session[RESET_KEY]
            messages.success(request, "密码已重置，请用新密码登录。")
            return redirect("accounts:sign_in")
    context = {"form": form, "minutes": settings.RESET_CODE_MINUTES, "ask_url": reverse("accounts:reset_ask")}
    return render(request, "accounts/reset_code.html", context, status=422 if form.errors else 200)
