"""The published lists: what the public may see, one firm on four dates, and what is not disclosed (SC-43, HN-14)."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import transaction
from openpyxl import load_workbook

from cultivation.models import RosterEntry, Round
from cultivation.roster import close_entry, list_entries, observe_entry
from enterprises.models import Enterprise
from foundation.accounts.actor import SYSTEM
from foundation.accounts.transition import record_act
from foundation.core.models import Installation
from foundation.journal.models import Decision
from portal.rehearsal.people import ZHUZHOU
from portal.rehearsal.stages import HUNAN_TIER, SICHUAN_TIER
from reviews.models import Application
from tests.api.conftest import Program, World, assert_problem, program_for
from tests.reviews.conftest import HETANG, JINJIANG

LISTED, OBSERVED, LEFT = dt.date(2018, 4, 2), dt.date(2019, 4, 2), dt.date(2020, 4, 2)
TODAY = dt.date(2020, 6, 1)
FORBIDDEN = ("uscc", "enterprise", "contact", "phone", "legal")


def decision() -> Decision:
    return record_act(subject_kind="round", subject_id=1, subject_label="示例", action="application.list", actor=SYSTEM)


def entry(world: World, round_: Round, firm: Enterprise, tier: str, on: dt.date = LISTED) -> RosterEntry:
    """On the list by the room's own function."""
    place = firm.paths.get(stage="").path
    file = Application(pk=10_000 + firm.pk, enterprise=firm, tier=tier, path=place)
    with transaction.atomic():
        return list_entries(round=round_, files=[file], document=None, decision=decision(), on=on)[0]


@pytest.fixture
def sichuan(world: World) -> tuple[RosterEntry, Enterprise]:
    """A firm of Sichuan: listed, observed a year later, gone after another year."""
    firm = world.firm(JINJIANG).enterprise
    found = entry(world, world.sichuan, firm, SICHUAN_TIER)
    with transaction.atomic():
        observe_entry(entry=found, on=OBSERVED, due_on=LEFT, decision=decision())
        close_entry(entry=found, cause=RosterEntry.Exit.REMOVED, on=LEFT, decision=decision())
    Installation.start_rehearsal(TODAY)
    return found, firm


@pytest.fixture
def hunan(world: World) -> tuple[RosterEntry, Enterprise]:
    """A firm in the reserve, which publishes nothing."""
    firm = world.firm(HETANG).enterprise
    found = entry(world, world.hunan, firm, HUNAN_TIER)
    Installation.start_rehearsal(TODAY)
    return found, firm


@pytest.mark.parametrize(
    ("day", "status", "since", "until"),
    [
        ("2018-04-01", "never", None, None),
        ("2018-04-02", "listed", "2018-04-02", None),
        ("2019-04-01", "listed", "2018-04-02", None),
        ("2019-04-02", "under_observation", "2018-04-02", None),
        ("2020-04-01", "under_observation", "2018-04-02", None),
        ("2020-04-02", "left", "2018-04-02", "2020-04-02"),
        ("2020-06-01", "left", "2018-04-02", "2020-04-02"),
    ],
)
def test_one_firm_on_a_day(
    stranger: Program, sichuan: Any, day: str, status: str, since: str | None, until: str | None
) -> None:
    told = stranger.json(f"roster/?uscc={sichuan[1].uscc}&as_of={day}")
    (answer,) = told["answers"]
    assert (answer["status"], answer["since"], answer["until"]) == (status, since, until)
    assert answer["tier"] == (None if status == "never" else SICHUAN_TIER)
    assert (told["as_of"], told["results"], told["next"]) == (day, [], None)


def test_a_list_tells_name_region_tier_and_batch_alone(stranger: Program, sichuan: Any) -> None:
    (row,) = stranger.json("roster/?as_of=2018-06-01")["results"]
    assert row == {
        "programme": sichuan[0].programme.code, "name": sichuan[1].name, "region": "四川省成都市锦江区",
        "tier": SICHUAN_TIER, "tier_title": sichuan[0].tier_title, "year": 2018, "batch": 1,
    }  # fmt: skip
    text = stranger.get("roster/?as_of=2018-06-01").content.decode()
    assert sichuan[1].uscc not in text
    assert not any(word in text for word in FORBIDDEN)
    assert stranger.json("roster/")["results"] == [], "gone by today"


def test_what_is_not_published_is_not_disclosed(world: World, stranger: Program, hunan: Any) -> None:
    code = world.hunan.family.code
    for query in ("", f"programme={code}", "region=430000", f"tier={HUNAN_TIER}"):
        told = stranger.json(f"roster/?{query}")
        assert told["results"] == []
        if query in ("", f"programme={code}"):
            assert told["not_published"] == [code]
    listed = stranger.get(f"roster/?uscc={hunan[1].uscc}")
    unknown = stranger.get("roster/?uscc=91430211MA4L00003U")
    for answer in (listed, unknown):
        told = answer.json()
        assert [row["status"] for row in told["answers"]] == ["never"]
        assert [row["programme"] for row in told["answers"]] == [world.sichuan.family.code]
    assert listed.content == unknown.content, "a listed firm and no firm at all look the same"
    own = stranger.json(f"roster/?uscc={hunan[1].uscc}&programme={code}")
    assert (own["answers"], own["not_published"]) == ([], [code])
    for form in ("csv", "xlsx"):
        body = stranger.get(f"roster/?programme={code}&format={form}")
        assert hunan[1].name.encode() not in body.content


def test_filters_and_pages(world: World, stranger: Program) -> None:
    firms = [world.firm(JINJIANG).enterprise for _ in range(3)]
    for number, firm in enumerate(firms):
        entry(world, world.sichuan, firm, SICHUAN_TIER, on=LISTED + dt.timedelta(days=number))
    Installation.start_rehearsal(TODAY)
    assert [row["name"] for row in stranger.all("roster/?limit=1")] == [firm.name for firm in firms]
    assert len(stranger.json("roster/?since=2018-04-03")["results"]) == 2
    assert len(stranger.json("roster/?region=510000")["results"]) == 3
    assert len(stranger.json("roster/?region=510104")["results"]) == 3
    for query in ("region=510105", "batch=2", "year=2017", "tier=other", "since=2019-01-01"):
        assert stranger.json(f"roster/?{query}")["results"] == [], query


def test_the_whole_list_as_csv_and_workbook(world: World, stranger: Program, sichuan: Any) -> None:
    Enterprise.objects.filter(pk=sichuan[1].pk).update(name="=1+1")
    RosterEntry.objects.filter(pk=sichuan[0].pk).update(name="=1+1")
    as_csv = stranger.get("roster/?as_of=2018-06-01&format=csv")
    assert as_csv["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in as_csv["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
    assert rows[0] == ["序号", "企业名称", "所在地", "层级", "批次"]
    assert rows[1][1] == "'=1+1", "no spreadsheet runs a name"
    book = load_workbook(io.BytesIO(stranger.get("roster/?as_of=2018-06-01&format=xlsx").content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]


def test_a_list_too_long_for_a_file_is_refused(world: World, stranger: Program, sichuan: Any, settings: Any) -> None:
    settings.API_SHEET_MAX_ROWS = 0
    told = assert_problem(stranger.get("roster/?as_of=2018-06-01&format=csv"))
    assert (told["status"], "筛选" in told["hint"]) == (403, True)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("uscc=1", "uscc"),
        ("uscc=91430211MA4L000010", "uscc"),
        ("uscc=91430211MA4L00003U&format=csv", "format"),
        ("format=pdf", "format"),
        ("as_of=2099-01-01", "as_of"),
        ("as_of=1", "as_of"),
        ("programme=nothing", "programme"),
        ("region=000000", "region"),
        ("batch=0", "batch"),
        ("province=51", "province"),
    ],
)
def test_a_wrong_question(world: World, stranger: Program, query: str, parameter: str) -> None:
    told = assert_problem(stranger.get(f"roster/?{query}"))
    assert [error["parameter"] for error in told["errors"]] == [parameter]


@pytest.mark.parametrize(("query", "expected"), [("", 4), ("uscc=91430211MA4L00003U", 3), ("region=510000", 4)])
def test_cost(world: World, stranger: Program, queries: Any, query: str, expected: int) -> None:
    def add() -> None:
        entry(world, world.sichuan, world.firm(JINJIANG).enterprise, SICHUAN_TIER, on=dt.date(2018, 3, 1))

    queries.flat(add_row=add, act=lambda: stranger.get(f"roster/?{query}"), expected=expected)


# ---- inside --------------------------------------------------------------------------------------------------


def test_entries_inside_are_those_of_the_scope(world: World, hunan: Any, sichuan: Any) -> None:
    for actor in (world.handler(HETANG), world.handler(ZHUZHOU), world.handler(JINJIANG)):
        listed = {row["id"] for row in program_for(actor).all("roster-entries/")}
        assert listed == set(RosterEntry.objects.visible_to(actor).values_list("pk", flat=True))
    (row,) = program_for(world.handler(JINJIANG)).all("roster-entries/?as_of=2019-06-01")
    assert row["under_observation"] is False, "it has left by now"
    assert [one["kind"] for one in row["events"]] == ["listed", "observed", "left"]
    (own,) = program_for(world.handler(HETANG)).all("roster-entries/")
    assert (own["uscc"], own["until"], own["exit"]) == (hunan[1].uscc, None, None)
