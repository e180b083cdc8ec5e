"""Two counties under a prefecture under a province, their officials, and a kind of paper of our own."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from foundation.accounts.actor import Actor, actor_for
from foundation.accounts.models import Bureau, Post, ReportingLine, User
from foundation.accounts.paths import rebuild_paths
from foundation.accounts.roles import Role
from foundation.core.verdict import no, ok
from foundation.documents.actions import freeze
from foundation.documents.kinds import DocumentKind, document_kinds, file_readers
from foundation.documents.layouts import table_snapshot
from foundation.documents.models import FrozenDocument
from tests.spreadsheets.sample import ROW, SHEET

LONG_AGO = dt.date(2000, 1, 1)
PURPOSE = "test.evidence"


def owner_reads(actor: Actor, file: Any) -> Any:
    """The reader rule of the test purpose."""
    own = (actor.hat.kind, actor.hat.holder_id) == (file.owner_kind, file.owner_id)
    return ok() if own else no("没有这个文件，或它不在您的职责范围内。")


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """A purpose and a kind for the time of a test."""
    file_readers.register(PURPOSE, owner_reads)
    document_kinds.register("test.table", DocumentKind("test.table", "小巨人后备企业汇总表"))
    yield
    file_readers._rows.pop(PURPOSE)
    document_kinds._rows.pop("test.table")


@pytest.fixture
def bureaus(db: None) -> dict[str, Bureau]:
    """省, 市 and two counties, in a line."""
    made = {
        name: Bureau.objects.create(name=f"演示{name}经信局", short_name=name, level=level)
        for name, level in (("省", "province"), ("市", "prefecture"), ("甲县", "county"), ("乙县", "county"))
    }
    for below, above in (("市", "省"), ("甲县", "市"), ("乙县", "市")):
        ReportingLine.objects.create(bureau=made[below], superior=made[above], valid_from=LONG_AGO)
    rebuild_paths(dt.date(2018, 3, 10))
    return made


@pytest.fixture
def person(bureaus: dict[str, Bureau]) -> Callable[..., Actor]:
    """An official: ``person("甲县")``, ``person("市", Role.ARCHIVIST)``."""

    def make(place: str, role: str = Role.HANDLER) -> Actor:
        user, fresh = User.objects.get_or_create(username=f"{place}-{role}", defaults={"name": f"演示{place}"})
        if fresh:
            Post.objects.create(user=user, bureau=bureaus[place], role=role, valid_from=LONG_AGO)
        return actor_for(user, "")

    return make


@pytest.fixture
def signed_in(person: Callable[..., Actor]) -> Callable[..., Client]:
    """A browser of that official."""

    def make(place: str, role: str = Role.HANDLER) -> Client:
        client = Client()
        client.force_login(
            User.objects.get(pk=person(place, role).user_id), "django.contrib.auth.backends.ModelBackend"
        )
        return client

    return make


@pytest.fixture
def paper(bureaus: dict[str, Bureau], person: Callable[..., Actor]) -> Callable[..., FrozenDocument]:
    """A frozen table of the first county with so many rows."""

    def make(rows: int = 1, place: str = "甲县", **changes: Any) -> FrozenDocument:
        snapshot = table_snapshot(SHEET, [ROW] * rows, heads={"prefecture": "演示市"}, feet={"filled_by": "演示"})
        return freeze(
            **{
                "kind": "test.table",
                "subject_kind": "dispatch",
                "subject_id": 7,
                "subject_label": "演示报送",
                "title": "2018年小巨人后备企业汇总表",
                "bureau": bureaus[place],
                "snapshot": snapshot,
                "actor": person(place, Role.SIGNER),
                "dated": dt.date(2018, 3, 16),
            }
            | changes
        )

    return make


def upload(content: bytes, name: str) -> io.BytesIO:
    """A stream with a name, as a browser sends it."""
    stream = io.BytesIO(content)
    stream.name = name
    return stream
