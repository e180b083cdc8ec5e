"""Lists of a firm: patents and partners, a line at a time."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from enterprises import evidence, patent_numbers
from enterprises.actions import lists as actions
from enterprises.forms import PartnerForm, PatentForm
from enterprises.models import Enterprise, Partner, Patent
from enterprises.views.common import firm_context, missing, posted, seen_enterprise, whole_number
from foundation.accounts.http import PortalRequest
from foundation.accounts.transition import require
from foundation.core.errors import Refused


@require_http_methods(["GET", "POST"])
def patents(request: PortalRequest, pk: int) -> HttpResponse:
    """专利清单 with a form for the next one (A1-08)."""
    enterprise = seen_enterprise(request, pk)
    return _patents(request, enterprise, None)


@require_http_methods(["GET", "POST"])
def patent(request: PortalRequest, pk: int, row: int) -> HttpResponse:
    """One line changed."""
    enterprise = seen_enterprise(request, pk)
    found = enterprise.patents.filter(pk=row).first()
    if found is None:
        raise missing()
    return _patents(request, enterprise, found)


def _patents(request: PortalRequest, enterprise: Enterprise, line: Patent | None) -> HttpResponse:
    if request.method == "POST":
        require(request.actor, "enterprise.edit_facts", enterprise)
    form = PatentForm(posted(request), request.FILES or None, instance=line)
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            saved = actions.save_patent(
                enterprise_id=enterprise.pk,
                data=actions.PatentData(
                    answers["number"],
                    answers["kind"],
                    answers["granted_on"],
                    answers["title"],
                    answers["holder"],
                    answers["in_main_product"],
                ),
                actor=request.actor,
                pk=line.pk if line else None,
                version=whole_number(request.POST.get("version")),
                evidence=evidence.take(answers["evidence"], actor=request.actor, enterprise=enterprise),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"专利 {saved.number} 已保存。")
            return redirect("enterprises:patents", pk=enterprise.pk)
    rows = [
        {
            "patent": one,
            "remark": patent_numbers.remark(one.number, one.kind),
            "file_url": evidence.url_of(one.evidence),
        }
        for one in enterprise.patents.select_related("evidence")
    ]
    profile = enterprise.profile
    context = firm_context(
        request, enterprise, "patents", rows=rows, form=form, line=line, confirmed_on=profile.patents_confirmed_on
    )
    return render(request, "enterprises/patents.html", context, status=_status(request, form))


REMOVERS = {"patents": actions.remove_patent, "partners": actions.remove_partner}


@require_POST
def remove_line(request: PortalRequest, pk: int, kind: str) -> HttpResponse:
    """Take a line off a list; gone already is fine."""
    if kind not in REMOVERS:
        raise missing()
    enterprise = seen_enterprise(request, pk, "enterprise.edit_facts")
    row = whole_number(request.POST.get("row"))
    if row is None:
        raise missing()
    REMOVERS[kind](enterprise_id=enterprise.pk, pk=row, actor=request.actor)
    messages.success(request, "已从清单中移除。")
    return redirect(f"enterprises:{kind}", pk=enterprise.pk)


@require_POST
def confirm_patents(request: PortalRequest, pk: int) -> HttpResponse:
    """The list is complete, or is no longer said to be."""
    enterprise = seen_enterprise(request, pk, "enterprise.edit_facts")
    complete = request.POST.get("complete") == "yes"
    actions.confirm_patents(enterprise_id=enterprise.pk, complete=complete, actor=request.actor)
    messages.success(request, "已确认专利清单齐全。" if complete else "已取消确认。")
    return redirect("enterprises:patents", pk=enterprise.pk)


@require_http_methods(["GET", "POST"])
def partners(request: PortalRequest, pk: int) -> HttpResponse:
    """上下游伙伴 with a form for the next one (A1-06)."""
    return _partners(request, seen_enterprise(request, pk), None)


@require_http_methods(["GET", "POST"])
def partner(request: PortalRequest, pk: int, row: int) -> HttpResponse:
    """One line changed."""
    enterprise = seen_enterprise(request, pk)
    found = enterprise.partners.filter(pk=row).first()
    if found is None:
        raise missing()
    return _partners(request, enterprise, found)


def _partners(request: PortalRequest, enterprise: Enterprise, line: Partner | None) -> HttpResponse:
    if request.method == "POST":
        require(request.actor, "enterprise.edit_facts", enterprise)
    form = PartnerForm(posted(request), request.FILES or None, instance=line)
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            saved = actions.save_partner(
                enterprise_id=enterprise.pk,
                data=actions.PartnerData(
                    answers["name"], answers["direction"], answers["uscc"], answers["size"], answers["product"]
                ),
                actor=request.actor,
                pk=line.pk if line else None,
                version=whole_number(request.POST.get("version")),
                evidence=evidence.take(answers["evidence"], actor=request.actor, enterprise=enterprise),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{saved.name}已保存。")
            return redirect("enterprises:partners", pk=enterprise.pk)
    rows = [
        {"partner": one, "file_url": evidence.url_of(one.evidence)}
        for one in enterprise.partners.select_related("evidence")
    ]
    context = firm_context(request, enterprise, "partners", rows=rows, form=form, line=line)
    return render(request, "enterprises/partners.html", context, status=_status(request, form))


def _status(request: PortalRequest, form: Any) -> int:
    return 400 if request.method == "POST" and form.errors else 200
