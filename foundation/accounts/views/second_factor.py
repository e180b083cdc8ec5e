"""The second factor: the step after the password, setting it up, recovery codes, rules and resets."""

from __future__ import annotations

import secrets as system_secrets
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.accounts import queries, secrets
from foundation.accounts.actions import second_factor as actions
from foundation.accounts.forms import show_errors
from foundation.accounts.forms_guard import OneCodeForm, ReasonForm, RuleForm, SecondStepForm
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.middleware import SECOND_KEY
from foundation.accounts.models import RecoveryCode, SecondFactorRule, User
from foundation.accounts.transition import require
from foundation.accounts.views.shared import person_of
from foundation.accounts.views.sign_in import PENDING_KEY, next_page
from foundation.core.clock import real_now

_ENROL_KEY = "second_factor_key"
_CODES_KEY = "recovery_codes"
_BACKEND = "django.contrib.auth.backends.ModelBackend"
_SHOWN_SECONDS = 600
_PER_PAGE = 50


# ---- signing in --------------------------------------------------------------------------------------------
def _waiting(request: PortalRequest) -> tuple[User | None, dict[str, Any]]:
    """Who waits between the steps; None when nobody does, it took too long, or the password changed meanwhile."""
    found = request.session.get(PENDING_KEY) or {}
    if real_now().timestamp() - found.get("at", 0) > settings.SECOND_FACTOR_WAIT_MINUTES * 60:
        return None, {}
    user = User.objects.filter(pk=found.get("user"), is_active=True).first()
    if user is None or user.get_session_auth_hash() != found.get("hash"):
        return None, {}
    return user, found


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_step(request: PortalRequest) -> HttpResponse:
    """Ask for the code after a right password."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
    user, found = _waiting(request)
    if user is None:
        messages.warning(request, "两步之间隔得太久，请重新输入密码。")
        return redirect("accounts:sign_in")
    form = SecondStepForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        checked = actions.check(user=user, code=form.cleaned_data["code"], request=request)
        if checked:
            del request.session[PENDING_KEY]
            login(request, user, backend=_BACKEND)
            request.session[SECOND_KEY] = True
            if checked.answer == actions.Answer.RECOVERY:
                messages.warning(
                    request,
                    f"您用了一个恢复码，还剩 {checked.left} 个。手机丢失的，请尽快在“个人设置”中停用并重新启用二次验证。",
                )
            return HttpResponseRedirect(found["next"])
        if checked.answer == actions.Answer.NONE:  # reset by the security administrator this minute
            request.session.flush()
            messages.warning(request, "您的二次验证刚刚解除，请重新登录。")
            return redirect("accounts:sign_in")
        form.add_error("code", actions.sentence(checked))
        status = 429 if checked.answer == actions.Answer.LOCKED else 422
    elif form.errors:
        status = 422
    return render(request, "accounts/second_step.html", {"form": form, "person": user}, status=status)


# ---- my own ------------------------------------------------------------------------------------------------
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor(request: PortalRequest) -> HttpResponse:
    """Set it up with a phone; or, where it is set up, what there is and how to end it."""
    user = person_of(request)
    require(request.actor, "account.second_factor", user)
    if user.second_factor_since is not None:
        return _present(request, user, OneCodeForm(auto_id="id_off_%s"), OneCodeForm(auto_id="id_new_%s"))
    key = request.session.get(_ENROL_KEY) or actions.new_key()
    request.session[_ENROL_KEY] = key
    form = OneCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = actions.set_up(
                actor=request.actor, user=user, key=key, code=form.cleaned_data["code"], request=request
            )
        except ValidationError as error:
            show_errors(form, error)
        else:
            del request.session[_ENROL_KEY]
            update_session_auth_hash(request, user)  # this visit goes on, others of the person end
            request.session[SECOND_KEY] = True
            messages.success(request, "二次验证已启用，下次登录时使用。")
            return redirect(_show_codes(request, codes, next_page(request)))
    image = segno.make(actions.address_for(user, key), error="m").svg_inline(border=2, omitsize=True)
    context = {
        "form": form,
        "due": actions.is_due(user, request.actor),
        "qr": mark_safe(image),  # noqa: S308  drawn here from numbers, no text of anybody's
        "typed": actions.typed_key(key),
        "issuer": settings.OTP_TOTP_ISSUER,
        "person": user,
        "next": request.POST.get("next") or request.GET.get("next") or "",
    }
    return render(request, "accounts/second_factor_setup.html", context, status=422 if form.errors else 200)


def _present(
    request: PortalRequest, user: User, off: OneCodeForm, renew: OneCodeForm, status: int = 200
) -> HttpResponse:
    context = {
        "person": user,
        "off": off,
        "renew": renew,
        "left": RecoveryCode.objects.filter(user=user, used_at__isnull=True).count(),
        "needed": [hat for hat in (request.actor.hat, *request.actor.others) if actions.rules_in_force().get(hat.role)],
    }
    return render(request, "accounts/second_factor.html", context, status=status)


@never_cache
@sensitive_post_parameters("code")
@require_POST
def second_factor_off(request: PortalRequest) -> HttpResponse:
    """Stop using it; asks for a code."""
    user = person_of(request)
    form = OneCodeForm(request.POST, auto_id="id_off_%s")
    if user.second_factor_since is None:
        return redirect("accounts:second_factor")
    if form.is_valid():
        try:
            actions.take_down(actor=request.actor, user=user, code=form.cleaned_data["code"], request=request)
        except ValidationError as error:
            show_errors(form, error)
        else:
            update_session_auth_hash(request, user)
            request.session.pop(SECOND_KEY, None)
            messages.success(request, "二次验证已停用。")
            return redirect("accounts:profile")
    return _present(request, user, form, OneCodeForm(auto_id="id_new_%s"), status=422)


@never_cache
@sensitive_post_parameters("code")
@require_POST
def renew_codes(request: PortalRequest) -> HttpResponse:
    """Ten new recovery codes; asks for a code."""
    user = person_of(request)
    form = OneCodeForm(request.POST, auto_id="id_new_%s")
    if user.second_factor_since is None:
        return redirect("accounts:second_factor")
    if form.is_valid():
        try:
            codes = actions.renew_codes(actor=request.actor, user=user, code=form.cleaned_data["code"], request=request)
        except ValidationError as error:
            show_errors(form, error)
        else:
            return redirect(_show_codes(request, codes, reverse("accounts:second_factor")))
    return _present(request, user, OneCodeForm(auto_id="id_off_%s"), form, status=422)


def _show_codes(request: PortalRequest, codes: list[str], back: str) -> str:
    """Address of the page that shows the codes to this person, once and for ten minutes at most."""
    token = system_secrets.token_urlsafe(18)
    secrets.keep(f"recovery:{request.user.pk}:{token}", "\n".join(codes), _SHOWN_SECONDS)
    request.session[_CODES_KEY] = {"token": token, "back": back}
    return reverse("accounts:recovery_codes", args=[token])


@never_cache
@require_GET
def recovery_codes(request: PortalRequest, token: str) -> HttpResponse:
    """The ten codes; a second look finds them gone."""
    about = request.session.get(_CODES_KEY) or {}
    if about.get("token") != token:
        raise Http404
    found = secrets.take(f"recovery:{request.user.pk}:{token}")
    codes = found.split("\n") if found else []
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "back": about["back"]})


# ---- the security administrator ----------------------------------------------------------------------------
@require_GET
def second_factors(request: PortalRequest) -> HttpResponse:
    """Which roles need it, and who of the officials has it."""
    actor = request.actor
    require(actor, "second_factor.list")
    in_force = actions.rules_in_force()
    written = {row.role: row for row in SecondFactorRule.objects.visible_to(actor)}
    counts = queries.second_factor_counts()
    show, query = request.GET.get("show", ""), request.GET.get("q", "").strip()
    people = queries.people_with_posts(show=show, query=query, required=[role for role, on in in_force.items() if on])
    page = Paginator(people, _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rules": [
            {"role": role, "required": in_force[role.value], "row": written.get(role.value), **counts[role.value]}
            for role in actions.RULED
        ],
        "page_obj": page,
        "rows": queries.with_hats(list(page), in_force),
        "may_set": bool(may(actor, "second_factor.rules")),
        "filters": {"show": show, "q": query},
    }
    return render(request, "accounts/second_factors.html", context)


@require_POST
def set_second_factor_rule(request: PortalRequest) -> HttpResponse:
    """Make it a duty of a role, or not."""
    require(request.actor, "second_factor.rules")
    form = RuleForm(request.POST)
    if form.is_valid():
        try:
            row = actions.set_rule(actor=request.actor, **form.cleaned_data)
        except ValidationError as error:
            messages.error(request, "；".join(error.messages))
        else:
            told = "必须启用，没有启用的人下一次打开页面时先启用" if row.required else "可以自愿启用"
            messages.success(request, f"{row.get_role_display()}：{told}。")
    else:
        messages.error(request, "没有改动：请选择岗位和规定。")
    return redirect("accounts:second_factors")


@never_cache
@require_http_methods(["GET", "POST"])
def reset_second_factor(request: PortalRequest, pk: int) -> HttpResponse:
    """Take somebody's second factor away, for a recorded reason."""
    require(request.actor, "second_factor.list")
    person = get_object_or_404(User, pk=pk)
    require(request.actor, "account.reset_second_factor", person)
    form = ReasonForm(request.POST or None)
    form.fields["reason"].help_text = "例如：手机丢失，已当面核对本人身份证件。记入留痕，并通知本人"
    if request.method == "POST" and form.is_valid():
        actions.reset_for(actor=request.actor, user_id=pk, reason=form.cleaned_data["reason"], request=request)
        messages.success(request, f"{person.name}的二次验证已解除，此人在各处的登录已退出。")
        return redirect("accounts:second_factors")
    context = {"form": form, "person": person}
    return render(request, "accounts/second_factor_reset.html", context, status=422 if form.errors else 200)
