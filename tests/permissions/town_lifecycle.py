"""Entries, changes proposed for them, an earlier list being brought in: one on the own path, one in the other province."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cultivation.models import RosterEntry, RosterImport, RosterImportRow, RosterList
from foundation.core.clock import business_now
from portal.rehearsal import calendar
from portal.rehearsal.people import JINJIANG, SICHUAN, TIANYUAN, ZHUZHOU
from reviews.actions import lifecycle
from reviews.models import Proposal

if TYPE_CHECKING:
    from tests.permissions.town import Town


def entry_of(town: Town, name: str) -> RosterEntry:
    """The firm's current entry, made when there is none."""
    firm, file = town.firms[name][0], town.files[name]
    programme = file.round.family
    return RosterEntry.objects.filter(enterprise=firm, until=None).first() or RosterEntry.objects.create(
        enterprise=firm, programme=programme, province=programme.province, tier="x", tier_title="x", year=2018, batch=1,
        name=firm.name, region=firm.region, path=file.path, since=calendar.TODAY, decision=town.decision(),
    )  # fmt: skip


def _proposal(town: Town, name: str, place: str, decider: str, *, heard: bool = False) -> int:
    entry = entry_of(town, name)
    known = Proposal.objects.filter(entry=entry).first()
    if known is not None:
        return known.pk
    made = lifecycle.propose(entry_id=entry.pk, kind="delist", reason="演示", actor=town.cast.handler(place))
    if heard:
        lifecycle.open_hearing(proposal_id=made.pk, actor=town.cast.handler(decider))
    return made.pk


def _import(town: Town, place: str, name: str) -> int:
    bureau, programme = town.cast.bureaus[place], town.files[name].round.family
    file: Any = town._stored("a")
    listed = RosterList.objects.create(
        programme=programme, bureau=bureau, path=f"/{bureau.pk}/", kind="earlier", number="演示", title="演示", year=2017,
        published_on=calendar.TODAY, decision=town.decision(),
    )  # fmt: skip
    source = RosterImport.objects.create(
        programme=programme, bureau=bureau, title="演示", number="演示", published_on=calendar.TODAY, since=calendar.TODAY,
        year=2017, tier="x", tier_title="x", file=file, sha256=f"{bureau.pk:064d}", state="open", uploaded_at=business_now(),
        uploaded_by="x", roster_list=listed,
    )  # fmt: skip
    RosterImportRow.objects.create(roster_import=source, row_number=3, name="演示", match="unknown")
    return source.pk


def things(town: Town) -> dict[str, tuple[int, int]]:
    """Own and foreign number by name."""
    own, foreign = (TIANYUAN, ZHUZHOU), (JINJIANG, SICHUAN)
    return {
        "entry": (entry_of(town, "a").pk, entry_of(town, "b").pk),
        "proposal": (_proposal(town, "p", *own), _proposal(town, "q", *foreign)),
        "proposal_heard": (_proposal(town, "r", *own, heard=True), _proposal(town, "u", *foreign, heard=True)),
        "roster_import": (_import(town, ZHUZHOU, "s"), _import(town, SICHUAN, "t")),
    }
