"""The check names what was altered; the database refuses to alter it in the first place."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from foundation.core.clock import real_now
from foundation.journal import chain, sql
from foundation.journal.models import ChainLink, DayHead, Decision, JournalEntry
from foundation.journal.record import Act, ActorLabel, record, sha256
from foundation.journal.tasks import close_day, run_check, seal

WHO = ActorLabel(7, "李敏", "bureau", 3, "handler", "天元区经科局 · 经办")


def write(*ids: int) -> list[Decision]:
    with transaction.atomic():
        return record([Act("application", pk, f"材料{pk}", "application.recommend", opinion="同意") for pk in ids], WHO)


@pytest.fixture
def tamper(db) -> Callable[..., None]:
    """Change rows as somebody with the database in hand would."""

    def run(statement: str, *params: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in sql.TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(statement, list(params))
            for table in sql.TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return run


def faults() -> str:
    return "\n".join(chain.check())


# ---- the database refuses ----------------------------------------------------------------------------------
@pytest.mark.parametrize("table", sql.TABLES)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_rows_written_once(db, table, verb):
    write(1)
    chain.seal()
    chain.close_day(dt.date(2018, 3, 10))
    key = {"journal_chainlink": "number", "journal_dayhead": "day"}.get(table, "id")
    statement = f"DELETE FROM {table}" if verb == "DELETE" else f"UPDATE {table} SET {key} = {key}"
    with pytest.raises(DatabaseError, match="留痕只增不改"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_orm_is_refused_too(db):
    write(1)
    with pytest.raises(DatabaseError, match="留痕只增不改"), transaction.atomic():
        Decision.objects.update(opinion="不同意")
    with pytest.raises(DatabaseError, match="留痕只增不改"), transaction.atomic():
        JournalEntry.objects.all().delete()


# ---- the check names it ------------------------------------------------------------------------------------
def test_whole(db):
    write(1, 2, 3)
    assert faults() == "", "entries not yet sealed are covered"
    chain.seal()
    write(1)
    assert faults() == ""


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("opinion", "'不同意'"),
        ("note", "'后补'"),
        ("actor_name", "'王琪'"),
        ("actor_user_id", "8"),
        ("hat_label", "'别处'"),
        ("action", "'application.refuse'"),
        ("to_state", "'refused'"),
        ("subject_label", "'另一份'"),
        ("subject_id", "99"),
        ("data", "'{\"x\": 1}'"),
        ("made_at", "made_at - interval '1 day'"),
        ("recorded_at", "recorded_at - interval '1 second'"),
        ("acting_for", "'某人'"),
    ],
)
@pytest.mark.parametrize("sealed", [True, False])
def test_one_edited_row_is_named(tamper, column, value, sealed):
    _, second, _ = write(1, 2, 3)
    if sealed:
        chain.seal()
    tamper(f"UPDATE journal_decision SET {column} = {value} WHERE id = %s", second.pk)
    assert faults() == f"决定 {second.pk}：内容与留痕不符（application 2 #1）"


def test_a_row_edited_together_with_its_entry_breaks_the_chain(tamper):
    _, second, _ = write(1, 2, 3)
    chain.seal()
    entry = second.entry
    body = entry.body.replace("application.recommend", "application.refuse")
    tamper("UPDATE journal_decision SET action = 'application.refuse' WHERE id = %s", second.pk)
    tamper("UPDATE journal_journalentry SET body = %s, digest = %s WHERE id = %s", body, sha256(body), entry.pk)
    assert faults() == f"链节 2：与前一节或留痕 {entry.pk} 不符"


def test_a_missing_entry_is_named(tamper):
    first, _ = write(1, 2)
    tamper("DELETE FROM journal_journalentry WHERE decision_id = %s", first.pk)
    assert f"决定 {first.pk} 没有留痕" in faults()


def test_a_decision_taken_out_of_the_middle_leaves_a_gap(tamper):
    write(1)
    second = write(1)[0]
    write(1)
    tamper("DELETE FROM journal_journalentry WHERE decision_id = %s", second.pk)
    tamper("DELETE FROM journal_decision WHERE id = %s", second.pk)
    assert "application 1 缺少第 2 条" in faults()


def test_a_link_taken_out_of_the_middle(tamper):
    write(1, 2, 3)
    chain.seal()
    tamper("DELETE FROM journal_chainlink WHERE number = 2")
    assert "链节 2 缺失" in faults()


def test_a_tail_cut_after_the_day_was_closed(tamper):
    write(1)
    third = write(2)[0]
    chain.seal()
    chain.close_day(dt.date(2018, 3, 10))
    tamper("DELETE FROM journal_chainlink WHERE number = 2")
    tamper("DELETE FROM journal_journalentry WHERE decision_id = %s", third.pk)
    tamper("DELETE FROM journal_decision WHERE id = %s", third.pk)
    told = faults()
    assert "链节 2 已不存在，链尾被截" in told
    assert "链节 2 与库外账册不符" in told


def test_a_tail_cut_with_its_day_head_still_shows_in_the_ledger(tamper):
    write(1)
    second = write(2)[0]
    chain.seal()
    chain.close_day(dt.date(2018, 3, 10))
    tamper("DELETE FROM journal_dayhead")
    tamper("DELETE FROM journal_chainlink WHERE number = 2")
    tamper("DELETE FROM journal_journalentry WHERE decision_id = %s", second.pk)
    tamper("DELETE FROM journal_decision WHERE id = %s", second.pk)
    assert faults() == "账册 2018-03-10：链节 2 与库外账册不符"


def test_a_chain_rewritten_from_the_start_does_not_agree_with_the_ledger(tamper):
    write(1, 2)
    chain.seal()
    chain.close_day(dt.date(2018, 3, 10))
    tamper("DELETE FROM journal_dayhead")
    tamper("DELETE FROM journal_chainlink")
    tamper("UPDATE journal_journalentry SET salt = 'other' WHERE subject_id = 1")
    entry = JournalEntry.objects.select_related("decision").get(subject_id=1)
    from foundation.journal.record import entry_body

    body = entry_body(entry.decision, 1, "other")
    tamper("UPDATE journal_journalentry SET body = %s, digest = %s WHERE id = %s", body, sha256(body), entry.pk)
    chain.seal()
    assert faults() == "账册 2018-03-10：链节 2 与库外账册不符"


def test_two_quiet_days_share_a_head_and_both_are_checked(tamper, settings):
    write(1)
    chain.seal()
    chain.close_day(dt.date(2018, 3, 10))
    chain.close_day(dt.date(2018, 3, 11))
    assert faults() == ""
    tamper("UPDATE journal_dayhead SET digest = repeat('0', 64) WHERE day = '2018-03-10'")
    assert faults() == "日终摘要 2018-03-10：与链节 1 不符"


# ---- sealing and closing -----------------------------------------------------------------------------------
def test_sealing_goes_on_where_it_stopped(db):
    write(1, 2, 3)
    assert chain.seal(limit=2) == 2
    assert chain.seal() == 1
    assert chain.seal() == 0
    links = list(ChainLink.objects.order_by("number"))
    assert [link.number for link in links] == [1, 2, 3]
    assert [link.previous for link in links[1:]] == [link.digest for link in links[:2]]


def test_closing_a_day_writes_one_line_outside(db, settings):
    assert chain.close_day(dt.date(2018, 3, 9)) is None, "nothing ever happened"
    write(1)
    seal()
    close_day()
    close_day()
    lines = Path(settings.JOURNAL_LEDGER).read_text().splitlines()
    head = DayHead.objects.get()
    assert [json.loads(line) for line in lines] == [
        {"day": head.day.isoformat(), "number": 1, "digest": ChainLink.objects.get().digest}
    ]
    assert head.day == real_now().date() - dt.timedelta(days=1)


def test_the_command_ends_with_0_and_with_1(tamper, capsys):
    row = write(1)[0]
    call_command("journal_check")
    assert "留痕核对通过：1 条" in capsys.readouterr().out
    tamper("UPDATE journal_decision SET opinion = '不同意' WHERE id = %s", row.pk)
    with pytest.raises(SystemExit) as ended:
        call_command("journal_check")
    assert ended.value.code == 1
    assert f"决定 {row.pk}" in capsys.readouterr().out


def test_many_faults_are_counted_and_the_first_ones_named(tamper):
    from foundation.journal.models import JournalCheck

    write(*range(1, 8))
    tamper("UPDATE journal_decision SET opinion = '不同意'")
    row = JournalCheck.objects.create(asked_by="审计", asked_at=real_now())
    chain.run_check(row.pk, keep=3)
    row.refresh_from_db()
    assert (row.state, row.fault_count, len(row.faults), row.entries) == ("failed", 7, 3, 7)
    run_check(row.pk)
    row.refresh_from_db()
    assert len(row.faults) == 7
