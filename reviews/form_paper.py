"""The printable application form and commitment letter (design idea 7): from the frozen submission, or from a draft marked as one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from cultivation.eligibility import FactSet, TierResult
from cultivation.schema import Programme
from foundation.accounts.actor import Actor
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions.freeze import Issuer, freeze
from foundation.documents.layouts import cn_date, form_snapshot, letter_snapshot
from foundation.documents.models import FrozenDocument
from foundation.documents.tasks import render_soon
from reviews.asked import Asked, asked_of
from reviews.draft import Draft
from reviews.evaluation import programme_of
from reviews.fact_text import shown
from reviews.filing_queries import tier_title
from reviews.models import Application, Commitment, Submission

FORM_KIND, LETTER_KIND = "reviews.application_form", "reviews.commitment_letter"
BLANK = "　　　　"
_SHORT = 12
"""Characters that stay on one line in a cell."""


def form_title(programme: Programme, year: int) -> str:
    """2018年小巨人后备企业申报书."""
    return f"{year}年{programme.short_title}申报书"


def submitted_form(file: Application, submission: Submission) -> dict[str, Any]:
    """The form of one submission, from what it froze and what had been signed by then."""
    signed = file.commitments.filter(decision_id__lt=submission.decision_id or 0).order_by("-id").first()
    day = cn_date(timezone.localtime(submission.submitted_at).date())
    again = f"（第{submission.revision}次）" if submission.revision > 1 else ""
    return _form(
        file,
        programme_of(file),
        FactSet.from_rows(submission.facts),
        evaluation=TierResult.from_json(submission.evaluation["result"]),
        evidence=[(row["slot"], row["year"], row["name"], row["sha256"]) for row in submission.evidence],
        explanations=list(submission.explanations.values()),
        commitment=signed,
        heads={"受理号": file.number or "", "提交时间": f"{day}{again}"},
        declared=True,
    )


def draft_form(draft: Draft) -> dict[str, Any]:
    """The same form from a draft; the page that prints it marks every sheet 草稿."""
    file = draft.file
    return _form(
        file,
        draft.programme,
        draft.facts,
        evaluation=draft.evaluation.result,
        evidence=[(row.slot, row.year, row.file.name, row.file.sha256) for row in draft.evidence],
        explanations=[draft.explanations[item.key] for item in draft.findings if item.key in draft.explanations],
        commitment=draft.commitment,
        heads={"受理号": file.number or "提交后编号", "打印日期": cn_date(business_today())},
        declared=False,
    )


def blank_form(programme: Programme, year: int, tier: str) -> dict[str, Any]:
    """The form with nothing filled in, for a firm that files on paper (ZZ-04)."""
    asked = asked_of(programme, tier, "", year, FactSet())
    sections: list[dict[str, Any]] = [
        {"title": "一、企业基本信息", "grid": [(line.label, "") for line in asked.lines]},
        {"title": "二、年度数据", "table": _figures(asked, blank=True)},
        {
            "title": "三、申报填写",
            "grid": [(item.title, _choices(programme, item.fact), "tall") for item in programme.questions],
        },
        {"title": "四、声明", "text": [item.text for item in programme.declarations]},
    ]
    return form_snapshot(
        sections=sections, heads={"申报类别": programme.tier(tier).title, "年度": str(year)}, signs=_signs()
    )


def _choices(programme: Programme, fact: str) -> str:
    if fact == "activity_categories":
        return "　".join(f"□ {item.title}" for item in programme.activity_categories)
    if fact == "financing_need":
        return "金额（万元）：　　　　　用途：　　　　　期限（月）：　　　　　担保："
    return ""


def _form(
    file: Application,
    programme: Programme,
    facts: FactSet,
    *,
    evaluation: TierResult,
    evidence: Sequence[tuple[str, int | None, str, str]],
    explanations: Sequence[str],
    commitment: Commitment | None,
    heads: Mapping[str, str],
    declared: bool,
) -> dict[str, Any]:
    asked = asked_of(programme, file.tier, file.subtype, file.year, facts)
    years = {
        item.fact: None if item.year_offset is None else file.year + item.year_offset for item in programme.questions
    }
    questions = [
        (item.title, shown(item.fact, facts.raw(item.fact, years[item.fact]), programme), "wide")
        for item in programme.questions
    ]
    titles = {rule.code: rule.title for rule in programme.evidence}
    sections: list[dict[str, Any]] = [
        {"title": "一、企业基本信息", "grid": [_pair(line.label, line.text) for line in asked.lines]},
        {"title": "二、年度数据", "table": _figures(asked)},
    ]
    if questions:
        sections.append({"title": "三、申报填写", "grid": questions})
    sections.append(
        {"title": f"{_cn(len(sections) + 1)}、条件核对（{programme.document_number}）", "table": _criteria(evaluation)}
    )
    if explanations:
        sections.append({"title": f"{_cn(len(sections) + 1)}、数据说明", "text": list(explanations)})
    files = [[titles.get(slot, slot), str(year or ""), name, digest[:12]] for slot, year, name, digest in evidence]
    head, align = ["类别", "年度", "文件", "校验"], ["left", "center", "left", "left"]
    inside = {"table": {"head": head, "align": align, "rows": files}} if files else {"text": ["无。"]}
    sections.append({"title": f"{_cn(len(sections) + 1)}、佐证材料", **inside})
    if commitment is not None:
        told = f"{commitment.signer}于{cn_date(commitment.signed_on)}签署《{programme.commitment.title if programme.commitment else ''}》"
        span = f"（{commitment.text_version}），期限{cn_date(commitment.starts_on)}至{cn_date(commitment.ends_on)}。"
        sections.append({"title": f"{_cn(len(sections) + 1)}、监测承诺", "text": [told + span]})
    mark = "☑ " if declared else "□ "
    declarations = [mark + item.text for item in programme.declarations]
    sections.append({"title": f"{_cn(len(sections) + 1)}、声明", "text": declarations})
    if file.filed_by == Application.FiledBy.BUREAU:
        sections[0]["grid"].append(("填报方式", "主管部门据纸质材料代填", "wide"))
    return form_snapshot(sections=sections, heads={"申报类别": tier_title(file, programme), **heads}, signs=_signs())


def _pair(label: str, text: str) -> tuple[str, ...]:
    return (label, text, "wide") if len(text) > 18 else (label, text)


def _signs() -> list[dict[str, str]]:
    return [
        {"label": "法定代表人（签字）", "place": "", "name": ""},
        {"label": "申报企业（盖章）", "place": "盖章处", "name": ""},
    ]


def _cn(number: int) -> str:
    return "零一二三四五六七八九十"[number]


def _figures(asked: Asked, *, blank: bool = False) -> dict[str, Any]:
    head = ["项目", "单位", *(f"{year}年" for year in asked.years)]
    rows = [[row.label, row.unit, *("" if blank else cell.text for cell in row.cells)] for row in asked.figures]
    rows.append(["数据来源", "", *("" if blank else text or "—" for text in asked.sources)])
    return {"head": head, "align": ["left", "center", *("right" for _ in asked.years)], "rows": rows}


def _criteria(result: TierResult) -> dict[str, Any]:
    rows = []
    for item in result.criteria:
        told = item.distance.text if item.distance is not None and item.outcome != "met" else item.text
        rows.append(
            [f"{item.title}（{item.clause}）", told if told.startswith(item.status) else f"{item.status}：{told}"]
        )
    return {"head": ["条件（条款）", "核对结果与所用数据"], "align": ["left", "left"], "rows": rows}


def for_screen(paper: dict[str, Any]) -> dict[str, Any]:
    """The same form with the look of every cell written beside it, as a page prints it: figures right, long text wrapped."""
    sections = []
    for section in paper["sections"]:
        table = section["table"] or {"head": [], "align": [], "rows": []}
        titles = [
            {"text": text, "css": "num" if how == "right" else ""}
            for text, how in zip(table["head"], table["align"], strict=True)
        ]
        lines = [
            [{"text": text, "css": _css(text, how)} for text, how in zip(row, table["align"], strict=True)]
            for row in table["rows"]
        ]
        sections.append({**section, "heads": titles, "lines": lines})
    return {**paper, "sections": sections}


def _css(text: str, how: str) -> str:
    if len(text) > _SHORT:
        return "wrap"
    return "num" if how == "right" else ""


# ---- frozen papers -------------------------------------------------------------------------------------------


def firm_as_issuer(file: Application) -> Issuer:
    """The firm issues its own papers; they are numbered under its county's code."""
    enterprise = file.enterprise
    region = enterprise.bureau.region
    code = region.code_on(business_today()) if region is not None else f"B{enterprise.bureau_id}"
    return Issuer("enterprise", enterprise.pk, file.enterprise_name, code, file.path)


def application_form(*, file: Application, actor: Actor) -> FrozenDocument:
    """The form of the last submission as a numbered PDF with code; asked twice it is the same paper."""
    submission = file.submissions.order_by("-revision").first()
    if submission is None:
        raise Refused(no("材料还没有提交，只能打印草稿。", "提交后可以生成带编号的申报书。"))
    snapshot = {**submitted_form(file, submission), "submission": submission.digest}
    return _once(file, FORM_KIND, submission.digest, form_title(programme_of(file), file.year), snapshot, actor)


def commitment_letter(*, file: Application, actor: Actor) -> FrozenDocument:
    """The commitment to be printed and stamped (SC-38), with the version of its text."""
    rule = programme_of(file).commitment
    if rule is None:
        raise Refused(no("本轮不要求监测承诺。"))
    snapshot = letter_body(file, business_today())
    return _once(file, LETTER_KIND, f"{rule.version}:{file.enterprise_name}", rule.title, snapshot, actor)


def letter_body(file: Application, day: dt.date) -> dict[str, Any]:
    """The text of the letter with places for signature, stamp and date."""
    rule = programme_of(file).commitment
    assert rule is not None
    body = [("p", text) for text in rule.text.split("\n") if text.strip()]
    body.append(("p", f"承诺期限：自签署之日起{rule.years}年。依据：{rule.clause}。文本：{rule.version}。"))
    if file.enterprise.uscc:
        body.append(("p", f"统一社会信用代码：{file.enterprise.uscc}"))
    to = file.bureau.name
    signs = [f"法定代表人（签字）：{BLANK}{BLANK}"]
    return letter_snapshot(to=to, body=body, seal=True, signs=signs)


def _once(file: Application, kind: str, key: str, title: str, snapshot: dict[str, Any], actor: Actor) -> FrozenDocument:
    """A paper of this kind and content is frozen once; the PDF is made by a worker."""
    known = FrozenDocument.objects.filter(kind=kind, about_kind=file.subject_kind, about_id=file.pk, snapshot__key=key)
    document = known.exclude(state=FrozenDocument.State.VOID).order_by("-id").first()
    if document is None:
        document = freeze(
            kind=kind,
            subject_kind=file.subject_kind,
            subject_id=file.pk,
            subject_label=str(file),
            title=title,
            snapshot={**snapshot, "key": key},
            actor=actor,
            issuer=firm_as_issuer(file),
        )
    if document.pdf_id is None:
        render_soon(document)
    return document


def letter_of(file: Application) -> FrozenDocument | None:
    """The letter printed last and not void, None when there is none."""
    rows = FrozenDocument.objects.filter(kind=LETTER_KIND, about_kind=file.subject_kind, about_id=file.pk)
    return rows.exclude(state=FrozenDocument.State.VOID).order_by("-id").first()
