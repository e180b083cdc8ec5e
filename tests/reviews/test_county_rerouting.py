"""Open files follow their bureau when reporting lines change, and lose an officer who left; closed ones stay as they are."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import Q

from foundation.accounts.actions.posts import end_post
from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.events import PathsRebuilt
from foundation.accounts.models import Bureau, Post, ReportingLine
from foundation.accounts.paths import rebuild_paths
from foundation.accounts.tasks import new_day
from foundation.core.events import announce
from foundation.duties import daily
from foundation.journal.models import Decision
from portal.rehearsal.calendar import TODAY
from reviews.actions.county import assign, refuse
from reviews.models import Application
from reviews.rerouting import reroute
from tests.reviews.conftest import HETANG, TIANYUAN, World


def move_county(world: World, place: str, since: dt.date) -> Bureau:
    """Let a county answer to another prefecture from a day on."""
    bureau = world.built.cast.bureaus[place]
    other = Bureau.objects.filter(level="prefecture", sort_key__startswith="43").exclude(
        pk=world.built.cast.bureaus["430200"].pk
    )[0]
    ReportingLine.objects.filter(bureau=bureau, valid_to=None).update(valid_to=since - dt.timedelta(days=1))
    ReportingLine.objects.create(bureau=bureau, superior=other, stage="", valid_from=since)
    return other


def path_of(file: Application) -> str:
    return Application.objects.values_list("path", flat=True).get(pk=file.pk)


def test_open_files_take_the_new_way_and_closed_ones_keep_theirs(world: World) -> None:
    waiting, _ = world.submitted()
    draft, _ = world.draft()
    closed, _ = world.submitted()
    elsewhere, _ = world.submitted(place=TIANYUAN)
    refuse(application_id=closed.pk, actor=world.handler(), reason="不属制造业")
    before = {file.pk: path_of(file) for file in (waiting, draft, closed, elsewhere)}
    other = move_county(world, HETANG, TODAY)
    assert new_day(TODAY)
    for file in (waiting, draft):
        assert f"/{other.pk}/" in path_of(file)
        act = Decision.objects.get(subject_kind="application", subject_id=file.pk, action="application.rerouted")
        assert (act.data["from"], act.data["to"]) == (before[file.pk], path_of(file))
        assert act.hat_kind == "system"
    for file in (closed, elsewhere):
        assert path_of(file) == before[file.pk]
        assert not Decision.objects.filter(subject_id=file.pk, action="application.rerouted").exists()
    assert reroute(actor=SYSTEM, files=Q()) == 0


def test_a_file_on_its_way_stays_with_the_superior_it_was_sent_to(world: World) -> None:
    file, _ = world.submitted()
    Application.objects.filter(pk=file.pk).update(state="at_prefecture")
    before = path_of(file)
    move_county(world, HETANG, TODAY)
    rebuild_paths(TODAY)
    announce(PathsRebuilt(on=TODAY, changed_bureau_ids=(file.bureau_id,)))
    assert path_of(file) == before


def post_of(actor: Actor) -> Post:
    return Post.objects.get(user_id=actor.user_id, bureau_id=actor.bureau_id, role=actor.role)


def manager(world: World) -> Actor:
    return world.built.cast.actor("demo-ty-posts")


@pytest.fixture
def assigned(world: World) -> tuple[Application, Application, Actor]:
    """An open and a refused file of Tianyuan in the charge of its 经办."""
    handler = world.handler(TIANYUAN)
    files = [world.submitted(place=TIANYUAN)[0] for _ in range(2)]
    for file in files:
        assign(application_id=file.pk, actor=handler, user_id=handler.user_id or 0)
    refuse(application_id=files[1].pk, actor=world.signer(TIANYUAN), reason="不属制造业")
    return files[0], files[1], handler


def in_charge(file: Application) -> str:
    return Application.objects.values_list("assignee_name", flat=True).get(pk=file.pk)


def test_files_of_somebody_who_left_are_nobodys(world: World, assigned: tuple[Application, Application, Actor]) -> None:
    waiting, closed, handler = assigned
    end_post(actor=manager(world), post_id=post_of(handler).pk)
    assert in_charge(waiting) == ""
    assert in_charge(closed) == handler.name
    act = Decision.objects.get(subject_kind="application", subject_id=waiting.pk, action="application.unassign")
    assert act.data == {"user": handler.user_id}


def test_a_last_day_still_to_come_keeps_the_work_until_then(
    world: World,
    assigned: tuple[Application, Application, Actor],
    on_day,  # type: ignore[no-untyped-def]
) -> None:
    waiting, _, handler = assigned
    last = TODAY + dt.timedelta(days=2)
    end_post(actor=manager(world), post_id=post_of(handler).pk, last_day=last)
    assert in_charge(waiting) == handler.name
    for day, name in ((last, handler.name), (last + dt.timedelta(days=1), "")):
        on_day(day)
        assert daily.table["reviews.release_files"].run(day)
        assert in_charge(waiting) == name
