"""Publishing, signing for and forwarding notices (ZZ-01, 02, 06, 08, 09, HN-28, 29, SC-47)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from cultivation.actions.rounds import set_window
from cultivation.deadlines import DeadlineWarning, deadline_warning
from cultivation.events import NoticePublished
from cultivation.models import Notice, NoticeAddressee, NoticeFile, NoticeReceipt, Programme, Round
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import bureau_path, subordinates
from foundation.accounts.roles import Level
from foundation.accounts.transition import decide_one, record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.models import StoredFile
from foundation.duties.actions import fulfil, oblige_all
from foundation.duties.actions.obligations import Duty
from foundation.journal.models import Decision
from foundation.journal.record import Message
from foundation.reference import queries as reference

SIGN_DUTY = "cultivation.sign_for_notice"
FIELDS = (
    "issuers",
    "number",
    "title",
    "issued_on",
    "body",
    "to_bureaus",
    "to_enterprises",
    "section",
    "contact_name",
    "contact_phone",
    "contact_email",
    "deadline",
)
#: Which level a deadline set by a bureau of this level speaks to.
_SPEAKS_TO = {Level.PROVINCE: "prefecture", Level.PREFECTURE: "county", Level.COUNTY: "enterprise"}


def _bureau(actor: Actor) -> Bureau:
    if actor.bureau_id is None:
        raise Refused(no("通知由主管部门拟制。"))
    return Bureau.objects.get(pk=actor.bureau_id)


def _fill(notice: Notice, values: dict[str, Any]) -> list[str]:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"unknown fields of a notice: {sorted(unknown)}")
    changed = [name for name, value in values.items() if getattr(notice, name) != value]
    for name in changed:
        setattr(notice, name, values[name])
    notice.issuers = [name.strip() for name in notice.issuers if name.strip()]
    return changed


def _new(actor: Actor, stage: str, family: Programme | None, values: dict[str, Any], parent: Notice | None) -> Notice:
    bureau = _bureau(actor)
    notice = Notice(
        bureau=bureau,
        path=bureau_path(bureau.pk, stage, business_today()),
        parent=parent,
        root=(parent.root or parent) if parent else None,
        family=family,
        stage=stage,
        drafted_by_id=actor.user_id,
        drafted_for_id=actor.hat.principal_id,
    )
    contact = {name: getattr(bureau, name) for name in ("section", "contact_name", "contact_phone", "contact_email")}
    _fill(notice, {"issuers": [bureau.name], "issued_on": business_today(), **contact, **values})
    notice.full_clean(exclude=["parent", "root"])
    notice.save()
    record_act(
        subject_kind=Notice.subject_kind,
        subject_id=notice.pk,
        subject_label=str(notice),
        action="notice.draft",
        actor=actor,
        to_state=notice.state,
        data={"parent": parent.pk if parent else None},
    )
    return notice


@transaction.atomic
def draft_notice(*, actor: Actor, family: Programme | None = None, stage: str = "", **values: Any) -> Notice:
    """A draft of the actor's bureau; contacts are those of the bureau unless given. ``values``: see ``FIELDS``."""
    require(actor, "notice.draft")
    return _new(actor, stage, family, values, None)


@transaction.atomic
def draft_forward(*, source_id: int, actor: Actor, **values: Any) -> Notice:
    """A cover notice of the actor's bureau over a notice it received, with its own contacts and date (ZZ-02, ZZ-08)."""
    source = Notice.objects.select_for_update(of=("self",)).get(pk=source_id)
    require(actor, "notice.forward", source)
    given = {"title": f"转发《{source.title}》"[:200], **values}
    return _new(actor, source.stage, source.family, given, source)


@transaction.atomic
def edit_draft(*, notice_id: int, actor: Actor, **values: Any) -> Notice:
    """Change a draft; refused once published."""
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice_id)
    require(actor, "notice.draft", notice)
    changed = _fill(notice, values)
    if changed:
        notice.full_clean(exclude=["parent", "root"])
        notice.save(update_fields=changed)
    return notice


@transaction.atomic
def attach_file(*, notice_id: int, actor: Actor, file: StoredFile, title: str = "") -> NoticeFile:
    """Attach the original or an annex to a draft (ZZ-09)."""
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice_id)
    require(actor, "notice.draft", notice)
    last = notice.files.aggregate(last=Max("position"))["last"] or 0
    return NoticeFile.objects.create(notice=notice, file=file, title=(title or file.name)[:160], position=last + 1)


@transaction.atomic
def remove_file(*, notice_id: int, actor: Actor, notice_file_id: int) -> None:
    """Take a file off a draft."""
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice_id)
    require(actor, "notice.draft", notice)
    notice.files.filter(pk=notice_file_id).delete()


def open_rounds_of(notice: Notice) -> list[Round]:
    """Rounds the notice's chain has opened and that still run."""
    rounds = Round.objects.filter(notice_id=notice.source_id, state=Round.State.OPEN)
    return list(rounds.select_related("version", "bureau").order_by("id"))


def warnings_for(notice: Notice, deadline: dt.date | None) -> list[DeadlineWarning]:
    """Warnings a deadline of this notice raises against the windows of the level above (ZZ-06)."""
    if not notice.is_forward:
        return []
    level = _SPEAKS_TO[Level(notice.bureau.level)]
    found = [deadline_warning(round, level, notice.path, deadline) for round in open_rounds_of(notice)]
    return [warning for warning in found if warning is not None]


@transaction.atomic
def publish(
    *, notice_id: int, actor: Actor, addressees: Sequence[int] | None = None, acknowledged: bool = False
) -> Notice:
    """Send a draft out: addressees owe a signature, the date of a forward becomes the window of those below.

    ``addressees``: ids of bureaus directly below, by default all of them when the notice is addressed to bureaus. A
    date that leaves the level above too few working days must be ``acknowledged``; the warning is recorded (ZZ-06).
    """
    notice = Notice.objects.select_for_update(of=("self",)).select_related("bureau", "parent").get(pk=notice_id)
    below = subordinates(notice.bureau_id, notice.stage, business_today()) if notice.to_bureaus else []
    chosen = [pk for pk in below if addressees is None or pk in set(addressees)]
    if not notice.to_bureaus and not notice.to_enterprises:
        raise Refused(no("通知还没有主送对象。", "请填写主送的主管部门或企业。"))
    if addressees is not None and set(addressees) - set(below):
        raise Refused(no("主送单位里有不是本单位直接下级的单位。", "请只选择直接下级。"))
    if notice.to_bureaus and not chosen:
        raise Refused(no("没有可以主送的下级单位。", "请只主送企业，或先设置隶属关系。"))
    warnings = warnings_for(notice, notice.deadline)
    if warnings and not acknowledged:
        text = "".join(warning.text for warning in warnings)
        raise Refused(no(text, "如仍按此日期办理，请勾选“已知悉，仍按此日期”后再发布。"))

    def change(row: Notice) -> None:
        row.published_at = business_now()
        row.warning = "".join(warning.text for warning in warnings)[:300]

    def event(row: Notice, decision: Decision) -> NoticePublished:
        NoticeAddressee.objects.bulk_create(NoticeAddressee(notice=row, bureau_id=pk) for pk in chosen)
        _oblige(row, chosen)
        if row.is_forward and row.deadline is not None:
            for round in open_rounds_of(row):
                set_window(
                    round=round,
                    level=_SPEAKS_TO[Level(row.bureau.level)],
                    bureau_id=row.bureau_id,
                    closes_on=row.deadline,
                    source=str(row)[:200],
                )
        return NoticePublished(notice_id=row.pk, bureau_id=row.bureau_id, source_id=row.source_id)

    def outbox(row: Notice, decision: Decision) -> list[Message]:
        body = {"notice": row.pk, "title": str(row), "by": row.bureau.name}
        return [Message(f"notice:{row.pk}:{pk}", "cultivation.notice_published", "bureau", pk, body) for pk in chosen]

    decide_one(
        pk=notice_id,
        model=Notice,
        action="notice.publish",
        expect={Notice.State.DRAFT},
        to=Notice.State.PUBLISHED,
        actor=actor,
        change=change,
        fields=("published_at", "warning"),
        data=lambda row: {
            "addressees": chosen,
            "deadline": row.deadline.isoformat() if row.deadline else None,
            "warning": row.warning,
            "acknowledged": bool(warnings),
        },
        event=event,
        outbox=outbox,
    )
    return Notice.objects.select_related("bureau").get(pk=notice_id)


def _oblige(notice: Notice, bureau_ids: Sequence[int]) -> None:
    """Each addressed bureau owes a signature; the working days allowed are data of the programme."""
    days: int | None = None
    version = notice.family.versions.order_by("-number").first() if notice.family else None
    if version is not None:
        rules = [d for d in version.programme_document.duties if d.code == "sign_for_notice"]
        days = rules[0].due_working_days if rules else None
    due = reference.add_working_days(business_today(), days) if days is not None else None
    oblige_all(
        [
            Duty(
                owner_kind="bureau",
                owner_id=pk,
                kind=SIGN_DUTY,
                due_on=due,
                subject_kind=Notice.subject_kind,
                subject_id=notice.pk,
                label=f"签收：{notice.title}"[:200],
                path=f"{notice.path}{pk}/",
            )
            for pk in bureau_ids
        ]
    )


def publish_notice(
    *,
    actor: Actor,
    family: Programme | None = None,
    stage: str = "",
    addressees: Sequence[int] | None = None,
    files: Sequence[tuple[StoredFile, str]] = (),
    **values: Any,
) -> Notice:
    """Draft, attach and publish at once, for a bureau where one hand is enough. ``files``: (file, title) in order."""
    with transaction.atomic():
        notice = draft_notice(actor=actor, family=family, stage=stage, **values)
        for file, title in files:
            attach_file(notice_id=notice.pk, actor=actor, file=file, title=title)
        return publish(notice_id=notice.pk, actor=actor, addressees=addressees)


def forward_notice(
    *,
    source_id: int,
    actor: Actor,
    addressees: Sequence[int] | None = None,
    acknowledged: bool = False,
    files: Sequence[tuple[StoredFile, str]] = (),
    **values: Any,
) -> Notice:
    """Forward a notice under one's own cover, contacts and date at once (ZZ-02, ZZ-06)."""
    with transaction.atomic():
        notice = draft_forward(source_id=source_id, actor=actor, **values)
        for file, title in files:
            attach_file(notice_id=notice.pk, actor=actor, file=file, title=title)
        return publish(notice_id=notice.pk, actor=actor, addressees=addressees, acknowledged=acknowledged)


@transaction.atomic
def sign_for_notice(*, notice_id: int, actor: Actor) -> NoticeReceipt:
    """签收: the bureau has the notice; who and when is written once, the duty is done."""
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice_id)
    require(actor, "notice.sign", notice)
    decision = record_act(
        subject_kind=Notice.subject_kind,
        subject_id=notice.pk,
        subject_label=str(notice),
        action="notice.sign",
        actor=actor,
        data={"bureau": actor.bureau_id},
    )
    assert actor.bureau_id is not None
    receipt = NoticeReceipt.objects.create(
        notice=notice,
        bureau_id=actor.bureau_id,
        signed_by_id=actor.user_id,
        signed_by=f"{actor.hat.label} {actor.name}".strip()[:160],
        signed_at=business_now(),
        decision=decision,
    )
    fulfil(
        owner_kind="bureau",
        owner_id=actor.bureau_id,
        kind=SIGN_DUTY,
        actor=actor,
        decision=decision,
        subject_kind=Notice.subject_kind,
        subject_id=notice.pk,
    )
    return receipt
