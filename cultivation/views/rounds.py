"""Rounds: windows per level, contacts, technical help, every change with its reason (HN-01, HN-28, ZZ-05, ZZ-06)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cultivation import actions, queries
from cultivation.actions.rounds import LEVELS, founding_windows
from cultivation.forms import RoundDetailsForm, RoundForm, WindowForm, group_text, show_errors
from cultivation.models import Notice, ProgrammeVersion, Round
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.models import Bureau
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.reference import regions


def _round(pk: int) -> Round:
    return get_object_or_404(queries.rounds(), pk=pk)


@login_not_required
@require_safe
def round_page(request: PortalRequest, pk: int) -> HttpResponse:
    """Windows as they hold for the reader, contacts, help; for its keepers the changes."""
    return _round_page(request, _round(pk))


def _round_page(
    request: PortalRequest,
    row: Round,
    *,
    window_form: WindowForm | None = None,
    details: RoundDetailsForm | None = None,
) -> HttpResponse:
    actor = request.actor
    require(actor, "round.view", row)
    can_window = may(actor, "window.change", row)
    can_change = may(actor, "round.change", row)
    own_level = actor.level if actor.is_official else ""
    levels = LEVELS if actor.bureau_id == row.bureau_id else LEVELS[: LEVELS.index(own_level)] if own_level else ()
    shown = ("section", "contact_name", "contact_phone", "contact_email", "help_text", "reference_date")
    initial: dict[str, Any] = {name: getattr(row, name) for name in shown}
    initial["help_groups"] = group_text(row.help_groups)
    wrong = (window_form is not None and bool(window_form.errors)) or (details is not None and bool(details.errors))
    context = {
        "round": row,
        "programme": row.programme,
        "lines": queries.window_lines(row, queries.reader_path(actor, row)),
        "own_windows": [w for w in row.window_list() if w.bureau_id] if actor.bureau_id == row.bureau_id else [],
        "can_window": can_window if levels else None,
        "can_change": can_change if actor.bureau_id == row.bureau_id else None,
        "can_close": may(actor, "round.close", row) if actor.bureau_id == row.bureau_id else None,
        "window_form": window_form or WindowForm(levels=levels),
        "details": details or RoundDetailsForm(initial=initial),
        "acts": queries.changes_of("round", row.pk) if actor.is_official else [],
    }
    return render(request, "cultivation/round.html", context, status=422 if wrong else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def open_round(request: PortalRequest) -> HttpResponse:
    """The province opens a round under a version, beside its notice."""
    actor = request.actor
    require(actor, "round.open")
    bureau = Bureau.objects.select_related("region").get(pk=actor.bureau_id)
    place = regions.as_of(bureau.region, business_today()) if bureau.region else None
    versions = ProgrammeVersion.objects.select_related("programme").filter(
        programme__province=place.code[:2] if place else ""
    )
    versions = versions.order_by("programme__code", "-number")
    notices = Notice.objects.filter(bureau=bureau, parent=None, state=Notice.State.PUBLISHED).order_by("-issued_on")
    form = RoundForm(
        request.POST if request.method == "POST" else None,
        versions=versions,
        notices=notices,
        initial=_initial(request, versions, bureau),
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.open_round(
                version=form.cleaned_data["version"],
                year=form.cleaned_data["year"],
                batch=form.cleaned_data["batch"],
                notice=notices.filter(pk=form.cleaned_data["notice"]).first(),
                windows=form.windows(),
                opens_on=form.cleaned_data["opens_on"],
                actor=actor,
                **form.values(),
            )
        except ValidationError as error:
            show_errors(form, error)
        except Refused as refused:
            form.add_error(None, str(refused.verdict))
        else:
            messages.success(request, "轮次已开启。")
            return redirect("cultivation:round", pk=row.pk)
    windows = [(form[f"closes_{level}"], form[f"grace_{level}"]) for level in LEVELS[:3]]
    context = {"form": form, "bureau": bureau, "windows": windows}
    return render(request, "cultivation/round_form.html", context, status=422 if form.errors else 200)


def _initial(request: PortalRequest, versions: Any, bureau: Bureau) -> dict[str, Any]:
    """The dates the notice itself names, the bureau's contact, the next batch's number left to the person."""
    initial: dict[str, Any] = {
        "opens_on": business_today(),
        "year": business_today().year,
        "batch": 1,
        "notice": request.GET.get("notice", ""),
        **{name: getattr(bureau, name) for name in ("section", "contact_name", "contact_phone", "contact_email")},
    }
    version = versions.first()
    if version is not None:
        initial["version"] = version.pk
        programme = version.programme_document
        if programme.founding_round.year == initial["year"]:
            initial |= {f"closes_{w.level}": w.closes_on for w in founding_windows(programme)}
        initial |= {f"grace_{level}": programme.windows.grace_days for level in LEVELS[:3]}
    return initial


@require_POST
def change_window(request: PortalRequest, pk: int) -> HttpResponse:
    """Set or move a window with a reason; a tight date must be acknowledged."""
    row = _round(pk)
    require(request.actor, "window.change", row)
    form = WindowForm(request.POST, levels=LEVELS)
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.change_window(round_id=row.pk, actor=request.actor, **given)
        except ValidationError as error:
            show_errors(form, error)
        except Refused as refused:
            form.add_error(None, str(refused.verdict))
        else:
            messages.success(request, "窗口已调整，理由已记录。")
            return redirect("cultivation:round", pk=pk)
    return _round_page(request, _round(pk), window_form=form)


@require_POST
def change_details(request: PortalRequest, pk: int) -> HttpResponse:
    """Change contacts or technical help with a reason (HN-28)."""
    row = _round(pk)
    require(request.actor, "round.change", row)
    form = RoundDetailsForm(request.POST)
    if form.is_valid():
        try:
            actions.update_round(
                round_id=row.pk, actor=request.actor, reason=form.cleaned_data["reason"], **form.values()
            )
        except ValidationError as error:
            show_errors(form, error)
        except Refused as refused:
            form.add_error(None, str(refused.verdict))
        else:
            messages.success(request, "已修改，理由已记录。")
            return redirect("cultivation:round", pk=pk)
    return _round_page(request, row, details=form)


@require_POST
def close(request: PortalRequest, pk: int) -> HttpResponse:
    """End the round."""
    row = _round(pk)
    actions.close_round(round_id=row.pk, actor=request.actor, reason=request.POST.get("reason", ""))
    messages.success(request, "本轮次已结束。")
    return redirect("cultivation:round", pk=pk)
