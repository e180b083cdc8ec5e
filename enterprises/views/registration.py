"""Registering an enterprise: with a new account, with one's own, or by a bureau on behalf."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import evidence
from enterprises.actions.register import CodeTaken, NotRegistrable, findings_for, register_enterprise
from enterprises.forms import AccountForm, RegistrationForm
from enterprises.models import Enterprise
from enterprises.views.common import whole_number
from foundation.accounts import privacy
from foundation.accounts.actions.people import create_account, own_actor
from foundation.accounts.actor import SYSTEM
from foundation.accounts.http import PortalRequest
from foundation.accounts.middleware import HAT_KEY
from foundation.accounts.models import User
from foundation.accounts.roles import Role
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.text import mask_uscc

BACKEND = "django.contrib.auth.backends.ModelBackend"
CLAIM_KEY = "enterprises.claim_code"
"""Session key of a code found taken while registering."""


@login_not_required
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "POST"])
def register(request: PortalRequest) -> HttpResponse:
    """One page: the firm, and for somebody without an account the account with it; both or neither are made."""
    signed_in = request.user.is_authenticated
    require(request.actor, "enterprise.register")
    sent = request.POST if request.method == "POST" else None
    form = RegistrationForm(sent, request.FILES or None, initial=_own_contact(request))
    account = None if signed_in else AccountForm(sent)
    if sent is not None:
        fine = form.is_valid()
        if fine if account is None else (account.is_valid() and fine):
            answer = _register(request, form, account)
            if answer is not None:
                return answer
    status = 400 if sent is not None else 200
    return render(
        request, "enterprises/register.html", {"form": form, "account": account, "on_behalf": False}, status=status
    )


def _register(request: PortalRequest, form: RegistrationForm, account: AccountForm | None) -> HttpResponse | None:
    """Make both; None puts the form back with what is wrong."""
    user: User | None = None
    try:
        with transaction.atomic():
            if account is None:
                user = request.user  # type: ignore[assignment]
            else:
                user = _new_account(request, account)
                if user is None:
                    raise _PutBack
            enterprise = _enter(request, form, user, on_behalf=False)
    except CodeTaken as taken:
        if account is None:
            request.session[CLAIM_KEY] = taken.enterprise.uscc
            return redirect("enterprises:new_claim")
        form.add_error("uscc", "该代码已登记。如果这是您的企业，请先注册或登录账号，再带证明材料认领。")
        return None
    except NotRegistrable as problem:
        form.tell(problem.problems)
        return None
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None
    except (_PutBack, IntegrityError):
        # A second press of the same button: the first one made the account and the firm.
        if account is not None and (again := _already_done(request, form, account)) is not None:
            user, enterprise = again
        else:
            return None
    assert user is not None
    if account is not None:
        login(request, user, backend=BACKEND)
    request.session[HAT_KEY] = f"enterprise:{enterprise.pk}:{Role.ENTERPRISE_ADMIN.value}"
    messages.success(request, f"{enterprise.name}已登记，由{enterprise.bureau.name}办理。")
    return redirect("enterprises:overview")


class _PutBack(Exception):
    """The form goes back with what was told beside its fields."""


def _new_account(request: PortalRequest, account: AccountForm) -> User | None:
    """The account with its consent to the privacy notice in force; None with what is wrong told beside the fields."""
    answers = account.cleaned_data
    try:
        user, _ = create_account(
            actor=SYSTEM,
            name=answers["person_name"],
            phone=answers["phone"],
            email=answers["email"],
            username=answers["username"],
            password=answers["password"],
        )
        privacy.accept(user=user, actor=own_actor(user), request=request)
    except ValidationError as error:
        told = error.message_dict if hasattr(error, "error_dict") else {"username": error.messages}
        for name, sentences in told.items():
            name = "person_name" if name == "name" else name
            for sentence in sentences:
                account.add_error(name if name in account.fields else None, sentence)
        return None
    return user


def _already_done(request: Any, form: RegistrationForm, account: AccountForm) -> tuple[User, Enterprise] | None:
    answers = account.cleaned_data
    name = str(account.data.get("username", "")).strip().lower()
    user = authenticate(request, username=name, password=account.data.get("password", ""))
    if user is None:
        if not account.errors and not form.errors:
            account.add_error("username", "该账号或手机刚刚被使用，请换一个，或直接登录。")
        return None
    del answers
    found = Enterprise.objects.filter(
        uscc=form.cleaned_data["uscc"], memberships__user=user.pk, memberships__valid_to__isnull=True
    ).first()
    return (user, found) if found is not None else None


def _enter(request: PortalRequest, form: RegistrationForm, user: User | None, *, on_behalf: bool) -> Enterprise:
    acting = request.actor if user is None or request.user.is_authenticated else own_actor(user)
    proof = evidence.take(form.cleaned_data["origin_evidence"], actor=acting, enterprise=None, purpose=evidence.ORIGIN)
    return register_enterprise(
        data=form.registration(), actor=acting, user=user, origin_evidence=proof, on_behalf=on_behalf
    )


def _own_contact(request: PortalRequest) -> dict[str, str]:
    """A signed-in person need not type again what the portal knows."""
    if not request.user.is_authenticated or request.actor.is_official:
        return {}
    user: Any = request.user
    return {"contact_name": user.name, "contact_phone": user.phone, "contact_email": user.email}


@require_http_methods(["GET", "POST"])
def register_on_behalf(request: PortalRequest) -> HttpResponse:
    """A bureau enters a firm that files on paper; nobody of the firm is asked for an account."""
    require(request.actor, "enterprise.register_on_behalf")
    known = {
        name: request.GET[name] for name in ("uscc", "name", "contact_name", "contact_phone") if name in request.GET
    }
    form = RegistrationForm(request.POST if request.method == "POST" else None, request.FILES or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                enterprise = _enter(request, form, None, on_behalf=True)
        except CodeTaken as taken:
            form.add_error("uscc", f"该代码已登记为{taken.enterprise.name}，可直接从企业名录中查找。")
        except NotRegistrable as problem:
            form.tell(problem.problems)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"已代为登记{enterprise.name}（{mask_uscc(enterprise.uscc)}）。")
            return redirect("enterprises:enterprise", pk=enterprise.pk)
    status = 400 if request.method == "POST" else 200
    return render(
        request, "enterprises/register.html", {"form": form, "account": None, "on_behalf": True}, status=status
    )


@login_not_required
@require_safe
def check_code(request: PortalRequest) -> HttpResponse:
    """What there is to say about a code while it is being typed; never who has registered it."""
    code = request.GET.get("uscc", "")[:40]
    region = whole_number(request.GET.get("region"))
    found = findings_for(code, region, business_today()) if code.strip() else []
    return render(request, "enterprises/_code_notes.html", {"findings": found, "asked": bool(code.strip())})
