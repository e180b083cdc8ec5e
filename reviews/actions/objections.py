"""Objections to a public notice: received → checked → verified → upheld or rejected, each a recorded act (P-03).

Handled confidentially: who objected and what they wrote stands on the objection's row alone. Neither the journal nor a
message to the bureau carries a name, a telephone number or a sentence of it.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from foundation.accounts.actor import VISITOR, Actor
from foundation.accounts.transition import decide_one, record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused
from foundation.core.text import normalise_name
from foundation.core.verdict import Verdict, no
from foundation.documents.models import StoredFile
from foundation.journal.models import Decision
from foundation.journal.record import Message
from foundation.reference import queries as reference
from reviews.actions.notice_rows import REASON_LENGTH, last_hand, row_of, strike
from reviews.models import Objection, PublicNotice, PublicNoticeRow
from reviews.public_notices import takes_objections
from reviews.states import FileState, NoticeRowState, NoticeState, ObjectionState

CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without the signs that are mistaken for each other on paper."""
CODE_LENGTH, RECEIPT_LENGTH = 8, 6
TEXT_LIMIT = 4000
_PHONE = re.compile(r"[0-9+()（）\- 转]{7,40}")


@transaction.atomic
def lodge(
    *,
    row_id: int,
    by: str,
    name: str,
    phone: str,
    text: str,
    contact_name: str = "",
    email: str = "",
    seal_scan: StoredFile | None = None,
    evidence: StoredFile | None = None,
    late_reason: str = "",
    actor: Actor = VISITOR,
) -> tuple[Objection, str]:
    """Take an objection to one row in; returns it with the query code, which is shown once and kept hashed.

    A unit adds its sealed scan, a person gives the real name; both a telephone number. The public may within the
    notice's days; the bureau enters letters (``entered_by_bureau``), after the days with a reason. Raises Refused.
    """
    notice = PublicNotice.objects.select_for_update(of=("self",)).filter(rows=row_id).first()
    row = (
        PublicNoticeRow.objects.select_related("application").filter(pk=row_id).first()
    )  # read under the notice's lock
    if row is None or notice is None:
        raise Refused(no("没有这条公示，或它已不公开。"))
    own = actor.bureau_id == notice.bureau_id
    require(actor, "objection.register" if own else "objection.lodge", notice)
    in_time = takes_objections(notice)
    if not in_time:
        _late(notice, own, late_reason)
    if row.state == NoticeRowState.STRUCK:
        raise Refused(no(f"“{row}”已从公示中撤下，不再接收异议。"))
    if row.application.state == FileState.LISTED:
        raise Refused(no(f"“{row}”已列入名单，不再作为公示异议登记。", "请按名单调整办理。"))
    typed = check_typed(by=by, name=name, contact_name=contact_name, phone=phone, email=email, text=text)
    if by == Objection.By.UNIT and seal_scan is None:
        raise Refused(no("以单位名义提出异议，须上传加盖公章的书面异议扫描件。"))
    code = _random(CODE_LENGTH)
    objection = Objection.objects.create(
        notice=notice,
        row=row,
        path=notice.path,
        receipt=_free_receipt(),
        code_hash=make_password(code),
        by=by,
        seal_scan=seal_scan,
        evidence=evidence,
        received_at=business_now(),
        due_on=_due(notice),
        late_reason="" if in_time else late_reason.strip(),
        entered_by_bureau=own,
        **typed,
    )
    record_act(
        subject_kind=objection.subject_kind,
        subject_id=objection.pk,
        subject_label=str(objection),
        action="objection.register" if own else "objection.lodge",
        actor=actor,
        to_state=objection.state,
        data={
            "notice": notice.pk,
            "row": row.pk,
            "by": by,
            "late": not in_time,
            "attachments": sum(file is not None for file in (seal_scan, evidence)),
        },
        messages=_arrived(objection, notice),
    )
    return objection, f"{code[:4]}-{code[4:]}"


def _late(notice: PublicNotice, own: bool, reason: str) -> None:
    assert notice.starts_on is not None
    assert notice.ends_on is not None
    days = f"{notice.starts_on.month}月{notice.starts_on.day}日至{notice.ends_on.month}月{notice.ends_on.day}日"
    if not own:
        raise Refused(no(f"公示期为{days}，今天不在公示期内，平台不接收异议。", "请与公示单位联系。"))
    if not reason.strip():
        raise Refused(no(f"公示期为{days}，今天不在公示期内。", "确需登记的，请写明公示期外登记的理由。"))
    if len(reason.strip()) > 300:
        raise Refused(no("公示期外登记的理由不超过 300 个字。"))


def check_typed(*, by: str, name: str, contact_name: str, phone: str, email: str, text: str) -> dict[str, str]:
    """What was typed, in its normal form; Refused with the first thing that is missing."""
    unit = by == Objection.By.UNIT
    if by not in Objection.By.values:
        raise Refused(no("请选择以单位名义还是以个人名义提出。"))
    name, contact_name = normalise_name(name), normalise_name(contact_name)
    phone, email, text = phone.strip(), email.strip(), text.strip()
    if len(name) < 2 or len(name) > 120:
        raise Refused(no("请填写单位全称。" if unit else "请填写真实姓名。"))
    if unit and not contact_name:
        raise Refused(no("请填写单位的联系人。"))
    if len(contact_name) > 60:
        raise Refused(no("联系人不超过 60 个字。"))
    if not _PHONE.fullmatch(phone):
        raise Refused(no("请填写能联系到您的电话。", "座机带区号，或手机号。"))
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Refused(no("电子邮箱的格式不对。", "不方便可以不填，凭回执查询办理结果。")) from error
    if not text:
        raise Refused(no("请写明异议的事实和理由。"))
    if len(text) > TEXT_LIMIT:
        raise Refused(no(f"异议内容 {len(text)} 个字，超过 {TEXT_LIMIT} 个字。", "详细材料请作为附件上传。"))
    return {"name": name, "contact_name": contact_name, "phone": phone, "email": email, "text": text}


def _random(length: int) -> str:
    return "".join(secrets.choice(CODE_SIGNS) for _ in range(length))


def _free_receipt() -> str:
    """``YY2018-7K3M9Q``: says nothing of how many others there are."""
    while True:
        receipt = f"YY{business_today().year}-{_random(RECEIPT_LENGTH)}"
        if not Objection.objects.filter(receipt=receipt).exists():
            return receipt


def _due(notice: PublicNotice) -> dt.date | None:
    days = notice.objection_days
    return reference.add_working_days(business_today(), days) if days is not None else None


def _arrived(objection: Objection, notice: PublicNotice) -> list[Message]:
    """To the bureau without a word of the content; to the objector, where an address was given, the receipt number."""
    body = {"objection": objection.pk, "receipt": objection.receipt, "title": notice.title}
    kind = "reviews.objection_arrived"
    found = [Message(f"{kind}:{objection.pk}", kind, "bureau", notice.bureau_id, body)]
    if objection.email:
        kind = "reviews.objection_receipt"
        found.append(Message(f"{kind}:{objection.pk}", kind, "objection", objection.pk, body))
    return found


def find_by_receipt(*, receipt: str, code: str) -> Objection | None:
    """The objection of a receipt number and its code, typed as people type them; None when the two do not belong together."""
    number = "".join(receipt.upper().split())
    found = Objection.objects.select_related("notice__bureau", "row").filter(receipt=number).first()
    plain = "".join(sign for sign in code.upper() if sign in CODE_SIGNS)
    # One hash is computed either way, so that the time of the answer does not tell which numbers exist.
    fits = check_password(plain, found.code_hash if found is not None else make_password(None))
    return found if found is not None and fits else None


# ---- the bureau's way -----------------------------------------------------------------------------------------


def check_objection(*, objection_id: int, actor: Actor, note: str = "") -> Objection:
    """受理: complete, in time, real name. ``note`` stays inside the bureau."""
    return _step(objection_id, actor, "objection.check", ObjectionState.RECEIVED, ObjectionState.CHECKED, note=note)


def verify_objection(*, objection_id: int, actor: Actor, finding: str) -> Objection:
    """Write down what was found (inward)."""
    if not finding.strip():
        raise Refused(no("请写明核实情况。"))

    return _step(
        objection_id,
        actor,
        "objection.verify",
        ObjectionState.CHECKED,
        ObjectionState.VERIFIED,
        finding=finding.strip(),
    )


def _step(
    pk: int, actor: Actor, action: str, expect: str, to: str, *, note: str = "", finding: str | None = None
) -> Objection:
    def change(objection: Objection) -> None:
        if finding is not None:
            objection.finding = finding

    decide_one(
        pk=pk,
        model=Objection,
        action=action,
        expect={expect},
        to=to,
        actor=actor,
        note=note.strip(),
        change=change,
        fields=("finding",),
    )
    return Objection.objects.get(pk=pk)


@transaction.atomic
def settle(*, objection_id: int, actor: Actor, upheld: bool, reply: str, reason: str = "") -> Objection:
    """Decide a verified objection with the reply to the objector; upheld strikes the row with the reason the public reads."""
    reply, reason = reply.strip(), reason.strip()
    if not reply:
        raise Refused(no("请写明给异议人的答复。"))
    if len(reason) > REASON_LENGTH:
        raise Refused(no(f"公布的理由不超过 {REASON_LENGTH} 个字。"))

    def check(objection: Objection) -> Verdict:
        return last_hand(actor)

    def change(objection: Objection) -> None:
        objection.reply, objection.settled_at = reply, business_now()

    def event(objection: Objection, decision: Decision) -> None:
        if upheld:
            rules = objection.notice.round.programme.public_notice
            _strike_for(objection, actor, reason or (rules.upheld if rules is not None else ""))

    def outbox(objection: Objection, decision: Decision) -> list[Message]:
        if not objection.email:
            return []
        kind = "reviews.objection_settled"
        body = {"objection": objection.pk, "receipt": objection.receipt, "title": objection.notice.title}
        return [Message(f"{kind}:{objection.pk}", kind, "objection", objection.pk, body)]

    decide_one(
        pk=objection_id,
        model=Objection,
        action="objection.settle",
        expect={ObjectionState.VERIFIED},
        to=ObjectionState.UPHELD if upheld else ObjectionState.REJECTED,
        actor=actor,
        check=check,
        change=change,
        fields=("reply", "settled_at"),
        data={"upheld": upheld},
        event=event,
        outbox=outbox,
    )
    return Objection.objects.get(pk=objection_id)


def _strike_for(objection: Objection, actor: Actor, reason: str) -> None:
    """Take the firm off the notice that counts now; in a draft of a restart it is simply not on the list any more."""
    row = row_of(objection)
    notice = PublicNotice.objects.select_for_update(of=("self",)).get(pk=row.notice_id)
    if row.state == NoticeRowState.STRUCK:
        return
    if notice.state == NoticeState.DRAFT:
        old = PublicNoticeRow.objects.get(pk=objection.row_id)
        row.delete()
        row = old
        if row.state == NoticeRowState.STRUCK:
            return
    strike(row, notice, actor, reason)
