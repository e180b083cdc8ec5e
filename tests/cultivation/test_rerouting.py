"""Current roster entries follow the responsibility path of their firm, in the transaction of the change (design idea 2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from cultivation.models import RosterEntry, Round
from cultivation.roster import close_entry, list_entries
from enterprises.actions.identity import move
from enterprises.evidence import FACTS
from enterprises.models import Enterprise
from foundation.accounts.actor import SYSTEM
from foundation.accounts.events import PathsRebuilt, ReportingLineChanged
from foundation.accounts.models import Bureau, ReportingLine
from foundation.accounts.tasks import new_day
from foundation.accounts.transition import record_act
from foundation.core.events import announce
from foundation.documents.actions.store import store_upload
from foundation.journal.models import Decision
from tests.cultivation.conftest import PLACES, TODAY, pdf

DAY = dt.date(2018, 2, 20)


@pytest.fixture
def listed(hunan_round: Round, firm: Callable[..., Enterprise]) -> Callable[..., RosterEntry]:
    """``listed(1, "攸县")``: a firm that stands on the list."""

    def make(number: int = 1, place: str = "攸县") -> RosterEntry:
        enterprise = firm(number, place)
        path = enterprise.paths.get(stage="").path
        file = SimpleNamespace(pk=number, enterprise_id=enterprise.pk, tier="reserve", path=path)
        with transaction.atomic():
            (entry,) = list_entries(round=hunan_round, files=[file], document=None, decision=decided(), on=DAY)
        return entry

    return make


def decided() -> Decision:
    return record_act(
        subject_kind="dispatch", subject_id=1, subject_label="报送", action="dispatch.receive", actor=SYSTEM
    )


def left(entry: RosterEntry) -> RosterEntry:
    with transaction.atomic():
        close_entry(entry=entry, cause=RosterEntry.Exit.REMOVED, on=TODAY, decision=decided())
    return entry


def path_of(entry: RosterEntry) -> str:
    return RosterEntry.objects.values_list("path", flat=True).get(pk=entry.pk)


def acts(entry: RosterEntry) -> list[Decision]:
    return list(Decision.objects.filter(subject_kind="roster_entry", subject_id=entry.pk, action="roster.rerouted"))


def moved(entry: RosterEntry, to: str) -> None:
    proof = store_upload(pdf(), actor=SYSTEM, purpose=FACTS)
    move(enterprise_id=entry.enterprise_id, region_id=PLACES[to][1], actor=SYSTEM, evidence=proof, reason="迁址")


def reports_to(bureau: Bureau, superior: Bureau, since: dt.date) -> None:
    ReportingLine.objects.filter(bureau=bureau, valid_to=None).update(valid_to=since - dt.timedelta(days=1))
    ReportingLine.objects.create(bureau=bureau, superior=superior, stage="", valid_from=since)


def test_a_firm_that_moves_takes_its_entry_along(listed: Any, official: Any, country: dict[str, Bureau]) -> None:
    entry, neighbour = listed(1), listed(2)
    before = entry.path
    moved(entry, "湘乡")
    assert path_of(entry) == f"/{country['湖南'].pk}/{country['湘潭'].pk}/{country['湘乡'].pk}/"
    assert path_of(neighbour) == before
    (act,) = acts(entry)
    assert act.data == {"from": before, "to": path_of(entry)}
    assert act.hat_kind == "system"
    seen = RosterEntry.objects.visible_to
    assert seen(official("湘乡")).filter(pk=entry.pk).exists()
    assert not seen(official("攸县")).filter(pk=entry.pk).exists()
    entry.refresh_from_db()
    assert entry.region_id == PLACES["攸县"][1]  # name and place stay those of the day of listing


def test_an_entry_that_ended_keeps_the_path_it_had(listed: Any) -> None:
    entry = left(listed())
    before = entry.path
    moved(entry, "湘乡")
    assert path_of(entry) == before
    assert acts(entry) == []


def test_a_change_that_is_rolled_back_leaves_the_entry_where_it_was(listed: Any) -> None:
    entry = listed()
    with transaction.atomic():
        moved(entry, "湘乡")
        assert path_of(entry) != entry.path
        transaction.set_rollback(True)
    assert path_of(entry) == entry.path
    assert acts(entry) == []


def test_entries_follow_a_changed_line_of_their_county(listed: Any, country: dict[str, Bureau]) -> None:
    entries, gone, elsewhere = [listed(1), listed(2)], left(listed(3)), listed(4, "醴陵")
    reports_to(country["攸县"], country["湘潭"], TODAY)
    assert new_day(TODAY)
    for entry in entries:
        assert path_of(entry) == f"/{country['湖南'].pk}/{country['湘潭'].pk}/{country['攸县'].pk}/"
        assert len(acts(entry)) == 1
    assert path_of(gone) == gone.path
    assert path_of(elsewhere) == elsewhere.path
    assert acts(gone) == acts(elsewhere) == []
    assert not new_day(TODAY)
    assert [len(acts(entry)) for entry in entries] == [1, 1]


def test_a_line_still_to_come_changes_nothing_before_its_day(listed: Any, country: dict[str, Bureau]) -> None:
    entry = listed()
    reports_to(country["攸县"], country["湘潭"], TODAY + dt.timedelta(days=30))
    later = TODAY + dt.timedelta(days=30)
    superior = country["湘潭"].pk
    announce(
        ReportingLineChanged(
            bureau_id=country["攸县"].pk, stage="", superior_id=superior, valid_from=later, effective=False
        )
    )
    announce(PathsRebuilt(on=TODAY, changed_bureau_ids=()))
    assert path_of(entry) == entry.path


def test_statements_do_not_grow_with_the_entries(listed: Any, country: dict[str, Bureau], queries: Any) -> None:
    counts = []
    for numbers, superior, day in ((range(1), "湘潭", 0), (range(1, 8), "株洲", 1)):
        for number in numbers:
            listed(number)
        since = TODAY + dt.timedelta(days=day)
        reports_to(country["攸县"], country[superior], since)
        with queries.record() as seen:
            assert new_day(since)
        counts.append(sum(1 for line in seen if "cultivation/roster_paths" in line))
    assert counts[0] == counts[1] > 0
