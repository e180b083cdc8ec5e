"""The firm's monitoring commitment beside a file (SC-37, SC-38)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from foundation.accounts.actor import Actor
from foundation.accounts.transition import require
from foundation.core.clock import business_today, real_now
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.documents.actions.seal import attach_scan
from foundation.documents.models import StoredFile
from reviews.actions.common import note
from reviews.evaluation import programme_of
from reviews.form_paper import letter_of
from reviews.models import Application, Commitment


@transaction.atomic
def sign_commitment(
    *,
    application_id: int,
    actor: Actor,
    signer: str,
    way: str,
    scan: StoredFile | None = None,
    signed_on: dt.date | None = None,
) -> Commitment:
    """The monitoring commitment as a record of its own: text version, signer, dates, click or stamped scan (SC-37, SC-38)."""
    file = Application.objects.select_for_update(of=("self",)).filter(pk=application_id).first()
    if file is None:
        raise Refused(no("没有这份材料，或它不在您的职责范围内。"))
    require(actor, "application.commit", file)
    rule = programme_of(file).commitment
    if rule is None:
        raise Refused(no("本轮不要求监测承诺。"))
    if way not in rule.ways:
        raise Refused(no("本轮不接受这种承诺方式。"))
    if way == Commitment.Way.CLICK and not actor.is_enterprise:
        raise Refused(no("网上确认须由企业本人办理。", "代填时请上传盖章扫描件。"))
    if way == Commitment.Way.STAMPED_SCAN and scan is None:
        raise Refused(no("请上传盖章后的承诺书扫描件。"))
    if not signer.strip():
        raise Refused(no("请填写签署人。"))
    today = business_today()
    day = signed_on or today
    if day > today:
        raise Refused(no("签署日期不能晚于今天。"))
    commitment = Commitment.objects.create(
        application=file,
        enterprise_id=file.enterprise_id,
        text_version=rule.version,
        text=rule.text,
        years=rule.years,
        signer=signer.strip(),
        signed_on=day,
        starts_on=day,
        ends_on=add_years(day, rule.years),
        way=way,
        scan=scan,
        recorded_by=f"{actor.hat.label} {actor.name}",
        recorded_at=real_now(),
    )
    decision = note(
        file,
        "application.commit",
        actor,
        {
            "text_version": rule.version,
            "years": rule.years,
            "way": way,
            "scan": scan.sha256 if scan else "",
            "ends_on": commitment.ends_on.isoformat(),
        },
    )
    commitment.decision_id = decision.pk
    commitment.save(update_fields=["decision_id"])
    letter = letter_of(file) if scan is not None and actor.is_enterprise else None
    if scan is not None and letter is not None and letter.pdf_id is not None:
        attach_scan(document=letter, file=scan, actor=actor)  # refuses the stamped page of another paper
    return commitment


def add_years(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
