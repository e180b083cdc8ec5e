"""接口令牌: a person lets a program act under one of their own hats, and ends it. The value is shown once (B.2)."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.accounts import secrets, tokens
from foundation.accounts.actions.tokens import create_token, revoke_token
from foundation.accounts.actor import Hat
from foundation.accounts.forms import show_errors
from foundation.accounts.forms_tokens import NewTokenForm
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.models import ApiToken
from foundation.accounts.transition import require
from foundation.accounts.views.shared import person_of
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.core.verdict import no

_SHOWN_SECONDS = 600
_LISTED = 50


def _possible(request: PortalRequest) -> list[Hat]:
    """Hats of the person a token can be made for, the one worn first."""
    actor = request.actor
    return [hat for hat in (actor.hat, *actor.others) if may(actor, "token.create", hat)]


@never_cache
@require_GET
def token_list(request: PortalRequest) -> HttpResponse:
    """My tokens: for which hat, allowed what, until when, last used when and from where."""
    now = real_now()
    worn = {hat.key for hat in (request.actor.hat, *request.actor.others)}
    rows = [
        {"token": token, **_state(token, hat_held=token.hat_key in worn)}
        for token in ApiToken.objects.visible_to(request.actor).select_related("user")[:_LISTED]
    ]
    context = {"rows": rows, "now": now, "may_create": bool(_possible(request))}
    return render(request, "accounts/tokens.html", context)


def _state(token: ApiToken, *, hat_held: bool) -> dict[str, object]:
    """The word, its tone, and whether there is anything left to revoke."""
    if token.revoked_at is not None:
        return {"word": "已撤销", "tone": "mo", "open": False}
    if token.expires_at <= real_now():
        return {"word": "已到期", "tone": "mo", "open": False}
    if tokens.why_not(token) or not hat_held:
        return {"word": "身份已停用", "tone": "wait", "open": True}
    return {"word": "有效", "tone": "ok", "open": True}


@never_cache
@require_http_methods(["GET", "POST"])
def new_token(request: PortalRequest) -> HttpResponse:
    """Choose hat, use, scopes and days; the value is on the next page, once."""
    hats = _possible(request)
    if not hats:
        require(request.actor, "token.create")
        raise Refused(no("您现在没有可建接口令牌的身份。", "请用企业身份，或经办、审核、签发、档案岗位。"))
    form = NewTokenForm(request.POST or None, hats=hats)
    if request.method == "POST" and form.is_valid():
        try:
            token, value = create_token(actor=request.actor, user=person_of(request), **form.cleaned_data)
        except ValidationError as error:
            show_errors(form, error)
        else:
            secrets.keep(f"token:{request.user.pk}:{token.pk}", value, _SHOWN_SECONDS)
            return redirect(reverse("accounts:token_shown", args=[token.pk]))
    context = {"form": form, "per_person": settings.API_TOKENS_PER_PERSON}
    return render(request, "accounts/token_new.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
def token_shown(request: PortalRequest, pk: int) -> HttpResponse:
    """The value; a second look finds it gone."""
    token = ApiToken.objects.visible_to(request.actor).filter(pk=pk).first()
    if token is None:
        raise Http404("没有这个令牌。")
    value = secrets.take(f"token:{request.user.pk}:{token.pk}")
    return render(request, "accounts/token_shown.html", {"token": token, "value": value})


@require_POST
def token_revoke(request: PortalRequest, pk: int) -> HttpResponse:
    """End one at once."""
    token = revoke_token(actor=request.actor, pk=pk)
    messages.success(request, f"令牌“{token.name}”已撤销，立即失效。")
    return redirect("accounts:tokens")
