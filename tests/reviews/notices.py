"""Public notices on their way, through the actions a page calls: approved files, a draft, posted, over, closed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cultivation.models import ProgrammeVersion, Round
from cultivation.schema import parse
from foundation.accounts.actor import VISITOR, Actor
from foundation.core.models import Installation
from portal.rehearsal import calendar
from portal.rehearsal.people import CHENGDU, SICHUAN
from reviews.actions import noticing, objections
from reviews.models import Application, Objection, PublicNotice, PublicNoticeRow
from reviews.objection_files import OBJECTION_FILE
from reviews.states import FileState
from tests.reviews.conftest import JINJIANG, World
from tests.reviews.on_the_way import merged, received

CONTACTS = {
    "business_name": "企业处 演示员",
    "business_phone": "028-86260000",
    "discipline_name": "机关纪委 演示员",
    "discipline_phone": "028-86260001",
}
TEXT = "该企业所报发明专利归属有争议（演示）。"


def approved(world: World, number: int = 2) -> list[Application]:
    """Files of Sichuan the province has approved."""
    ids = merged(world, received(world, JINJIANG, number))
    Application.objects.filter(pk__in=ids).update(state=FileState.APPROVED)
    return list(Application.objects.filter(pk__in=ids).order_by("pk"))


def draft(world: World, number: int = 2, place: str = SICHUAN) -> PublicNotice:
    """The province's draft with its contacts."""
    approved(world, number)
    notice = noticing.start_notice(round=world.sichuan, actor=world.handler(place))
    return noticing.edit_notice(notice_id=notice.pk, actor=world.handler(place), **CONTACTS)


def posted(world: World, number: int = 2, place: str = SICHUAN) -> PublicNotice:
    """All hands given: it is public."""
    return post(world, draft(world, number, place), place)


def post(world: World, notice: PublicNotice, place: str = SICHUAN) -> PublicNotice:
    """Give the hands until it is public."""
    for actor in dict.fromkeys((world.handler(place), world.signer(place))):
        if notice.opened_at is None:
            notice = noticing.open_notice(notice_id=notice.pk, actor=actor, opinion="同意公示（演示）。")
    return notice


def running(world: World, number: int = 2, place: str = SICHUAN) -> PublicNotice:
    """Posted, and its first day has come."""
    notice = posted(world, number, place)
    Installation.start_rehearsal(notice.starts_on)
    return notice


def after(notice: PublicNotice) -> dt.date:
    """The first day on which it can be closed."""
    assert notice.ends_on is not None
    return notice.ends_on + dt.timedelta(days=1)


def closed(world: World, number: int = 2, place: str = SICHUAN) -> PublicNotice:
    """Its days are over and it was ended."""
    notice = running(world, number, place)
    Installation.start_rehearsal(after(notice))
    return noticing.close_notice(notice_id=notice.pk, actor=world.signer(place))


def row(notice: PublicNotice, rank: int = 1) -> PublicNoticeRow:
    """A row by its rank."""
    return PublicNoticeRow.objects.get(notice=notice, rank=rank)


def object_to(world: World, where: PublicNoticeRow, actor: Actor = VISITOR, **given: Any) -> tuple[Objection, str]:
    """A person's objection."""
    typed = {"by": "person", "name": "演示群众", "phone": "13800000000", "text": TEXT, **given}
    return objections.lodge(row_id=where.pk, actor=actor, **typed)


def verified(world: World, objection: Objection, place: str = SICHUAN) -> Objection:
    """Checked and verified by the bureau."""
    objections.check_objection(objection_id=objection.pk, actor=world.handler(place), note="真实姓名，期内（演示）")
    return objections.verify_objection(objection_id=objection.pk, actor=world.handler(place), finding="已核实（演示）")


def settled(world: World, objection: Objection, *, upheld: bool, place: str = SICHUAN, reason: str = "") -> Objection:
    """The whole way of an objection."""
    verified(world, objection, place)
    return objections.settle(
        objection_id=objection.pk,
        actor=world.signer(place),
        upheld=upheld,
        reply="经核实，答复如下（演示）。",
        reason=reason,
    )


def prefecture_variant(world: World) -> Round:
    """Sichuan's round under a variant of the programme whose public notice is the prefecture's."""
    content = world.sichuan.version.document
    steps = [{**step, "level": "prefecture"} if step["code"] == "public_notice" else step for step in content["steps"]]
    variant = {**content, "steps": steps}
    parse(variant)
    before = world.sichuan.version
    version = ProgrammeVersion.objects.get(pk=before.pk)
    version.pk, version.document, version.digest, version.number = None, variant, "f" * 64, before.number + 1
    version._state.adding = True
    version.save()
    Round.objects.filter(pk=world.sichuan.pk).update(version=version)
    return world.sichuan


__all__ = ["CHENGDU", "OBJECTION_FILE", "calendar"]
