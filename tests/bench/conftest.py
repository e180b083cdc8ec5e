"""A rehearsal with many more files than the demo: every submitted file copied until the province has N."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.core.management import call_command

#: Files in the whole rehearsal; BENCH_FILES=10000 make bench
FILES = int(os.environ.get("BENCH_FILES", "3000"))
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def _code(number: int) -> str:
    """A code of the right form that no real firm has; the check character does not matter to the database."""
    tail = ""
    for _ in range(8):
        number, rest = divmod(number, len(_SIGNS))
        tail = _SIGNS[rest] + tail
    return f"Y1YYYYYYYY{tail}"


def _multiply(files: int) -> int:
    """Copy firms with their paths and files with their snapshots; returns how many files there are then."""
    from enterprises.models import Enterprise
    from reviews.models import Application, Submission

    sources = list(Application.objects.exclude(number=None).select_related("enterprise").order_by("pk"))
    copies = max(0, files - len(sources))
    paths: list[Any] = []
    submissions: list[Submission] = []
    for number in range(copies):
        source = sources[number % len(sources)]
        firm = Enterprise.objects.get(pk=source.enterprise_id)
        held = list(firm.paths.all())
        snapshots = list(source.submissions.all())
        firm.pk, firm.uscc, firm._state.adding = None, _code(number), True
        firm.name = f"{firm.name}{number:05d}"
        firm.save()
        for path in held:
            path.pk, path.enterprise_id, path._state.adding = None, firm.pk, True
            paths.append(path)
        file = Application.objects.get(pk=source.pk)
        file.pk, file.enterprise_id, file._state.adding = None, firm.pk, True
        file.number, file.enterprise_name = f"B{number:07d}", firm.name
        file.listing = {**file.listing, "name": firm.name, "uscc": firm.uscc}
        file.save()
        for snapshot in snapshots:
            snapshot.pk, snapshot.application_id, snapshot._state.adding = None, file.pk, True
            submissions.append(snapshot)
    if paths:
        type(paths[0]).objects.bulk_create(paths, batch_size=1000)
    Submission.objects.bulk_create(submissions, batch_size=500)
    return Application.objects.count()


@pytest.fixture(scope="session")
def big_rehearsal(django_db_setup: None, django_db_blocker: Any) -> int:
    """Committed once for the run; the number of files in it."""
    from django.db import connection

    with django_db_blocker.unblock():
        from reviews.models import Application

        if not Application.objects.exists():
            call_command("load_reference", verbosity=0)
            call_command("demo", stage="county", seed=1, verbosity=0)
        count = _multiply(FILES)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return count
