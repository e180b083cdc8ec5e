"""Helpers of the fast pages: rows of several tables together, pages from both ends, answers kept until the next act, the numbers of
the frame, pairs of characters.
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from cultivation.models import ProgrammeVersion
from foundation.core.clock import adopt_installation, current_installation, one_installation_per_unit_of_work
from foundation.core.counters import count_together, forget_counts, kept_counts
from foundation.core.kept import an_act_was_recorded, until_the_next_act
from foundation.core.models import Installation
from foundation.core.paging import BothEnds
from foundation.core.search import bigrams
from foundation.core.together import Rows, Together
from foundation.reference.models import Region, WorkdayAdjustment

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(settings: Any) -> None:
    settings.COUNTERS_SECONDS = 10
    cache.clear()


def _regions(count: int) -> list[Region]:
    return Region.objects.bulk_create(
        Region(id=990000 + number, level="county", sort_key=f"99{number:04d}", covered=False) for number in range(count)
    )


def test_rows_of_several_tables_are_what_the_orm_reads(queries: Any) -> None:
    Installation.objects.update_or_create(pk=1, defaults={"kind": "rehearsal", "business_date": dt.date(2018, 3, 12)})
    _regions(3)
    both = Together(
        places=Rows(Region, "t.id >= %(first)s", "t.id DESC", limit=2),
        here=Rows(Installation, "t.id = 1"),
        nothing=Rows(WorkdayAdjustment, "t.day = %(day)s", "t.day"),
    )
    with queries.record() as seen:
        found = both.fetch(first=990000, day=dt.date(1900, 1, 1))
    assert len(seen) == 1
    assert found["places"] == list(Region.objects.filter(id__gte=990000).order_by("-id")[:2])
    assert found["here"][0].business_date == dt.date(2018, 3, 12)
    assert found["nothing"] == []


def test_columns_left_out_are_read_when_asked_for(queries: Any) -> None:
    part = Together(rows=Rows(Region, "t.id = 990000", leave_out=("sort_key",)))
    _regions(1)
    (row,) = part.fetch()["rows"]
    with queries.record() as seen:
        assert row.sort_key == "990000"
    assert len(seen) == 1


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 99])
def test_every_page_has_its_rows_from_whichever_end(number: int) -> None:
    rows = _regions(23)
    page = BothEnds(Region.objects.filter(id__gte=990000).order_by("id"), 5).get_page(number)
    last = min(number, 5)
    assert sorted(row.pk for row in page.object_list) == [row.pk for row in rows[(last - 1) * 5 : last * 5]]


def test_numbers_are_counted_together(queries: Any) -> None:
    _regions(3)
    mine = Region.objects.filter(id__gte=990000)
    with queries.record() as seen:
        found = count_together(
            {
                "all": mine,
                "two": [mine.filter(id=990000), mine.filter(id=990001)],
                "none": Region.objects.none(),
                "known": 7,
            }
        )
    assert found == {"all": 3, "two": 2, "none": 0, "known": 7}
    assert len(seen) == 1


def test_the_frames_numbers_are_kept_and_forgotten_after_ones_own_act(kept: None, queries: Any) -> None:
    actor = SimpleNamespace(user_id=1, hat=SimpleNamespace(key="bureau:1:handler"))
    counters = {"places": lambda actor: Region.objects.filter(id__gte=990000)}
    assert kept_counts(actor, counters) == {"places": 0}
    _regions(2)
    with queries.record() as seen:
        assert kept_counts(actor, counters) == {"places": 0}  # up to ten seconds behind what others do
    assert seen == []
    forget_counts(actor)
    assert kept_counts(actor, counters) == {"places": 2}
    other = SimpleNamespace(user_id=1, hat=SimpleNamespace(key="bureau:2:handler"))
    assert kept_counts(other, {**counters, "more": lambda actor: 1}) == {"places": 2, "more": 1}


@pytest.mark.django_db(transaction=True)
def test_an_answer_holds_until_the_next_act_is_committed(kept: None) -> None:
    asked: list[int] = []

    def ask() -> int:
        asked.append(1)
        return len(asked)

    assert [until_the_next_act("n", "a", ask), until_the_next_act("n", "a", ask)] == [1, 1]
    assert until_the_next_act("n", "b", ask) == 2
    with transaction.atomic():
        an_act_was_recorded()
        an_act_was_recorded()
        assert len(connection.run_on_commit) == 1
        assert until_the_next_act("n", "a", ask) == 3  # nothing is kept within a change
    assert until_the_next_act("n", "a", ask) == 4
    assert until_the_next_act("n", "a", ask) == 4
    with transaction.atomic():
        an_act_was_recorded()
        transaction.set_rollback(True)
    assert until_the_next_act("n", "a", ask) == 4  # what was undone never happened


def test_nothing_is_kept_where_the_setting_says_so() -> None:
    answers = iter((1, 2))
    assert [until_the_next_act("n", "a", lambda: next(answers)) for _ in range(2)] == [1, 2]


def test_the_installation_is_read_once_and_only_when_asked_for(queries: Any) -> None:
    with queries.record() as seen, one_installation_per_unit_of_work():
        pass
    assert seen == []
    with queries.record() as seen, one_installation_per_unit_of_work():
        current_installation()
        current_installation()
    assert len(seen) == 1
    with queries.record() as seen, one_installation_per_unit_of_work():
        adopt_installation(Installation(kind="rehearsal", business_date=dt.date(2018, 3, 12)))
        assert current_installation().is_rehearsal
    assert seen == []


@pytest.mark.parametrize("text", ["梯度", "株洲示范", "aab", "梯", "", "梯梯梯"])
def test_pairs_are_the_databases_pairs(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tidu_bigrams(%s)", [text])
        assert sorted(cursor.fetchone()[0]) == bigrams(text)


def test_rules_are_read_once_per_process() -> None:
    document = {"code": "x"}
    row = ProgrammeVersion(digest="0" * 64, document=document)
    assert row.content is document
    assert ProgrammeVersion(digest="0" * 64, document={"code": "y"}).content is document  # the digest names the content
