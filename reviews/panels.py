"""Parts of other rooms' pages this room fills: what became of a firm's file, on the firm's first page."""

from __future__ import annotations

from typing import Any

from foundation.core.clock import business_today
from foundation.core.registries import Panel, panels
from foundation.journal.models import Decision
from reviews.filing_queries import files_of, tier_title
from reviews.models import Application
from reviews.province_queries import step_of
from reviews.states import TONES, FileState, state_word

OUTCOMES = (FileState.APPROVED, FileState.NOT_APPROVED, FileState.LISTED)


def outcomes(actor: Any, enterprise: Any) -> dict[str, Any] | None:
    """Files of this year and the last that the province decided, with what happens next."""
    if not actor.is_enterprise or enterprise is None or actor.enterprise_id != enterprise.pk:
        return None
    files = list(files_of(actor).filter(state__in=OUTCOMES, year__gte=business_today().year - 1)[:3])
    if not files:
        return None
    refused = [file.pk for file in files if file.state == FileState.NOT_APPROVED]
    reasons = reasons_of(refused) if refused else {}
    rows = [
        {
            "file": file,
            "title": file.round.title,
            "tier": tier_title(file),
            "tone": TONES[file.state],
            "word": state_word(file.state, "enterprise"),
            "next": what_next(file, reasons.get(file.pk, "")),
        }
        for file in files
    ]
    return {"rows": rows}


def reasons_of(ids: list[int]) -> dict[int, str]:
    """Why each file was not approved, as its firm was told: by the decision, or by the notice it was struck from."""
    rows = Decision.objects.filter(
        subject_kind=Application.subject_kind, subject_id__in=ids, to_state=FileState.NOT_APPROVED
    ).order_by("id")
    return dict(rows.values_list("subject_id", "opinion"))


def what_next(file: Application, reason: str) -> str:
    """One sentence for the firm: what comes next and whether it has to do anything."""
    if file.state == FileState.APPROVED:
        titles = [step.title for code in ("public_notice", "list") if (step := step_of(file.round, code))]
        return (
            f"接下来是{'、'.join(titles)}；公布后才正式列入，期间无需办理。" if titles else "等待列入，期间无需办理。"
        )
    if file.state == FileState.NOT_APPROVED:
        said = f"理由：{reason.rstrip('。')}。" if reason else ""
        return f"{said}如有疑问请联系受理部门；具备条件后可在以后的轮次重新申报。"
    return "已在培育名单中；按规定填报运行监测的，届时会在首页提醒。"


panels.register("enterprise_home.outcomes", Panel("reviews/filing/outcomes.html", 5, outcomes))
