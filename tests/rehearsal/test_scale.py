"""A province at once and one by one: both ways leave equal rows (B.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.core.management.color import no_style
from django.db import connection, models, transaction
from stdnum.cn import uscc

from cultivation.models import EntryEvent, RosterEntry
from enterprises.actions.facts import save_fields, save_figures
from enterprises.actions.lists import choose
from enterprises.actions.register import CodeTaken, Newcomer, NotRegistrable, register_enterprise, register_enterprises
from enterprises.models import AnnualFigure, CatalogueChoice, Enterprise, EnterpriseName, EnterprisePath, Profile
from foundation.accounts.actor import SYSTEM, Actor
from foundation.core.errors import Refused
from foundation.core.models import Installation
from foundation.core.verdict import ok
from foundation.documents.models import StoredFile
from foundation.duties.models import Obligation
from foundation.journal import chain
from foundation.journal.models import Decision, JournalEntry, OutboxMessage
from monitoring.actions.returns import Filled, file_on_behalf
from monitoring.models import MonthlyReturn, ReturnSubmission
from portal.rehearsal import calendar, scale, stages
from portal.rehearsal.scale_firms import MOST, scale_firm
from reviews.actions.county import give_opinions, recommend, record_check
from reviews.actions.filing import save_answers, start_application, submit
from reviews.models import Application, CheckRecord, Endorsement, OpinionRecord, StepVerdict, Submission

#: How many rows of each table a run of 50 firms of which 8 file and 4 are listed makes, beyond those of the stage before.
SIZE = scale.Size(firms=50, files=8, listed=4)
TABLES: tuple[type[models.Model], ...] = (
    Enterprise, EnterpriseName, EnterprisePath, Profile, AnnualFigure, CatalogueChoice, Application, Submission, CheckRecord,
    OpinionRecord, Endorsement, StepVerdict, RosterEntry, EntryEvent, Obligation, MonthlyReturn, ReturnSubmission, Decision,
    JournalEntry, OutboxMessage,
)  # fmt: skip
HASHES = {"salt", "digest", "body"}
"""Columns that hash times or salts."""


class OneByOne(scale.Scale):
    """The same steps, every act on one row by the function a page calls."""

    def register(self, firms: Any, actor: Actor) -> list[Enterprise]:
        return [register_enterprise(data=scale.registration(one), actor=actor, on_behalf=True) for one in firms]

    def figures(self, cells: Any, actor: Actor) -> None:
        for pk, given in cells.items():
            assert not save_figures(enterprise_id=pk, cells=given, actor=actor).errors

    def fields(self, fields: Any, actor: Actor) -> None:
        for pk, given in fields.items():
            assert not save_fields(enterprise_id=pk, fields=given, actor=actor, owner="profile").errors

    def choices(self, choices: Any, actor: Actor) -> None:
        for pk, item in choices:
            choose(enterprise_id=pk, item=item, actor=actor)

    def start(self, firms: Sequence[Enterprise], actor: Actor, paper: StoredFile) -> list[Application]:
        return [
            start_application(
                enterprise=firm, round=self.round_, tier=stages.HUNAN_TIER, actor=actor, paper_source=paper
            )
            for firm in firms
        ]

    def answer(self, changes: Any, versions: Any, actor: Actor) -> None:
        for pk, given in changes.items():
            save_answers(application_id=pk, actor=actor, version=versions[pk], changes=given)

    def submit(self, ids: Any, actor: Actor, declared: Any) -> dict[int, Any]:
        for pk in ids:
            submit(application_id=pk, actor=actor, declared=declared)
        return {}

    def check(self, ids: Any, actor: Actor, code: str, source: str, on: dt.date, proof: StoredFile) -> None:
        for pk in ids:
            record_check(
                application_id=pk, actor=actor, code=code, source=source, checked_on=on, result="clean", proof=proof
            )

    def opine(self, ids: Any, actor: Actor, answers: Any) -> None:
        for pk in ids:
            give_opinions(application_id=pk, actor=actor, answers=answers)

    def recommend(self, ids: Any, actor: Actor) -> dict[int, Any]:
        return {pk: recommend(ids=[pk], actor=actor, opinion="同意推荐（演示）。")[pk] for pk in ids}

    def months(self, filled: dict[int, Filled], actor: Actor, source: StoredFile) -> dict[int, Any]:
        for pk, given in filled.items():
            row = MonthlyReturn.objects.get(pk=pk)
            file_on_behalf(obligation_id=row.obligation_id, actor=actor, values=given.values, source=source)
        return {pk: ok() for pk in filled}


def count_on_from_here() -> None:
    """Ids begin at the same number for both runs."""
    with connection.cursor() as cursor:
        for line in connection.ops.sequence_reset_sql(no_style(), list(apps.get_models())):
            cursor.execute(line)


def rows_of(table: type[models.Model]) -> list[dict[str, Any]]:
    """Every column but times, salts and what hashes them."""
    names = [
        field.attname
        for field in table._meta.concrete_fields
        if not isinstance(field, models.DateTimeField) and field.name not in HASHES
    ]
    rows = list(table._default_manager.order_by("pk").values(*names))
    for row in rows:
        if table is Decision and row["subject_kind"] in {"dispatch", "document"}:
            del row["data"]  # digests of the printed table, which holds the time of printing
    return rows


@pytest.fixture
def built(foundations: None) -> stages.Built:
    Installation.start_rehearsal(calendar.ISSUED)
    call_command("load_bureaus", on=calendar.ISSUED, demo=True, verbosity=0)
    call_command("load_ladder", verbosity=0)
    return stages.build("filing", 1)


def test_sets_and_single_acts_leave_equal_rows(built: stages.Built) -> None:
    made = scale.prepare(built, 1, SIZE, lambda line: None)
    before = {table: table._default_manager.count() for table in TABLES}
    found: list[dict[str, list[dict[str, Any]]]] = []
    for kind in (scale.Scale, OneByOne):
        with transaction.atomic():
            count_on_from_here()
            run = kind(made.cast, made.round_, made.seed, made.size, made.reporting, made.waiting, made.tell)
            run.run()
            found.append({table.__name__: rows_of(table) for table in TABLES})
            grown = {table: table._default_manager.count() - before[table] for table in TABLES}
            if kind is scale.Scale:
                assert list(chain.check()) == []
            transaction.set_rollback(True)
    sets, singles = found
    for name in sets:
        assert sets[name] == singles[name], name
    assert grown[Enterprise] == 50
    assert grown[AnnualFigure] == 8 * 21 + 42 * 9
    assert grown[Submission] == grown[Application] == 8
    assert grown[RosterEntry] == 4
    assert grown[MonthlyReturn] == grown[ReturnSubmission] == 4 * 12
    assert {row["state"] for row in sets["Application"][-8:]} >= {"listed", "submitted", "recommended"}


def test_the_command_builds_a_province_of_any_size_once(foundations: None, capsys: Any) -> None:
    call_command("demo", scale="province", size=20, seed=2)
    assert "20 家企业，1 份申报，1 家在名单" in capsys.readouterr().out
    assert Enterprise.objects.filter(entered_by_bureau__isnull=False).count() == 20
    call_command("demo", scale="province", size=20, seed=2)
    assert "保持不变" in capsys.readouterr().out
    assert Enterprise.objects.filter(entered_by_bureau__isnull=False).count() == 20


@pytest.mark.django_db
@pytest.mark.parametrize("size", [0, -3, MOST + 1])
def test_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(CommandError, match="firms"):
        call_command("demo", scale="province", size=size)


class TestFirms:
    """Pure: a hundred thousand of them."""

    def test_codes_and_names_are_valid_and_differ(self) -> None:
        firms = [scale_firm(1, number, "430223", 430223, files=number < 60) for number in range(0, 100_000, 7)]
        assert len({firm.uscc for firm in firms}) == len({firm.name for firm in firms}) == len(firms)
        for firm in firms[:300]:
            assert uscc.is_valid(firm.uscc)
            assert firm.uscc[8:10] == "DX"
            assert "示范" in firm.name
            assert firm.name.endswith("（演示）")

    def test_those_that_file_have_representatives_of_their_own(self) -> None:
        firms = [scale_firm(1, number, "430223", 430223, files=True) for number in range(5_000)]
        assert len({firm.legal_representative for firm in firms}) == 5_000

    def test_the_same_number_is_the_same_firm(self) -> None:
        assert scale_firm(3, 77, "430223", 1, files=True) == scale_firm(3, 77, "430223", 1, files=True)
        assert scale_firm(3, 77, "430223", 1, files=True).figures != scale_firm(4, 77, "430223", 1, files=True).figures


class TestSets:
    """All or none."""

    def firms(self, built: stages.Built, *numbers: int) -> list[Newcomer]:
        place = next(iter(scale.counties(built.hunan)))
        made = [scale_firm(1, number, place.code, place.region_id, files=False) for number in numbers]
        return [Newcomer(scale.registration(one)) for one in made]

    def test_one_wrong_firm_keeps_the_others_out(self, built: stages.Built) -> None:
        before = Enterprise.objects.count()
        good = self.firms(built, 1, 2)
        taken = register_enterprises(newcomers=good[:1], actor=SYSTEM, on_behalf=True)[0]
        with pytest.raises(CodeTaken) as refused:
            register_enterprises(newcomers=good, actor=SYSTEM, on_behalf=True)
        assert refused.value.enterprise == taken
        late = scale.registration(scale_firm(1, 9, "430223", 0, files=False))
        with pytest.raises(NotRegistrable):
            register_enterprises(newcomers=[good[1], Newcomer(late)], actor=SYSTEM, on_behalf=True)
        with pytest.raises(ValueError, match="once"):
            register_enterprises(newcomers=[good[1], good[1]], actor=SYSTEM, on_behalf=True)
        assert register_enterprises(newcomers=[], actor=SYSTEM, on_behalf=True) == []
        assert Enterprise.objects.count() == before + 1

    def test_another_bureau_s_firm_keeps_the_set_untouched(self, built: stages.Built) -> None:
        firm = register_enterprises(newcomers=self.firms(built, 1), actor=SYSTEM, on_behalf=True)[0]
        stranger = built.cast.handler("510104")
        with pytest.raises(Refused):
            save_figures(enterprise_id=firm.pk, cells={(2017, "revenue", "audited"): "5"}, actor=stranger)
        assert not AnnualFigure.objects.filter(enterprise=firm).exists()

    def test_statements_do_not_grow_with_the_set(self, built: stages.Built, queries: Any) -> None:
        counts = []
        for numbers in (range(10, 11), range(20, 60)):
            newcomers = self.firms(built, *numbers)
            with queries.record() as seen:
                register_enterprises(newcomers=newcomers, actor=SYSTEM, on_behalf=True)
            counts.append(len(seen))
        assert counts[0] == counts[1]
