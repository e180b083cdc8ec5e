"""Backing up and restoring: the database and the file store together, checked row by row on the way back (B.3).

A backup is a folder ``20260311-023000`` with ``database.dump`` (pg_dump's own format), ``files/`` (the file store), ``ledger/`` (the
journal's day heads), ``manifest.json`` (every table's row count and a mark of its contents, taken in the snapshot that was dumped)
and ``SHA256SUMS`` (``sha256sum -c`` reads it). The dump comes first: files are only ever added, so whatever a dumped row names is
in the store when it is copied. Files the last backup has are hard links to it, so each backup is whole and only new files take room.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from foundation.core.clock import real_now
from foundation.journal import chain

FORMAT = 1
DUMP, MANIFEST, SUMS = "database.dump", "manifest.json", "SHA256SUMS"
PART = ".part"
NAME_FORMAT = "%Y%m%d-%H%M%S"
Tell = Callable[[str], None]


class BackupFault(Exception):
    """Something that keeps a backup or a restore from being whole; the text is for the operator."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was backed up or restored: tables, rows, files and their bytes."""

    folder: Path
    tables: int
    rows: int
    files: int
    size: int


# ---- backing up ----------------------------------------------------------------------------------------------


def back_up(target: Path, *, tell: Tell = lambda line: None) -> Report:
    """Make one backup below ``target``; it gets its name only when it is whole. Raises ``BackupFault``."""
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for stale in target.glob(f"*{PART}"):
        shutil.rmtree(stale)
    previous = newest(target)
    name = real_now().strftime(NAME_FORMAT)
    if (target / name).exists():
        raise BackupFault(f"{target / name} 已存在，请稍后再试。")
    part = target / f"{name}{PART}"
    part.mkdir(mode=0o700)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        tell("数据库")
        _run(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={part / DUMP}",
        )
        tables = contents()
        manifest = {
            "format": FORMAT,
            "made_at": real_now().isoformat(),
            "postgresql": _major(),
            "migrations": _migrations(),
            "tables": tables,
        }
    tell("文件")
    sums = _copy_stores(part, previous)
    (part / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    sums[DUMP], sums[MANIFEST] = _digest(part / DUMP), _digest(part / MANIFEST)
    with (part / SUMS).open("w", encoding="utf-8") as out:
        out.writelines(f"{digest}  {path}\n" for path, digest in sorted(sums.items()))
        out.flush()
        os.fsync(out.fileno())
    part.rename(target / name)
    return _report(target / name, tables, sums)


def _copy_stores(part: Path, previous: Path | None) -> dict[str, str]:
    """Copy file store and ledger into the backup; returns the digest of each by its path there."""
    known = read_sums(previous) if previous else {}
    found: dict[str, str] = {}
    for label, source in stores():
        for path in sorted(source.rglob("*")) if source.exists() else ():
            if not path.is_file() or path.suffix == PART:
                continue
            place = f"{label}/{path.relative_to(source)}"
            target = part / place
            target.parent.mkdir(parents=True, exist_ok=True)
            before = previous / place if previous and place in known else None
            if before is not None and _same(before, path):
                os.link(before, target)
                found[place] = known[place]
            else:
                shutil.copy2(path, target)
                found[place] = _digest(target)
    return found


def stores() -> list[tuple[str, Path]]:
    """The folders that belong to the database: the file store, and the ledger. Exports are copies and expire."""
    return [("files", Path(settings.MEDIA_ROOT)), ("ledger", Path(settings.JOURNAL_LEDGER).parent)]


def newest(target: Path) -> Path | None:
    """The latest whole backup, or None."""
    whole = sorted(path for path in target.glob("[0-9]*") if (path / SUMS).exists() and path.suffix != PART)
    return whole[-1] if whole else None


def age(folder: Path) -> dt.timedelta:
    """How long ago a backup was made."""
    made = dt.datetime.strptime(folder.name, NAME_FORMAT).replace(tzinfo=real_now().tzinfo)
    return real_now() - made


def forget_old(target: Path, keep: int) -> list[str]:
    """Delete all but the ``keep`` latest whole backups; returns the names of those deleted."""
    whole = sorted(path for path in target.glob("[0-9]*") if (path / SUMS).exists() and path.suffix != PART)
    gone = whole[:-keep] if keep > 0 else []
    for path in gone:
        shutil.rmtree(path)
    return [path.name for path in gone]


# ---- checking and restoring ------------------------------------------------------------------------------------


def verify(folder: Path) -> dict[str, str]:
    """Compute every digest of a backup again; raises ``BackupFault`` naming what differs, else returns the digests."""
    sums = read_sums(folder)
    if MANIFEST not in sums or DUMP not in sums:
        raise BackupFault(f"{folder} 不是完整的备份：缺少 {SUMS}、{MANIFEST} 或 {DUMP}。")
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {SUMS}
    wrong = sorted(there ^ set(sums)) + [
        place for place, digest in sums.items() if place in there and _digest(folder / place) != digest
    ]
    if wrong:
        raise BackupFault(f"备份已损坏，{len(wrong)} 个文件不符：{'、'.join(wrong[:5])}")
    return sums


def restore(folder: Path, *, tell: Tell = lambda line: None) -> Report:
    """Restore a backup into the configured database and folders, which must be empty, and compare with the manifest.

    Raises ``BackupFault`` when the backup is damaged, the place is not empty, or anything differs afterwards.
    """
    tell("核对备份")
    sums = verify(folder)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT:
        raise BackupFault(f"不认识的备份格式 {manifest['format']}。")
    _check_empty()
    tell("数据库")
    _run(
        "pg_restore",
        *("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"),
        f"--dbname={connection.settings_dict['NAME']}",
        str(folder / DUMP),
    )
    tell("文件")
    for label, target in stores():
        if (folder / label).exists():
            shutil.copytree(folder / label, target, dirs_exist_ok=True)
    tell("核对")
    _compare(manifest, sums)
    return _report(folder, manifest["tables"], sums)


def _check_empty() -> None:
    if _tables():
        raise BackupFault(f"数据库 {connection.settings_dict['NAME']} 不是空库，不会覆盖。请建一个空库再恢复。")
    for _, target in stores():
        if target.exists() and any(target.iterdir()):
            raise BackupFault(f"目录 {target} 不是空的，不会覆盖。请换一个空目录（TIDU_VAR）再恢复。")


def _compare(manifest: dict[str, Any], sums: dict[str, str]) -> None:
    now, wrong = contents(), []
    same_server = manifest["postgresql"] == _major()
    for table, (rows, mark) in manifest["tables"].items():
        found = now.get(table)
        # Another major version may hash otherwise; then the counts have to do.
        if found is None or found[0] != rows or (same_server and found[1] != mark):
            wrong.append(table)
    wrong += sorted(set(now) - set(manifest["tables"]))
    for label, target in stores():
        for place, digest in sums.items():
            if place.startswith(f"{label}/") and _digest(target / place.removeprefix(f"{label}/")) != digest:
                wrong.append(place)
    faults = list(chain.check())
    if wrong or faults:
        raise BackupFault(f"恢复后与备份不符：{'、'.join([*wrong, *faults][:5])}")


# ---- what both need ----------------------------------------------------------------------------------------------


def contents() -> dict[str, list[Any]]:
    """Every table's number of rows and a mark of their contents that does not depend on their order."""
    found: dict[str, list[Any]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'UTC'")
        for table in _tables():
            cursor.execute(
                f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {table} t"  # noqa: S608
            )
            found[table] = list(cursor.fetchone())
    return found


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def _major() -> int:
    """Major version of the server."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def _migrations() -> dict[str, str]:
    """The last applied migration of each app: which release the backup belongs to."""
    return dict(sorted(MigrationRecorder(connection).applied_migrations()))


def read_sums(folder: Path) -> dict[str, str]:
    """Digest by path, from SHA256SUMS; empty when there is none."""
    path = folder / SUMS
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {place: digest for digest, _, place in (line.partition("  ") for line in lines)}


def _report(folder: Path, tables: dict[str, list[Any]], sums: dict[str, str]) -> Report:
    stored = [place for place in sums if place.startswith("files/")]
    size = sum((folder / place).stat().st_size for place in sums)
    return Report(folder, len(tables), sum(rows for rows, _ in tables.values()), len(stored), size)


def _digest(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _same(before: Path, now: Path) -> bool:
    old, new = before.stat(), now.stat()
    return (old.st_size, int(old.st_mtime)) == (new.st_size, int(new.st_mtime))


def _program(name: str) -> str:
    """pg_dump or pg_restore: the newest installed, since an older one refuses a newer server."""
    found = sorted(
        (int(path.parts[-3]), str(path))
        for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
        if path.parts[-3].isdigit()
    )
    program = found[-1][1] if found else shutil.which(name)
    if program is None:
        raise BackupFault(f"没有找到 {name}，请安装 postgresql-client。")
    return program


def _run(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the configured database; the password goes by the environment, never by arguments."""
    given = connection.settings_dict
    options = given.get("OPTIONS", {})
    environment = {
        "PGDATABASE": given["NAME"],
        "PGHOST": given["HOST"] or options.get("host", ""),
        "PGPORT": str(given["PORT"] or ""),
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
    }
    done = subprocess.run(
        [_program(name), *arguments],
        env=os.environ | {key: value for key, value in environment.items() if value},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise BackupFault(f"{name} 没有完成：{last}")
