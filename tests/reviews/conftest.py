"""A world in March 2018, built through the actions a page calls: the public table, both programmes with a round each, officials, firms.

It is built once per module inside a transaction of its own; every test runs in a savepoint of it and leaves nothing behind.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from pypdf import PdfWriter

from cultivation import contexts
from cultivation.models import Round
from enterprises.models import Enterprise, Membership
from foundation.accounts.actor import Actor, actor_for
from foundation.accounts.models import User
from foundation.accounts.roles import Role
from foundation.core.models import Installation
from foundation.documents.actions.store import store_upload
from foundation.documents.models import StoredFile
from foundation.reference import queries as reference
from foundation.reference import regions
from portal.rehearsal import calendar, filing, notices, people
from portal.rehearsal.firms import Maker
from portal.rehearsal.stages import HUNAN_TIER, SICHUAN_TIER, Built, Firm
from reviews.actions.filing import explain_findings, submit
from reviews.draft import load_draft
from reviews.models import Application

BACKEND = "django.contrib.auth.backends.ModelBackend"
HETANG, TIANYUAN, LILING, JINJIANG = people.HETANG, people.TIANYUAN, people.LILING, people.JINJIANG
TODAY = calendar.TODAY


def pdf(pages: int = 1) -> bytes:
    """A small PDF that opens."""
    writer, out = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


class Upload(io.BytesIO):
    """Bytes with a name, as a browser sends them."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name, self.size = name, len(content)


@contextmanager
def _outer_transaction() -> Iterator[None]:
    """A transaction around a whole module; the tests' own become savepoints of it. Connections stay open meanwhile."""
    outer = transaction.atomic()
    outer._from_testcase = True  # type: ignore[attr-defined]
    close = connection.close
    outer.__enter__()
    connection.close = lambda: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        connection.close = close  # type: ignore[method-assign]
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


def _forget() -> None:
    regions.forget()
    reference.forget()
    contexts.forget()


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Built]:
    """Officials, notices and rounds of both provinces; no firm yet."""
    with django_db_blocker.unblock(), _outer_transaction():
        _forget()
        Installation.start_rehearsal(calendar.ISSUED)
        quiet = io.StringIO()
        call_command("load_reference", stdout=quiet)
        call_command("load_bureaus", on=calendar.ISSUED, demo=True, stdout=quiet)
        call_command("load_programmes", stdout=quiet)
        cast = people.appoint_everybody(calendar.ISSUED)
        hunan, sichuan = notices.hunan(cast), notices.sichuan(cast)
        Installation.start_rehearsal(TODAY)
        yield Built(cast, Maker(7), random.Random(7), hunan, sichuan)
        _forget()


@dataclass
class World:
    """What a test asks for: firms, files in any state, officials, browsers."""

    built: Built

    @property
    def hunan(self) -> Round:
        """The round of 小巨人后备企业; its windows only flag."""
        return Round.objects.select_related("version", "notice").get(pk=self.built.hunan.pk)

    @property
    def sichuan(self) -> Round:
        """The round of the three tiers; its windows are hard."""
        return Round.objects.select_related("version", "notice").get(pk=self.built.sichuan.pk)

    def firm(self, place: str = HETANG, condition: str = "met") -> Firm:
        """A registered firm with facts and its administrator."""
        plan = self.built.maker.firm(place, condition)
        enterprise, actor = filing.enter(plan)
        return Firm(plan, enterprise, actor)

    def draft(self, firm: Firm | None = None, *, place: str = HETANG, answers: bool = True) -> tuple[Application, Firm]:
        """A draft with the firm it belongs to; with ``answers`` it lacks nothing but the declarations."""
        firm = firm or self.firm(place)
        hunan = firm.plan.place.startswith("43")
        round_, tier = (self.hunan, HUNAN_TIER) if hunan else (self.sichuan, SICHUAN_TIER)
        file = filing.draft(firm.enterprise, round_, firm.actor, tier, answers=answers)
        return (self.explained(file, firm.actor) if answers else file), firm

    def explained(self, file: Application, actor: Actor) -> Application:
        """Give the reasons the cross-checks ask for: invented figures may jump."""
        texts = {finding.key: filing.REASON for finding in load_draft(file).unexplained}
        if not texts:
            return file
        return explain_findings(application_id=file.pk, actor=actor, version=file.version, texts=texts)

    def submitted(self, firm: Firm | None = None, *, place: str = HETANG) -> tuple[Application, Firm]:
        """A submitted file, with everything its county needs from the firm."""
        file, firm = self.draft(firm, place=place)
        return filing.complete_and_submit(file, firm.actor), firm

    def resubmit(self, file: Application, firm: Firm) -> Application:
        """Submit again with every declaration."""
        declared = frozenset(item.code for item in file.round.programme.declarations)
        return submit(application_id=file.pk, actor=firm.actor, declared=declared)

    def handler(self, place: str = HETANG) -> Actor:
        """经办 of a place."""
        return self.built.cast.handler(place)

    def signer(self, place: str = HETANG) -> Actor:
        """签发 of a place."""
        return self.built.cast.signer(place)

    def browser(self, actor: Actor) -> Client:
        """A signed-in browser wearing the actor's hat."""
        client = Client()
        client.force_login(User.objects.get(pk=actor.user_id), BACKEND)
        session = client.session
        session["hat"] = actor.hat.key
        session.save()
        return client

    def stored(
        self, actor: Actor, purpose: str, *, name: str = "材料.pdf", owner: Enterprise | None = None
    ) -> StoredFile:
        """An uploaded file."""
        whose = ("enterprise", owner.pk) if owner else None
        return store_upload(Upload(pdf(), name), actor=actor, purpose=purpose, owner=whose)


def member_of(actor: Actor) -> Actor:
    """An ordinary member of the actor's firm."""
    user = User.objects.create_user(f"member-{actor.enterprise_id}", name="演示成员")
    Membership.objects.create(
        user=user, enterprise_id=actor.enterprise_id, role=Role.ENTERPRISE_MEMBER, valid_from=TODAY
    )
    return actor_for(user)


@pytest.fixture
def world(built: Built, db: None) -> World:
    """The module's world inside this test's savepoint."""
    return World(built)


@pytest.fixture
def on_day() -> Callable[[Any], None]:
    """Set the business clock of this test."""
    return Installation.start_rehearsal
