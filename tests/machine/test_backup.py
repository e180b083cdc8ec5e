"""A backup really comes back: another database, another folder, every row, file and journal entry compared (B.3)."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from psycopg2 import sql

from foundation.accounts.actor import SYSTEM
from foundation.core.clock import real_now
from foundation.documents.actions.store import store_bytes
from foundation.documents.kinds import file_readers
from foundation.documents.models import StoredFile
from foundation.journal import chain
from foundation.journal.models import Decision
from foundation.journal.record import Act, Message, record, send
from portal import backups
from portal.management.commands.backup import seconds_until

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["株洲演示机械有限公司", 'O\'Brien\t"quoted"\\n', "第二家"]


def _address(name: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _server() -> Any:
    opened = psycopg2.connect(_address("postgres"))
    opened.autocommit = True
    return opened


@pytest.fixture
def empty_database() -> Iterator[str]:
    """A database beside the tests' own."""
    name = f"{connection.settings_dict['NAME']}_restored"
    opened = _server()
    with opened.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield name
    with opened.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    opened.close()


@pytest.fixture
def work() -> Iterator[None]:
    """Acts with journal, chain, day head and ledger, messages, and files in the store."""
    file_readers.register("test.backup", lambda actor, file: None)  # type: ignore[arg-type,return-value]
    with transaction.atomic():
        for number, name in enumerate(NAMES, 1):
            decision = record([Act("test", number, name, "test.act", opinion="同意")], SYSTEM.label)[0]
            send([Message(f"backup:{number}", "duties.job_finished", "user", 1, PAYLOAD)], decision)
            store_bytes(
                f"内容{number}".encode() * 1000,
                name=f"{number}.pdf",
                content_type="application/pdf",
                purpose="test.backup",
                actor=SYSTEM,
            )
    chain.seal()
    chain.close_day(dt.date(2018, 3, 12))
    yield
    file_readers._rows.pop("test.backup")


PAYLOAD = {"job": 1, "label": "演示", "state": "已完成", "message": "", "done": 1}


def restore(folder: Path, database: str, var: Path, *more: str) -> tuple[int, str]:
    """``manage.py restore`` as an operator runs it: in a process with another database and another folder."""
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", str(folder), *more],
        cwd=ROOT,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "portal.settings.live", "DATABASE_URL": _address(database), "TIDU_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_what_was_backed_up_comes_back(work: None, empty_database: str, tmp_path: Path) -> None:
    call_command("backup", to=tmp_path / "backups")
    folder = backups.newest(tmp_path / "backups")
    assert folder is not None
    assert folder.stat().st_mode & 0o077 == 0, "personal data: nobody else reads it"
    code, told = restore(folder, empty_database, tmp_path / "elsewhere")
    assert code == 0, told
    assert "恢复完成并核对一致" in told
    with psycopg2.connect(_address(empty_database)) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT subject_label, opinion FROM journal_decision ORDER BY id")
        assert [label for label, _ in cursor.fetchall()] == NAMES
        cursor.execute("SELECT count(*) FROM journal_chainlink")
        assert cursor.fetchone() == (len(NAMES),)
    opened.close()
    for row in StoredFile.objects.all():
        copy = tmp_path / "elsewhere" / "files" / row.storage_name
        assert copy.read_bytes() == (tmp_path / "files" / row.storage_name).read_bytes()
    assert (tmp_path / "elsewhere" / "ledger" / "journal.jsonl").exists()
    # The journal's triggers came along: what was append-only still is.
    with psycopg2.connect(_address(empty_database)) as opened, opened.cursor() as cursor, pytest.raises(psycopg2.Error):
        cursor.execute("DELETE FROM journal_journalentry")
    opened.close()
    code, told = restore(folder, empty_database, tmp_path / "third")
    assert code == 1
    assert "不是空库" in told


def test_a_damaged_backup_is_refused_before_anything_is_touched(
    work: None, empty_database: str, tmp_path: Path
) -> None:
    made = backups.back_up(tmp_path / "backups").folder
    victim = next((made / "files").rglob("*/*/*"))
    victim.chmod(0o600)
    victim.write_bytes(b"x" + victim.read_bytes()[1:])
    for more in ((), ("--check",)):
        code, told = restore(made, empty_database, tmp_path / "elsewhere", *more)
        assert code == 1
        assert "备份已损坏" in told
    assert not (tmp_path / "elsewhere" / "files").exists()
    (made / backups.DUMP).unlink()
    with pytest.raises(backups.BackupFault, match="备份已损坏"):
        backups.verify(made)
    with pytest.raises(backups.BackupFault, match="不是完整的备份"):
        backups.verify(tmp_path)


def test_a_restore_that_differs_says_where(work: None, empty_database: str, tmp_path: Path) -> None:
    """A manifest that tells of another row than the dump holds: what a lost row would look like."""
    made = backups.back_up(tmp_path / "backups").folder
    text = (made / backups.MANIFEST).read_text()
    rows = Decision.objects.count()
    (made / backups.MANIFEST).write_text(
        text.replace(f'"journal_decision": [\n   {rows},', f'"journal_decision": [\n   {rows + 1},')
    )
    sums = backups.read_sums(made) | {backups.MANIFEST: backups._digest(made / backups.MANIFEST)}
    (made / backups.SUMS).write_text("".join(f"{digest}  {place}\n" for place, digest in sums.items()))
    code, told = restore(made, empty_database, tmp_path / "elsewhere")
    assert code == 1
    assert "恢复后与备份不符：journal_decision" in told


def test_the_next_backup_shares_what_has_not_changed(work: None, tmp_path: Path, time_machine: Any) -> None:
    target = tmp_path / "backups"
    time_machine.move_to("2026-03-10T02:30:00+08:00")
    first = backups.back_up(target)
    time_machine.move_to("2026-03-11T02:30:00+08:00")
    second = backups.back_up(target)
    assert (first.files, second.files) == (3, 3)
    for path in (second.folder / "files").rglob("*/*/*"):
        assert path.stat().st_nlink == 2, "only new files take room"
    assert backups.verify(second.folder).keys() == backups.verify(first.folder).keys()
    assert backups.forget_old(target, 1) == [first.folder.name]
    assert backups.verify(second.folder), "what is shared outlives the older backup"
    time_machine.move_to("2026-03-12T05:00:00+08:00")
    with pytest.raises(CommandError, match="26 小时"):
        call_command("backup", to=target, check=True)


def test_a_backup_that_was_broken_off_is_none(work: None, tmp_path: Path, monkeypatch: Any) -> None:
    target = tmp_path / "backups"
    monkeypatch.setattr(backups, "_program", lambda name: "/bin/false")
    with pytest.raises(CommandError, match="备份没有完成"):
        call_command("backup", to=target)
    assert backups.newest(target) is None
    monkeypatch.undo()
    backups.back_up(target)
    assert [path.suffix for path in target.iterdir()] == [""], "the rest of the broken one is gone"


def test_the_clock_of_the_night() -> None:
    zone = real_now().tzinfo
    at = dt.time(2, 30)
    assert seconds_until(at, dt.datetime(2026, 3, 10, 2, 0, tzinfo=zone)) == 1800
    assert seconds_until(at, dt.datetime(2026, 3, 10, 2, 30, tzinfo=zone)) == 86400
    assert seconds_until(at, dt.datetime(2026, 3, 10, 23, 30, tzinfo=zone)) == 3 * 3600


def test_the_password_is_not_among_the_arguments(monkeypatch: Any) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(
        backups.subprocess,
        "run",
        lambda command, **given: seen.update(given, command=command) or subprocess.CompletedProcess(command, 0),
    )
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "very secret")
    backups._run("pg_dump", "--file=x")
    assert "very secret" not in " ".join(seen["command"])
    assert seen["env"]["PGPASSWORD"] == "very secret"
