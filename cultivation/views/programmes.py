"""Programmes with their criteria and clauses, the self-check: public (SC-43, ZZ-03)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from cultivation import queries
from cultivation.contexts import context_for
from cultivation.eligibility.labels import label
from cultivation.forms import SelfCheckForm
from cultivation.models import ProgrammeVersion
from cultivation.schema import Programme
from cultivation.self_check import check, questions, read_answers
from foundation.accounts.http import PortalRequest
from foundation.accounts.transition import require
from foundation.core.clock import business_today


@login_not_required
@require_safe
def programme_list(request: PortalRequest) -> HttpResponse:
    """Programmes with their tiers and running rounds."""
    require(request.actor, "programme.view")
    running: dict[int, list[Any]] = {}
    for row in queries.rounds(only_open=True):
        running.setdefault(row.family_id, []).append(row)
    found = [
        {"version": v, "programme": v.programme_document, "rounds": running.get(v.programme_id, [])}
        for v in queries.current_versions()
    ]
    return render(request, "cultivation/programmes.html", {"programmes": found})


@login_not_required
@require_safe
def programme(request: PortalRequest, code: str) -> HttpResponse:
    """The newest version of a programme."""
    version = queries.current_version(code)
    if version is None:
        raise Http404("没有这个培育项目。")
    return _programme_page(request, version)


@login_not_required
@require_safe
def version(request: PortalRequest, pk: int) -> HttpResponse:
    """One published version; files stay pinned to theirs."""
    return _programme_page(request, get_object_or_404(ProgrammeVersion.objects.select_related("programme"), pk=pk))


def _programme_page(request: PortalRequest, row: ProgrammeVersion) -> HttpResponse:
    require(request.actor, "programme.view")
    document = row.programme_document
    tiers = [
        {
            "tier": tier,
            "ways": [{"subtype": way, "criteria": criteria} for way, criteria in tier.branches()],
            "opinions": document.opinion_items_for(tier.code),
            "checks": document.checks_for(tier.code),
        }
        for tier in sorted(document.tiers, key=lambda tier: tier.rank)
    ]
    versions = ProgrammeVersion.objects.filter(programme_id=row.programme_id).order_by("-number")
    context = {"version": row, "programme": document, "tiers": tiers, "versions": versions}
    return render(request, "cultivation/programme.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def self_check(request: PortalRequest) -> HttpResponse:
    """Choose programme and tier, type a few facts, read each criterion with its distance. Nothing is stored."""
    require(request.actor, "programme.self_check")
    versions = queries.current_versions()
    given = request.POST if request.method == "POST" else request.GET
    chosen = next((v for v in versions if v.programme.code == given.get("programme")), None)
    context: dict[str, Any] = {
        "choices": [{"version": v, "programme": v.programme_document} for v in versions],
        "chosen": chosen,
    }
    if chosen is None:
        return render(request, "cultivation/self_check.html", context)
    document = chosen.programme_document
    tier, subtype = _tier(document, given.get("tier", ""))
    if tier is None:
        return render(request, "cultivation/self_check.html", context)
    round = queries.rounds(only_open=True).filter(family_id=chosen.programme_id).first()
    public = context_for(document, round=round, as_of=business_today())
    asked = questions(document, tier.code, public, subtype)
    form = SelfCheckForm(asked, request.POST if request.method == "POST" else None)
    context |= {
        "programme": document,
        "tier": tier,
        "subtype": subtype or "",
        "form": form,
        "round": round,
        "firm": [form[q.key] for q in asked if q.year is None],
        "groups": _by_fact(form, asked),
    }
    if request.method == "POST":
        facts, problems = read_answers(asked, form.typed(), document, public)
        for key, text in problems.items():
            form.add_error(key, text)
        context["result"] = check(document, tier.code, facts, public, subtype=subtype, digest=chosen.digest)
    return render(request, "cultivation/self_check.html", context)


def _tier(document: Programme, wanted: str) -> tuple[Any, str | None]:
    """``tier`` or ``tier.subtype`` as the page's choice says it; (None, None) when there is no such tier."""
    code, _, subtype = wanted.partition(".")
    tier = next((tier for tier in document.tiers if tier.code == code), None)
    if tier is None or (subtype and subtype not in {item.code for item in tier.subtypes}):
        return None, None
    return tier, subtype or None


def _by_fact(form: SelfCheckForm, asked: list[Any]) -> list[dict[str, Any]]:
    """Yearly questions grouped by fact, so that the years of one figure stand side by side."""
    groups: dict[str, list[Any]] = {}
    for question in asked:
        if question.year is not None:
            groups.setdefault(question.fact, []).append(form[question.key])
    return [{"label": label(fact), "fields": fields} for fact, fields in groups.items()]
