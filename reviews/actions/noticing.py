"""Public notice (公示): drafted over the firms that are through, posted for its days, ended or restarted by decision (P-03)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F, Max

from cultivation.models import Round
from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import bureau_path
from foundation.accounts.transition import decide_one, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import Verdict, no
from foundation.documents.actions.freeze import freeze, release, void
from foundation.journal.models import Decision
from foundation.journal.record import Message
from reviews.actions.notice_common import ACT, CONTACTS, TEXTS, WAITING, changed, next_sequence, note, rules_of
from reviews.actions.notice_rows import correct_row, last_hand, notice_of, strike_row
from reviews.actions.turns import Turn
from reviews.models import PublicNotice, PublicNoticeRow
from reviews.notice_files import place_and_tier, waiting_for_notice
from reviews.notice_papers import NOTICE_KIND, notice_snapshot
from reviews.public_notices import IN_LIST, LIVE, days_of, is_over, notice_step
from reviews.states import OBJECTION_OPEN, FileState, NoticeState

_PHONE = re.compile(r"[0-9+()（）\-、,，;；/ 转]{7,40}")


@transaction.atomic
def start_notice(*, round: Round, actor: Actor) -> PublicNotice:
    """Draft the notice of the actor's bureau over every firm that waits for it, in the order of the list (P-03).

    Days and first-day rule are the programme's, contacts those of the round and of the bureau's last notice.
    """
    require(actor, "public_notice.start")
    rules = rules_of(round)
    step = notice_step(round)
    bureau = Bureau.objects.get(pk=actor.bureau_id)
    path = bureau_path(bureau.pk, round.stage, business_today())
    assert step is not None
    if bureau.level != step.level or not path.startswith(round.path):
        raise Refused(no(f"本轮由{_LEVELS.get(step.level, step.level)}主管部门公示，本单位不能发起。"))
    files = waiting_for_notice(round, bureau, path)
    if not files:
        raise Refused(no("没有等待公示的企业。", "审定（审核）通过后再发起公示。"))
    if PublicNotice.objects.filter(round=round, bureau=bureau, state__in=LIVE).exists():
        raise Refused(no("本轮已有一份公示正在办理。", "请在原公示上继续办理。"))
    before = PublicNotice.objects.filter(bureau=bureau).order_by("-id").first()
    programme = round.programme
    named = {"year": round.year, "name": programme.short_title, "document": programme.document_number}
    try:
        with transaction.atomic():
            notice = PublicNotice.objects.create(
                round=round,
                bureau=bureau,
                path=path,
                sequence=next_sequence(round, bureau),
                title=rules.title.format(**named)[:200],
                body=rules.text.format(**named),
                working_days=rules.working_days,
                first_day=rules.first_day,
                objection_days=rules.objection_days,
                created_at=business_now(),
                **_known_contacts(round, before),
            )
    except IntegrityError as error:
        raise StaleState(no("同事刚刚建立了本轮公示。", "请刷新后再看。")) from error
    _add_rows(notice, files)
    note(notice, "public_notice.start", actor, {"files": [file.pk for file in files]})
    return notice


_LEVELS = {"province": "省级", "prefecture": "市州", "county": "县级"}


def _known_contacts(round: Round, before: PublicNotice | None) -> dict[str, str]:
    """Nothing typed twice: the contacts of the last notice, else those of the round when its own bureau gives the notice."""
    names = [name for name in TEXTS if name not in {"title", "body"}]
    found = {name: str(getattr(before, name)) for name in names} if before is not None else dict.fromkeys(names, "")
    if not found["business_name"] and not found["business_phone"]:
        found["business_name"] = " ".join(part for part in (round.section, round.contact_name) if part)[:60]
        found["business_phone"], found["business_email"] = round.contact_phone, round.contact_email
    return found


def _add_rows(notice: PublicNotice, files: Sequence[Any]) -> None:
    known = place_and_tier(notice.round, files)
    top = notice.rows.aggregate(top=Max("rank"))["top"] or 0
    PublicNoticeRow.objects.bulk_create(
        PublicNoticeRow(
            notice=notice,
            application=file,
            rank=top + position,
            name=file.enterprise_name,
            region=known[file.pk][0],
            tier=known[file.pk][1],
        )
        for position, file in enumerate(files, start=1)
    )


@transaction.atomic
def collect_rows(*, notice_id: int, actor: Actor) -> int:
    """Take firms that became ready since into the draft, at the end; returns how many."""
    notice = notice_of(notice_id, actor, "public_notice.edit")
    files = waiting_for_notice(notice.round, notice.bureau, notice.path)
    _add_rows(notice, files)
    if files:
        changed(notice, "public_notice.collect", actor, {"files": [file.pk for file in files]})
    return len(files)


@transaction.atomic
def leave_out(*, notice_id: int, actor: Actor, row_id: int) -> None:
    """Take a firm out of the draft; it waits for a later notice."""
    notice = notice_of(notice_id, actor, "public_notice.edit")
    row = notice.rows.filter(pk=row_id).first()
    if row is None:
        raise Refused(no("这家企业不在公示名单中。", "请刷新后再看。"))
    row.delete()
    notice.rows.filter(rank__gt=row.rank).update(rank=F("rank") - 1)
    changed(notice, "public_notice.leave_out", actor, {"application": row.application_id})


@transaction.atomic
def reorder_rows(*, notice_id: int, actor: Actor, order: Sequence[int], version: int) -> PublicNotice:
    """Set the order of the draft by row ids, complete; hands given so far no longer count."""
    notice = notice_of(notice_id, actor, "public_notice.edit")
    if notice.version != version:
        raise StaleState(no("公示刚被他人修改过。", "请刷新后再调整。"))
    rows = {row.pk: row for row in notice.rows.all()}
    if sorted(order) != sorted(rows):
        raise Refused(no("顺序与名单不一致，可能有企业刚被移出。", "请刷新后再调整。"))
    for rank, pk in enumerate(order, start=1):
        rows[pk].rank = rank
    PublicNoticeRow.objects.bulk_update(rows.values(), ["rank"])
    return changed(notice, "public_notice.reorder", actor, {"order": list(order)})


@transaction.atomic
def edit_notice(*, notice_id: int, actor: Actor, working_days: int | None = None, **texts: str) -> PublicNotice:
    """Title, words, contacts (names in ``TEXTS``) and days of the draft; fewer days than the programme asks are refused."""
    notice = notice_of(notice_id, actor, "public_notice.edit")
    for name, text in texts.items():
        if name not in TEXTS:
            raise ValueError(f"a notice has no field {name!r}")
        text = text.strip()
        column: Any = PublicNotice._meta.get_field(name)
        limit, label = column.max_length, str(column.verbose_name)
        if limit is not None and len(text) > limit:
            raise Refused(no(f"{label}不超过 {limit} 个字。"))
        if name.endswith("phone") and text and not _PHONE.fullmatch(text):
            raise Refused(no(f"{label}“{text}”不像电话号码。", "请填写座机（带区号）或手机号。"))
        if name.endswith("email") and text:
            _checked_address(text, label)
        if name == "title" and not text:
            raise Refused(no("请填写公示标题。"))
        setattr(notice, name, text)
    if working_days is not None:
        least = rules_of(notice.round).working_days
        if not least <= working_days <= 10 * least:
            raise Refused(no(f"公示期不少于 {least} 个工作日，也不超过 {10 * least} 个。"))
        notice.working_days = working_days
    notice.save(update_fields=[*TEXTS, "working_days"])
    return changed(notice, "public_notice.edit", actor, {"working_days": notice.working_days})


def _checked_address(text: str, label: str) -> None:
    try:
        validate_email(text)
    except ValidationError as error:
        raise Refused(no(f"{label}“{text}”的格式不对。")) from error


def opening_blocks(notice: PublicNotice) -> list[Verdict]:
    """What keeps the draft from being posted: no firm, a contact missing, a firm that has moved on."""
    blocks: list[Verdict] = []
    if not notice.rows.exists():
        blocks.append(no("公示名单中没有企业"))
    for kind in rules_of(notice.round).contacts:
        if not getattr(notice, f"{kind}_name") or not getattr(notice, f"{kind}_phone"):
            blocks.append(no(f"请填写{CONTACTS[kind]}和电话"))
    moved = list(notice.rows.exclude(application__state__in=WAITING).values_list("name", flat=True)[:5])
    if moved:
        blocks.append(no(f"以下企业的材料已不在公示环节：{'、'.join(moved)}", "请移出后再发布。"))
    return blocks


@transaction.atomic
def open_notice(*, notice_id: int, actor: Actor, opinion: str = "") -> PublicNotice:
    """Give the hand that is due; the last one freezes list and paper, sets the days and tells the firms."""
    turn = Turn.of(PublicNotice.subject_kind, ACT, actor)

    def check(notice: PublicNotice) -> Verdict:
        mine = turn.ask(notice.pk)
        blocks = opening_blocks(notice) if mine else []
        return (
            no("暂不能发布：" + "；".join(block.reason for block in blocks) + "。", blocks[0].hint) if blocks else mine
        )

    def change(notice: PublicNotice) -> None:
        if not turn.last:
            return
        notice.opened_at = business_now()
        notice.starts_on, notice.ends_on = days_of(business_today(), notice.working_days, notice.first_day)
        notice.document = freeze(
            kind=NOTICE_KIND,
            subject_kind=notice.subject_kind,
            subject_id=notice.pk,
            subject_label=str(notice),
            title=notice.title,
            bureau=notice.bureau,
            stage=notice.round.stage,
            snapshot=notice_snapshot(notice),
            actor=actor,
        )
        release(notice.document)

    def event(notice: PublicNotice, decision: Decision) -> None:
        turn.give(notice.pk, opinion.strip(), decision)

    def outbox(notice: PublicNotice, decision: Decision) -> list[Message]:
        if not turn.last:
            return []
        assert notice.starts_on is not None
        assert notice.ends_on is not None
        body = {"notice": notice.pk, "title": notice.title, "from": f"{notice.starts_on}", "to": f"{notice.ends_on}"}
        kind = "reviews.in_notice"
        firms = notice.rows.values_list("pk", "name", "application__enterprise_id")
        return [
            Message(f"{kind}:{decision.pk}:{pk}", kind, "enterprise", enterprise_id, {**body, "name": name})
            for pk, name, enterprise_id in firms
        ]

    decide_one(
        pk=notice_id,
        model=PublicNotice,
        action="public_notice.open",
        expect={NoticeState.DRAFT},
        to=lambda notice: NoticeState.RUNNING if turn.last else NoticeState.DRAFT,
        actor=actor,
        opinion=opinion.strip(),
        check=check,
        change=change,
        fields=("opened_at", "starts_on", "ends_on", "document"),
        data=lambda notice: {
            "hand": turn.hand,
            "document": notice.document.digest if notice.document else "",
            "days": [f"{notice.starts_on}", f"{notice.ends_on}"] if notice.starts_on else [],
        },
        event=event,
        outbox=outbox,
    )
    return PublicNotice.objects.get(pk=notice_id)


@transaction.atomic
def close_notice(*, notice_id: int, actor: Actor) -> PublicNotice:
    """End the notice after its last day; firms with an open objection stay held (P-03)."""

    def check(notice: PublicNotice) -> Verdict:
        mine = last_hand(actor)
        if mine and not is_over(notice):
            assert notice.ends_on is not None
            return no(f"公示到{notice.ends_on.month}月{notice.ends_on.day}日止，期满后才能结束。")
        return mine

    def change(notice: PublicNotice) -> None:
        notice.closed_at = business_now()

    decide_one(
        pk=notice_id,
        model=PublicNotice,
        action="public_notice.close",
        expect={NoticeState.RUNNING},
        to=NoticeState.CLOSED,
        actor=actor,
        check=check,
        change=change,
        fields=("closed_at",),
        data=lambda notice: {
            "rows": notice.rows.filter(state__in=IN_LIST).count(),
            "open_objections": notice.objections.filter(state__in=OBJECTION_OPEN).count(),
        },
    )
    return PublicNotice.objects.get(pk=notice_id)


@transaction.atomic
def restart_notice(*, notice_id: int, actor: Actor, reason: str) -> PublicNotice:
    """Give the notice anew by decision: a draft naming the old one with the rows still on it; its days start when posted.

    The old paper is void; objections already lodged go on and still hold their firms. Returns the new draft.
    """
    reason = reason.strip()
    if not reason or len(reason) > 300:
        raise Refused(no("请写明重新公示的理由，不超过 300 个字，公众可见。"))
    made: list[PublicNotice] = []

    def check(notice: PublicNotice) -> Verdict:
        mine = last_hand(actor)
        listed = notice.rows.filter(application__state=FileState.LISTED)
        if mine and listed.exists():
            return no("公示中已有企业列入名单，不能重新公示。", "请按名单调整办理。")
        if mine and PublicNotice.objects.filter(earlier=notice).exists():
            return no("这份公示已经重新公示过。")
        return mine

    def change(notice: PublicNotice) -> None:
        notice.closed_at = notice.closed_at or business_now()
        notice.restart_reason = reason

    def event(notice: PublicNotice, decision: Decision) -> None:
        paper = notice.document
        if paper is not None:
            void(document=paper, reason=f"重新公示：{reason}"[:300], actor=SYSTEM)
        made.append(_again(notice))

    decide_one(
        pk=notice_id,
        model=PublicNotice,
        action="public_notice.restart",
        expect={NoticeState.RUNNING, NoticeState.CLOSED},
        to=NoticeState.RESTARTED,
        actor=actor,
        opinion=reason,
        check=check,
        change=change,
        fields=("closed_at", "restart_reason"),
        event=event,
    )
    note(made[0], "public_notice.start", actor, {"earlier": notice_id})
    return made[0]


def _again(old: PublicNotice) -> PublicNotice:
    """The next draft with the rows of the old one that still stand, corrected names taken over."""
    rules = rules_of(old.round)
    if PublicNotice.objects.filter(round_id=old.round_id, bureau_id=old.bureau_id, state__in=LIVE).exists():
        raise Refused(no("本轮已有另一份公示正在办理。", "请先办完那一份。"))
    new = PublicNotice.objects.create(
        round=old.round,
        bureau=old.bureau,
        path=old.path,
        sequence=next_sequence(old.round, old.bureau),
        earlier=old,
        working_days=old.working_days,
        first_day=rules.first_day,
        objection_days=rules.objection_days,
        created_at=business_now(),
        **{name: getattr(old, name) for name in TEXTS},
    )
    rows = old.rows.filter(state__in=IN_LIST, application__state__in=WAITING).order_by("rank")
    PublicNoticeRow.objects.bulk_create(
        PublicNoticeRow(notice=new, application_id=row.application_id, rank=rank, name=row.shown_name or row.name,
                        region=row.region, tier=row.tier)
        for rank, row in enumerate(rows, start=1)
    )  # fmt: skip
    return new


__all__ = [
    "ACT",
    "TEXTS",
    "close_notice",
    "collect_rows",
    "correct_row",
    "edit_notice",
    "leave_out",
    "open_notice",
    "opening_blocks",
    "reorder_rows",
    "restart_notice",
    "start_notice",
    "strike_row",
]
