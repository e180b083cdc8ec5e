"""Papers of a change on the roster: the letter that opens the hearing and the decision, as frozen documents (SC-36, SC-41)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from cultivation.models import RosterEntry
from cultivation.roster_rules import programme_of
from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.accounts.models import Bureau
from foundation.core.errors import Refused
from foundation.core.events import on
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.actions.freeze import freeze, release
from foundation.documents.events import DocumentVoided
from foundation.documents.kinds import DocumentKind, file_readers, register_kind
from foundation.documents.layouts import cn_date, letter_snapshot
from foundation.documents.models import FrozenDocument, StoredFile
from foundation.documents.tasks import render_soon
from reviews.lifecycle import effects, verb, way_back
from reviews.models import HearingStatement, Proposal
from reviews.states import PROPOSAL_OPEN, ProposalKind

HEARING_KIND, DECISION_KIND = "reviews.hearing_letter", "reviews.lifecycle_decision"
PROPOSAL_FILE = "reviews.proposal"
"""Purpose of what hangs on a proposal: the paper it rests on, files of the firm's statement."""
_ABSENT = no("没有这个文件，或它不在您的职责范围内。")
_NUMBERS = "一二三四五六七"
_MOST_MONTHS = 12


def _reads_through_proposal(actor: Actor, document: FrozenDocument) -> Verdict:
    """Whoever the document exists for reads it; the firm and the bureaus below read it on the page of the proposal."""
    return ok()


for _code, _label in ((HEARING_KIND, "听取意见通知书"), (DECISION_KIND, "名单调整决定书")):
    register_kind(
        DocumentKind(
            _code, _label, template="documents/pdf/letter.html", style="letter", reader=_reads_through_proposal
        )
    )


def _reads_file(actor: Actor, file: StoredFile) -> Verdict:
    """Whoever sees the proposal reads what hangs on it; before that whoever uploaded it."""
    found = list(Proposal.objects.filter(paper_id=file.pk).select_related("bureau"))
    found += [
        row.proposal for row in HearingStatement.objects.filter(file_id=file.pk).select_related("proposal__bureau")
    ]
    if not found:
        return ok() if actor.user_id is not None and file.uploaded_by_id == actor.user_id else _ABSENT
    return next((answer for answer in (may(actor, "proposal.view", one) for one in found) if answer), _ABSENT)


file_readers.register(PROPOSAL_FILE, _reads_file)


@on(DocumentVoided)
def letter_belongs_to_the_hearing(event: DocumentVoided) -> None:
    """The letter of a hearing that runs is not declared void by itself: the proposal is dropped."""
    running = Proposal.objects.filter(hearing_document=event.document_id, state__in=PROPOSAL_OPEN)
    if event.kind == HEARING_KIND and running.exists():
        raise Refused(no("听取意见正在进行，通知书不能单独作废。", "请在名单调整页面办理。"))


# ---- words ---------------------------------------------------------------------------------------------------


def standing_line(entry: RosterEntry) -> str:
    """Since when the firm stands in which tier, by which list."""
    by = f"（{entry.roster_list.number}）" if entry.roster_list is not None and entry.roster_list.number else ""
    return f"你单位于{cn_date(entry.since)}列入{entry.tier_title}名单（{entry.year}年第{entry.batch}批）{by}"


def fact_lines(evidence: Mapping[str, Any]) -> list[str]:
    """The frozen evidence in sentences: named facts, missed months with what was sent, figures year by year."""
    lines = [f"{row['label']}：{row['value']}" for row in evidence.get("facts", ())]
    months: Sequence[Mapping[str, Any]] = evidence.get("months", ())
    for row in [one for one in months if one.get("missed", True)][-_MOST_MONTHS:]:
        due = f"（应于{_day(row['due_on'])}前报送）" if row.get("due_on") else ""
        sent = f"；已提醒{len(row['reminders'])}次" if row.get("reminders") else ""
        lines.append(f"{_month(row['period'])}{due}：{row.get('state') or '未报送'}{sent}")
    lines += [
        f"{row['label']}：{row['value']}" + (f"（{row['note']}）" if row.get("note") else "")
        for row in evidence.get("figures", ())
    ]
    return lines


def _day(text: str) -> str:
    """2018-05-10 as it is printed; another text as it is."""
    try:
        return cn_date(dt.date.fromisoformat(text))
    except ValueError:
        return text


def _month(text: str) -> str:
    year, _, month = text.partition("-")
    return f"{year}年{int(month)}月" if year.isdecimal() and month.isdecimal() else text


def _sections(parts: Sequence[tuple[str, Sequence[str]]]) -> list[tuple[str, str]]:
    body: list[tuple[str, str]] = []
    for place, (title, lines) in enumerate(part for part in parts if part[1]):
        body.append(("h2", f"{_NUMBERS[place]}、{title}"))
        body += [("p", line) for line in lines]
    return body


def _contact(bureau: Bureau) -> str:
    rest = "".join(part for part in (f"，联系人：{bureau.contact_name}" if bureau.contact_name else "",
                                     f"，电话：{bureau.contact_phone}" if bureau.contact_phone else ""))  # fmt: skip
    return f"{bureau.name}{rest}"


def hearing_letter(
    proposal: Proposal, *, actor: Actor, first: dt.date, last: dt.date, working_days: int, handling: Bureau
) -> FrozenDocument:
    """听取意见通知书: facts, clause, what is intended, until when and how the firm may answer. Frozen, released, soon rendered."""
    entry, programme = proposal.entry, programme_of(proposal.entry)
    places = dict.fromkeys(_contact(one) for one in (handling, proposal.bureau))
    intended = [f"拟作出“{verb(proposal.kind, proposal.cause)}”决定。"]
    intended += [f"{line}。" for line in effects(proposal.kind, proposal.cause, programme)]
    if back := way_back(proposal.kind, proposal.cause):
        intended.append(back)
    body = [
        ("p", f"{standing_line(entry)}。现就下列事项听取你单位意见。"),
        *_sections(
            [
                (
                    "事实",
                    [f"{proposal.reason.rstrip('。')}。", *(f"{line}。" for line in fact_lines(proposal.evidence))],
                ),
                ("依据", [f"{proposal.clause}。"] if proposal.clause else []),
                ("拟作决定", intended),
                (
                    "陈述意见的期限和方式",
                    [
                        f"你单位可在{cn_date(first)}至{cn_date(last)}（{working_days}个工作日）内陈述意见并提交证明材料。",
                        "登录平台在“名单调整”页面填写并提交；或将加盖公章的书面意见送交下列任一单位，由其代为录入：",
                        *(f"{place}。" for place in places),
                        "期满未陈述意见的，我单位将根据已有事实作出决定。",
                    ],
                ),
            ]
        ),
    ]
    return _frozen(proposal, HEARING_KIND, programme.lifecycle.papers.hearing, body, actor)


def decision_paper(
    proposal: Proposal, *, actor: Actor, on_day: dt.date, due_on: dt.date | None, opinion: str
) -> FrozenDocument:
    """The decision: facts, what the firm said, clause, decision with its effects and day, the way back. Frozen and released."""
    entry, programme = proposal.entry, programme_of(proposal.entry)
    title = getattr(programme.lifecycle.papers, str(ProposalKind(proposal.kind).value))
    heard = []
    if proposal.hearing_from is not None:
        assert proposal.hearing_until is not None
        days = f"{cn_date(proposal.hearing_from)}至{cn_date(proposal.hearing_until)}"
        said = "你单位已陈述意见。" if proposal.stated_at else "你单位在期限内未陈述意见。"
        heard = [f"我单位已于{days}听取你单位意见。{said}"]
    decided = [f"自{cn_date(on_day)}起，对你单位作出“{verb(proposal.kind, proposal.cause)}”决定。"]
    decided += [f"{line}。" for line in effects(proposal.kind, proposal.cause, programme, due_on)]
    if back := way_back(proposal.kind, proposal.cause):
        decided.append(back)
    body = [
        ("p", f"{standing_line(entry)}。"),
        *_sections(
            [
                (
                    "事实",
                    [f"{proposal.reason.rstrip('。')}。", *(f"{line}。" for line in fact_lines(proposal.evidence))],
                ),
                ("听取意见情况", heard),
                ("依据", [f"{proposal.clause}。"] if proposal.clause else []),
                ("决定", [*decided, *([f"{opinion.rstrip('。')}。"] if opinion else [])]),
                ("联系方式", [f"对本决定有疑问或异议的，请与{_contact(proposal.bureau)}联系。"]),
            ]
        ),
    ]
    return _frozen(proposal, DECISION_KIND, title, body, actor)


def _frozen(proposal: Proposal, kind: str, title: str, body: Sequence[tuple[str, str]], actor: Actor) -> FrozenDocument:
    document = freeze(
        kind=kind,
        subject_kind=proposal.subject_kind,
        subject_id=proposal.pk,
        subject_label=str(proposal),
        title=title,
        bureau=proposal.bureau,
        stage=programme_of(proposal.entry).stage,
        snapshot=letter_snapshot(to=proposal.enterprise.name, body=body, seal=True),
        actor=actor,
    )
    release(document)
    render_soon(document)
    return document
