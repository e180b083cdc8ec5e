"""What a list shows is what a page opens: for every model with a scope, every person and every row of the town (A.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models

from cultivation.models import Notice, RosterEntry
from enterprises.models import Claim, Enterprise, HandOver
from foundation.accounts import privacy
from foundation.accounts.actions.tokens import create_token
from foundation.accounts.actor import SYSTEM, VISITOR, Actor, hats_of
from foundation.accounts.may import may, scopes, sees, visible
from foundation.accounts.models import SecondFactorRule, SignInEvent, User
from foundation.accounts.roles import Role
from foundation.core.clock import real_now
from foundation.documents.models import FrozenDocument
from foundation.notifications.models import InboxMessage
from monitoring.models import MonthlyReturn, Signal
from reviews.models import Application, Approval, Dispatch, Objection, PublicNotice, Publishing
from reviews.states import DispatchState, FileState
from tests.permissions.town import Town

VIEWS = {
    Application: "application.view",
    Dispatch: "dispatch.view",
    Approval: "approval.view",
    Publishing: "publishing.view",
    Enterprise: "enterprise.view",
    Notice: "notice.view",
    RosterEntry: "roster.view",
    MonthlyReturn: "return.view",
    Signal: "signal.view",
    FrozenDocument: "document.view",
    PublicNotice: "public_notice.view",
    Objection: "objection.view",
}
"""The rule of the page of one row; the others have no page of their own or are open to all."""


def people(town: Town) -> list[Actor]:
    """Everybody of the town under every hat they have, the visitor and the system."""
    found = [VISITOR, SYSTEM]
    for user in User.objects.order_by("pk"):
        hats = hats_of(user)
        found += [Actor(user.pk, user.name, hat) for hat in hats]
        if not hats:
            found.append(town.asked("newcomer", "county") or VISITOR)
    return found


def differences(model: type[models.Model], actors: list[Actor]) -> list[str]:
    """Where list, predicate and page do not agree."""
    rows = list(model._default_manager.all())
    wrong = []
    for actor in actors:
        listed = set(visible(model._default_manager.all(), actor).values_list("pk", flat=True))
        seen = {row.pk for row in rows if sees(actor, row)}
        if listed != seen:
            wrong.append(f"{actor.name} {actor.hat.label}: listed {listed - seen}, seen {seen - listed}")
        action = VIEWS.get(model)
        if action is None or actor.role == Role.SYSTEM:
            continue
        opened = {row.pk for row in rows if may(actor, action, row)}
        if opened != listed:
            wrong.append(f"{actor.name} {actor.hat.label}: listed {listed - opened}, opened {opened - listed}")
    return wrong


@pytest.fixture
def filled(town: Town) -> Town:
    """With a thing of every kind, also those only pages ask for."""
    town.things()
    for name in ("s", "t"):
        file, (firm, _) = town.files[name], town.firms[name]
        programme = file.round.family
        RosterEntry.objects.create(
            enterprise=firm, programme=programme, province=programme.province, tier="x", tier_title="x", year=2018, batch=1,
            name=firm.name, region=firm.region, path=file.path, since=file.round.opens_on, application_id=file.pk,
            decision=town.decision(),
        )  # fmt: skip
    user = town.newcomer
    for person in (user, town.firms["b"][1]):
        pk = getattr(person, "user_id", person.pk if isinstance(person, User) else None)
        SignInEvent.objects.create(at=real_now(), kind=SignInEvent.Kind.FAILED, username="x", user_id=pk)
    for actor in (town.firms["a"][1], town.official("county", "handler"), town.official("510104", "handler")):
        town.job_for(actor)
        privacy.note("reveal", actor=actor, field="x", subject_kind="enterprise", subject_id=1)
        create_token(
            actor=actor, user=User.objects.get(pk=actor.user_id), hat=actor.hat, name="x", scopes=["read"], days=1
        )
    SecondFactorRule.objects.create(role=Role.SIGNER, required=False, since=real_now(), set_by="x")
    InboxMessage.objects.get_or_create(**town.message_values("user", user.pk))
    InboxMessage.objects.get_or_create(**town.message_values("enterprise", town.firms["a"][0].pk))
    return town


@pytest.mark.parametrize("model", sorted(scopes(), key=lambda model: model.__name__))
def test_list_predicate_and_page_agree(filled: Town, model: type[models.Model]) -> None:
    actors = people(filled)
    assert len({actor.role for actor in actors}) == len(Role)
    assert model._default_manager.exists(), f"no {model.__name__} to be asked about"
    assert differences(model, actors) == []


def _files(states: type[models.TextChoices], rows: Any) -> Iterator[str]:
    for state in states:
        rows.update(state=state)
        yield state


def test_files_in_every_state(town: Town) -> None:
    actors = people(town)
    rows = Application.objects.exclude(state=FileState.DRAFT)
    wrong = [
        f"{state}: {line}"
        for state in _files(FileState, Application.objects.filter(pk__in=list(rows.values_list("pk", flat=True))))
        for line in differences(Application, actors)
    ]
    assert wrong == []


def test_dispatches_in_every_state(town: Town) -> None:
    actors = people(town)
    wrong = [
        f"{state}: {line}"
        for state in _files(DispatchState, Dispatch.objects.filter(document__isnull=False))
        for line in differences(Dispatch, actors)
    ]
    assert wrong == []


def test_nobody_of_another_province_is_shown_business(filled: Town) -> None:
    """The bluntest form of it: what belongs to firm a is in no list of anybody in Sichuan."""
    firm, _ = filled.firms["a"]
    for place in ("510104", "510100", "510000"):
        for role in ("handler", "reviewer", "signer", "archivist", "post_manager"):
            actor = filled.official(place, role)
            assert not Enterprise.objects.visible_to(actor).filter(pk=firm.pk).exists()
            assert not Application.objects.visible_to(actor).filter(enterprise=firm).exists()
            assert not Claim.objects.visible_to(actor).filter(enterprise=firm).exists()
            assert not HandOver.objects.visible_to(actor).filter(enterprise=firm).exists()
