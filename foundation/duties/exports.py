"""The files jobs leave behind: kept under EXPORT_ROOT for their owner, deleted when their time is over.

An export is a copy of what the database holds; papers and evidence live in the documents room and never expire by a
clock.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from foundation.core.clock import real_now
from foundation.duties.models import Job


def root() -> Path:
    """The folder of all exports."""
    return Path(settings.EXPORT_ROOT)


def keep_days() -> int:
    """Days a file is kept (setting of the installation)."""
    return int(settings.EXPORT_KEEP_DAYS)


def keep(*, job_id: int, filename: str, content_type: str, content: bytes | Path) -> None:
    """Store the file beside the job's row. A second call replaces the first (a job that was continued writes its
    file anew).
    """
    folder = root() / str(job_id)
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as target:
            if isinstance(content, bytes):
                target.write(content)
            else:
                with content.open("rb") as source:
                    shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        digest = sha256_of(part)
        size = part.stat().st_size
        part.replace(folder / digest)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    Job.objects.filter(pk=job_id).update(
        filename=clean_name(filename),
        content_type=content_type,
        file_path=f"{job_id}/{digest}",
        file_size=size,
        file_sha256=digest,
        expires_at=real_now() + dt.timedelta(days=keep_days()),
        expired_at=None,
    )


def clean_name(filename: str) -> str:
    """A name every file system takes: no path, no control characters."""
    kept = "".join(character for character in filename if character.isprintable() and character not in '\\/:*?"<>|')
    return kept.strip(" .")[:200] or "export"


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def path_of(job: Job) -> Path:
    """Where the job's file lies; raises ValueError for a row that points outside the folder."""
    path = (root() / job.file_path).resolve()
    if root().resolve() not in path.parents:
        raise ValueError(f"job {job.pk} points outside the export folder")
    return path


def delete_expired(now: dt.datetime) -> int:
    """Delete the files whose time is over and say so on their rows; returns how many.

    The row is marked first: a crash in between leaves a file nobody can reach, which the next run removes.
    """
    due = Job.objects.filter(Q(expires_at__lte=now), expired_at__isnull=True).exclude(filename="")
    count = due.update(expired_at=now)
    kept = set(Job.objects.exclude(filename="").filter(expired_at__isnull=True).values_list("file_path", flat=True))
    base = root()
    if base.is_dir():
        for folder in base.iterdir():
            if folder.is_dir() and folder.name.isdigit():
                _sweep(folder, kept, now)
    return count


def _sweep(folder: Path, kept: set[str], now: dt.datetime) -> None:
    """Remove files of this folder that no row keeps; young ones may belong to a job that has not committed yet."""
    for file in folder.iterdir():
        age = now.timestamp() - file.stat().st_mtime
        if f"{folder.name}/{file.name}" not in kept and (age > 3600 or _is_expired(folder.name, file.name)):
            file.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _is_expired(job_id: str, name: str) -> bool:
    return Job.objects.filter(file_path=f"{job_id}/{name}", expired_at__isnull=False).exists()
