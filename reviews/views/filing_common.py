"""What the writer's pages share: finding the file, the list of groups beside the page, the bar of a paper filing."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse

from enterprises.facts import registry
from foundation.accounts.http import PortalRequest
from reviews.asked import page_of
from reviews.draft import Draft
from reviews.filing_queries import tier_title
from reviews.models import Application


def own_file(request: PortalRequest, pk: int) -> Application:
    """The file, if it exists for the person; 404 otherwise."""
    rows = Application.objects.visible_to(request.actor).select_related(
        "round__version",
        "programme_version",
        "enterprise__bureau__region",
        "enterprise__region",
        "bureau",
        "paper_source",
    )
    file = rows.filter(pk=pk).first()
    if file is None:
        raise Http404("没有这份材料，或它不在您的职责范围内。")
    return file


def draft_context(request: PortalRequest, draft: Draft, current: str) -> dict[str, Any]:
    """Context of every page of a draft: groups with their state and address, the loud band, who writes."""
    file = draft.file
    done, total = draft.progress
    return {
        "draft": draft,
        "file": file,
        "programme": draft.programme,
        "tier": tier_title(file, draft.programme),
        "current": current,
        "groups": [
            {"section": row, "url": reverse(f"reviews:draft_{row.code}", args=[file.pk])} for row in draft.sections
        ],
        "done": done,
        "total": total,
        "closes_on": draft.window.closes_on,
        "window": draft.window,
        "correction": draft.correction,
        "on_behalf": file.filed_by == Application.FiledBy.BUREAU,
        "save_url": reverse("reviews:draft_save", args=[file.pk]),
        "submit_url": reverse("reviews:draft_submit", args=[file.pk]),
    }


def next_group(draft: Draft, current: str) -> str:
    """Address of the group after this one."""
    codes = [row.code for row in draft.sections]
    place = codes.index(current)
    return reverse(f"reviews:draft_{codes[min(place + 1, len(codes) - 1)]}", args=[draft.file.pk])


def remarks_of(draft: Draft) -> list[dict[str, Any]]:
    """Remarks of the open correction, each with the page on which it is mended.

    An anchor is a fact (``rd_expenditure``, ``rd_expenditure-2017``, ``rd_expenditure-2017-audited``), a question of the file, or
    ``evidence:slot``.
    """
    if draft.correction is None:
        return []
    questions = {item.fact for item in draft.programme.questions}
    found = []
    for item in draft.correction.items.all():
        kind, _, slot = item.anchor.partition(":")
        name = item.anchor.partition("-")[0]
        if kind == "evidence" and slot:
            url = reverse("reviews:draft_evidence", args=[draft.file.pk]) + f"#h-{slot.partition('-')[0]}"
        elif name in questions:
            url = reverse("reviews:draft_answers", args=[draft.file.pk])
        elif name in registry:
            url = reverse(f"enterprises:{page_of(name)}", args=[draft.file.enterprise_id])
        else:
            url = ""
        found.append({"item": item, "url": url})
    return found
