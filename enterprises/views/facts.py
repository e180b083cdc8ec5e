"""Pages on which a firm says something about itself: typed facts with autosave, the grid of yearly figures, its
sheet out and in.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from enterprises import evidence
from enterprises.actions import facts as actions
from enterprises.actions import lists
from enterprises.dossier import dossier_of
from enterprises.fields import FIRM, PROFILE, FieldSpec, on_page, typed
from enterprises.forms import SpecForm
from enterprises.models import CatalogueChoice, Enterprise
from enterprises.permissions import sees_contact
from enterprises.views.common import firm_context, missing, seen_enterprise, whole_number
from foundation.accounts.http import PortalRequest
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.text import mask_email, mask_phone
from foundation.core.verdict import no
from foundation.documents.models import StoredFile
from foundation.reference import queries as reference
from foundation.reference import regions
from foundation.reference.models import IndustryCatalogueItem

XLSX = StoredFile.ContentType.XLSX.value
MASKS = {"contact_phone": mask_phone, "contact_email": mask_email}
MOST_JSON = 256 * 1024


# --- typed facts
# ------------------------------------------------------------------------------------------------------


def _fact_page(
    request: PortalRequest,
    enterprise: Enterprise,
    tab: str,
    owner: str,
    pages: tuple[str, ...],
    template: str,
    **more: Any,
) -> HttpResponse:
    """A page of typed facts: autosave does the work, the button saves the same way without script."""
    row = enterprise if owner == FIRM else dossier_of(enterprise.pk).profile
    specs = tuple(spec for page in pages for spec in on_page(page))
    form = SpecForm(specs, row)
    status = 200
    if request.method == "POST":
        sent = SpecForm(specs, row, data=request.POST)
        saved = actions.save_fields(
            enterprise_id=enterprise.pk,
            fields=sent.raw(),
            actor=request.actor,
            owner=owner,
            version=whole_number(request.POST.get("version")),
        )
        if not saved.errors:
            messages.success(request, "已保存。" if saved.changed else "没有改动。")
            return redirect(request.path)
        sent.is_valid()
        for name, sentence in saved.errors.items():
            sent.add_error(name, sentence)
        form, status = sent, 400
        row.version = saved.version
    sources = {source.fact: source for source in enterprise.fact_sources.select_related("evidence").all()}
    fields: list[dict[str, Any]] = [
        {
            "bound": form[spec.name],
            "spec": spec,
            "source": sources.get(spec.name),
            "file_url": evidence.url_of(getattr(sources.get(spec.name), "evidence", None)),
        }
        for spec in specs
    ]
    in_full = sees_contact(request.actor, enterprise)
    values = [
        {**one, "label": one["spec"].label, "text": _shown(row, one["spec"], enterprise, in_full)} for one in fields
    ]
    context = firm_context(
        request,
        enterprise,
        tab,
        form=form,
        fields=fields,
        values=values,
        owner=owner,
        version=row.version,
        **more,
    )
    return render(request, template, context, status=status)


def _shown(row: Any, spec: FieldSpec, enterprise: Enterprise, in_full: bool) -> str:
    """A fact in words for a reader who may not change it; phones and e-mails in full for the handling bureau only."""
    value = getattr(row, spec.column)
    if value and not in_full and spec.name in MASKS:
        return MASKS[spec.name](value)
    if spec.name == "industry":
        return f"{enterprise.industry.code} {enterprise.industry.name}" if enterprise.industry else ""
    words = dict(spec.choices)
    if isinstance(value, list):
        return "、".join(words[one] for one in value)
    text = str(typed(value))
    return f"{words.get(text, text)}{spec.unit}" if text else ""


@require_http_methods(["GET", "POST"])
def basic(request: PortalRequest, pk: int) -> HttpResponse:
    """基本信息."""
    enterprise = seen_enterprise(request, pk)
    industry = enterprise.industry
    shown = f"{industry.code} {industry.name}" if industry else ""
    return _fact_page(request, enterprise, "basic", FIRM, ("basic",), "enterprises/facts.html", industry_text=shown)


@require_http_methods(["GET", "POST"])
def srdi(request: PortalRequest, pk: int) -> HttpResponse:
    """专精特新 (HN-03, A3-07), 规模以上 (A2-04), 主导产品, 个转企 (A1-04)."""
    enterprise = seen_enterprise(request, pk)
    return _fact_page(request, enterprise, "srdi", PROFILE, ("srdi", "profile"), "enterprises/facts.html")


@require_http_methods(["GET", "POST"])
def industry(request: PortalRequest, pk: int) -> HttpResponse:
    """Choices from dated catalogues (HN-04), and the niche with its rank (HN-03, A3-03)."""
    enterprise = seen_enterprise(request, pk)
    today = business_today()
    steps = regions.path(enterprise.region_id, today)
    chosen = {choice.item_id: choice for choice in enterprise.catalogue_choices.select_related("item__catalogue")}
    catalogues: list[dict[str, Any]] = [
        {
            "catalogue": catalogue,
            "items": [{"item": item, "chosen": item.pk in chosen} for item in catalogue.items.all()],
        }
        for catalogue in (reference.catalogues(steps[0].id, today) if steps else ())
    ]
    offered = {entry["item"].pk for one in catalogues for entry in one["items"]}
    outdated = [choice for pk, choice in chosen.items() if pk not in offered]
    kinds = dict(CatalogueChoice.Purpose.choices)
    return _fact_page(
        request,
        enterprise,
        "industry",
        PROFILE,
        ("niche",),
        "enterprises/industry.html",
        catalogues=catalogues,
        outdated=outdated,
        kinds=kinds,
    )


@require_POST
def choices(request: PortalRequest, pk: int) -> HttpResponse:
    """The ticked entries of one catalogue: what was added is chosen, what was left out is taken back."""
    enterprise = seen_enterprise(request, pk, "enterprise.edit_facts")
    catalogue = whole_number(request.POST.get("catalogue"))
    items = IndustryCatalogueItem.objects.filter(catalogue_id=catalogue).select_related("catalogue")
    ticked = {whole_number(text) for text in request.POST.getlist("item")}
    present = set(enterprise.catalogue_choices.filter(item__catalogue_id=catalogue).values_list("item_id", flat=True))
    for item in items:
        if item.pk in ticked and item.pk not in present:
            lists.choose(enterprise_id=enterprise.pk, item=item, actor=request.actor)
        elif item.pk in present and item.pk not in ticked:
            lists.unchoose(enterprise_id=enterprise.pk, item_id=item.pk, actor=request.actor)
    for gone in request.POST.getlist("drop"):
        if (item_id := whole_number(gone)) is not None:
            lists.unchoose(enterprise_id=enterprise.pk, item_id=item_id, actor=request.actor)
    messages.success(request, "选择已保存。是否有效在申报时按当年目录核对。")
    return redirect("enterprises:industry", pk=enterprise.pk)


def autosave_body(request: PortalRequest) -> tuple[int | None, dict[str, Any]]:
    """Version and fields of an autosave request; refused when it is not one."""
    wrong = Refused(no("没有读懂要保存的内容。", "请刷新页面后再填。"))
    wrong.status = 400
    if len(request.body) > MOST_JSON:
        raise wrong
    try:
        sent = json.loads(request.body)
        fields = dict(sent["fields"])
        version = sent.get("version")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise wrong from None
    if not all(isinstance(name, str) for name in fields):
        raise wrong
    return whole_number(str(version)) if version not in (None, "") else None, fields


def answer(saved: actions.Saved) -> JsonResponse:
    return JsonResponse({"version": saved.version, "saved_at": actions.saved_at(), "errors": saved.errors})


def conflict(error: actions.SomebodyElse) -> JsonResponse:
    return JsonResponse({"who": error.who, "when": error.when, "reason": error.verdict.reason}, status=409)


@require_POST
def save(request: PortalRequest, pk: int, owner: str) -> HttpResponse:
    """Autosave of typed facts and their sources (``source-niche``)."""
    if owner not in (FIRM, PROFILE):
        raise missing()
    enterprise = seen_enterprise(request, pk, "enterprise.edit_facts")
    version, fields = autosave_body(request)
    sources = {name[7:]: text for name, text in fields.items() if name.startswith("source-")}
    try:
        saved = actions.save_fields(
            enterprise_id=enterprise.pk, fields=fields, actor=request.actor, owner=owner, version=version
        )
        for fact, text in sources.items():
            actions.set_fact_source(enterprise_id=enterprise.pk, fact=fact, text=str(text), actor=request.actor)
    except actions.SomebodyElse as error:
        return conflict(error)
    return answer(saved)


@require_POST
def add_evidence(request: PortalRequest, pk: int) -> HttpResponse:
    """One file beside a year of figures (``year``, ``basis``) or beside a fact (``fact``)."""
    enterprise = seen_enterprise(request, pk, "enterprise.edit_facts")
    file = evidence.take(request.FILES.get("file"), actor=request.actor, enterprise=enterprise)
    if file is None:
        raise Refused(no("没有收到文件。", "请重新选择。"))
    year = whole_number(request.POST.get("year"))
    if year is not None:
        actions.set_year_source(
            enterprise_id=enterprise.pk,
            year=year,
            basis=request.POST.get("basis", ""),
            evidence=file,
            actor=request.actor,
        )
    else:
        actions.set_fact_source(
            enterprise_id=enterprise.pk, fact=request.POST.get("fact", ""), evidence=file, actor=request.actor
        )
    return JsonResponse({"name": file.name, "url": evidence.url_of(file), "size_text": file.size_text})


@require_POST
def drop_evidence(request: PortalRequest, pk: int) -> HttpResponse:
    """Take a file away from its place; the stored file stays for what was frozen with it."""
    enterprise = seen_enterprise(request, pk, "enterprise.edit_facts")
    year, fact = whole_number(request.GET.get("year")), request.GET.get("fact", "")
    row: Any = (
        enterprise.year_sources.filter(year=year, basis=request.GET.get("basis", "")).first()
        if year is not None
        else enterprise.fact_sources.filter(fact=fact).first()
    )
    if row is not None and row.evidence_id is not None:
        actions.drop_evidence(enterprise_id=enterprise.pk, row=row, actor=request.actor)
    return JsonResponse({"ok": True, "message": "文件已移除"})
