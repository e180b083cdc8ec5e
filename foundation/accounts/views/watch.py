"""Pages of the audit and security administrators: the journal without its contents, sign-ins, locks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from foundation.accounts import queries
from foundation.accounts.actions import passwords
from foundation.accounts.forms import UnlockForm
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import action_label, may, visible
from foundation.accounts.models import SignInEvent
from foundation.accounts.password_rules import password_rules
from foundation.accounts.roles import Role
from foundation.accounts.transition import record_act, require
from foundation.core.clock import real_now
from foundation.core.registries import subjects
from foundation.journal.models import ChainLink, DayHead, Decision, JournalCheck, JournalEntry

_PER_PAGE = 50


@require_GET
def journal(request: PortalRequest) -> HttpResponse:
    """Who did what, when, wearing which hat. Of the subject only kind and number: names and opinions are business
    content.
    """
    require(request.actor, "journal.read")
    rows = _filtered(visible(Decision.objects.order_by("-id"), request.actor), request)
    # Labels, opinions, notes and facts are not even read from the database.
    rows = rows.select_related("entry__link").only(
        "subject_kind", "subject_id", "action", "from_state", "to_state", "actor_name", "hat_kind", "hat_role",
        "hat_holder_id", "hat_label", "made_at", "recorded_at", "entry__seq", "entry__link__number", "entry__link__digest",
    )  # fmt: skip
    page = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    last = ChainLink.objects.order_by("-number").first()
    context = {
        "page_obj": page,
        "rows": [_row(decision) for decision in page],
        "kinds": _kinds(),
        "actions": _actions(),
        "filters": {name: request.GET.get(name, "") for name in ("kind", "subject", "action", "who", "from", "to")},
        "last": last,
        "unsealed": JournalEntry.objects.filter(link=None).count(),
        "head": DayHead.objects.order_by("-day").first(),
        "check": JournalCheck.objects.order_by("-id").first(),
    }
    return render(request, "accounts/journal.html", context)


def _filtered(rows: Any, request: PortalRequest) -> Any:
    get = request.GET
    if get.get("kind"):
        rows = rows.filter(subject_kind=get["kind"])
    if get.get("subject", "").isdigit():
        rows = rows.filter(subject_id=int(get["subject"][:18]))
    if get.get("action"):
        rows = rows.filter(action=get["action"])
    if get.get("who"):
        offices = rows.exclude(hat_kind="enterprise").filter(hat_label__icontains=get["who"])
        rows = offices | rows.filter(actor_name=get["who"])
    if day := _day(get.get("from", "")):
        rows = rows.filter(recorded_at__date__gte=day)
    if day := _day(get.get("to", "")):
        rows = rows.filter(recorded_at__date__lte=day)
    return rows


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _row(decision: Decision) -> dict[str, Any]:
    entry = getattr(decision, "entry", None)
    return {
        "decision": decision,
        "who": _who(decision),
        "kind": _kind_label(decision.subject_kind),
        "label": action_label(decision.action),
        "link": getattr(entry, "link", None),
        "entry": entry,
    }


def _who(decision: Decision) -> str:
    """The hat; a firm by its number alone, since which firm files what is business content."""
    if decision.hat_kind != "enterprise":
        return decision.hat_label
    return f"企业 {decision.hat_holder_id} · {Role(decision.hat_role).label}"


def _kind_label(kind: str) -> str:
    known = subjects.get(kind)
    return known.label if known else kind


def _kinds() -> list[tuple[str, str]]:
    return sorted((kind, subject.label) for kind, subject in subjects.items())


def _actions() -> list[tuple[str, str]]:
    used = Decision.objects.order_by("action").values_list("action", flat=True).distinct()
    return [(action, action_label(action)) for action in used]


@require_POST
def check_journal(request: PortalRequest) -> HttpResponse:
    """Have the whole journal checked by a worker; the page shows the outcome."""
    actor = request.actor
    require(actor, "journal.check")
    from foundation.journal.tasks import run_check

    with transaction.atomic():
        row = JournalCheck.objects.create(asked_by=actor.name, asked_at=real_now())
        record_act(
            subject_kind=JournalCheck.subject_kind,
            subject_id=row.pk,
            subject_label="全部留痕",
            action="journal.check",
            actor=actor,
        )
        transaction.on_commit(lambda: run_check.delay(row.pk))
    messages.success(request, "已开始核对，结果显示在本页，稍后请刷新。")
    return redirect("accounts:journal")


@require_GET
def sign_in_log(request: PortalRequest) -> HttpResponse:
    """Every sign-in, failure, lock and reset."""
    require(request.actor, "signin.read")
    get = request.GET
    rows = SignInEvent.objects.visible_to(request.actor).order_by("-id")
    if get.get("kind") in SignInEvent.Kind.values:
        rows = rows.filter(kind=get["kind"])
    if get.get("q"):
        rows = rows.filter(username__icontains=get["q"]) | rows.filter(address__startswith=get["q"])
    if day := _day(get.get("from", "")):
        rows = rows.filter(at__date__gte=day)
    if day := _day(get.get("to", "")):
        rows = rows.filter(at__date__lte=day)
    context = {
        "page_obj": Paginator(rows, _PER_PAGE).get_page(get.get("page")),
        "kinds": SignInEvent.Kind.choices,
        "filters": {name: get.get(name, "") for name in ("kind", "q", "from", "to")},
        "days": settings.SIGN_IN_LOG_DAYS,
        "can_export": bool(may(request.actor, "reveal.export")),
        "oldest": SignInEvent.objects.order_by("at").values_list("at", flat=True).first(),
    }
    return render(request, "accounts/sign_in_log.html", context)


@require_GET
def locks(request: PortalRequest) -> HttpResponse:
    """Accounts locked now, and the rules in force."""
    require(request.actor, "signin.unlock")
    context = {
        "locks": queries.locks(),
        "rules": password_rules(),
        "limit": settings.AXES_FAILURE_LIMIT,
        "minutes": int(settings.AXES_COOLOFF_TIME * 60),
        "idle": settings.IDLE_SECONDS // 60,
        "max_age": settings.PASSWORD_MAX_AGE_DAYS,
        "code_minutes": settings.RESET_CODE_MINUTES,
        "code_tries": settings.RESET_CODE_TRIES,
        "second_tries": settings.SECOND_FACTOR_TRIES,
        "second_minutes": settings.SECOND_FACTOR_LOCK_MINUTES,
        "administrators": [
            post for post in queries.posts_in(None) if may(request.actor, "account.reset_for_bureau", post.user)
        ],
    }
    return render(request, "accounts/locks.html", context)


@require_POST
def unlock(request: PortalRequest) -> HttpResponse:
    """Let a locked account try again."""
    require(request.actor, "signin.unlock")
    form = UnlockForm(request.POST)
    if form.is_valid():
        username = form.cleaned_data["username"]
        cleared = passwords.unlock(actor=request.actor, username=username, request=request)
        messages.success(request, f"{username} 已解除锁定。" if cleared else f"{username} 没有被锁定。")
    return redirect("accounts:locks")
