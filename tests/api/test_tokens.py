"""Tokens: made for one of one's own hats, shown once, kept as a digest; over when the hat, the person or the time is."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from enterprises.models import Membership
from foundation.accounts.actions.tokens import create_token, revoke_token
from foundation.accounts.actor import Actor, Hat, actor_for
from foundation.accounts.models import ApiToken, Post, User
from foundation.accounts.tokens import digest_of
from foundation.core.clock import business_today, real_now
from foundation.core.errors import Refused
from foundation.core.models import Installation
from foundation.journal.models import Decision
from tests.api.conftest import READ, Program, World, assert_problem, program_for
from tests.reviews.conftest import HETANG, TIANYUAN, member_of


def _user(actor: Actor) -> User:
    return User.objects.get(pk=actor.user_id)


def test_only_a_digest_is_kept_and_both_acts_are_recorded(world: World) -> None:
    program = program_for(world.handler())
    token = program.token
    assert token is not None
    assert re.fullmatch(r"tidu_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", program.value)
    stored = ApiToken.objects.values_list().get(pk=token.pk)
    assert not any(program.value.rpartition("_")[2] in str(column) for column in stored)
    assert token.digest == digest_of(program.value)
    revoke_token(actor=world.handler(), pk=token.pk)
    revoke_token(actor=world.handler(), pk=token.pk)
    acts = Decision.objects.filter(subject_kind="api_token", subject_id=token.pk).order_by("id")
    assert [act.action for act in acts] == ["token.create", "token.revoke"]
    assert program.value not in str([act.data for act in acts])


def test_a_token_acts_as_its_person_under_its_hat(world: World) -> None:
    firm = world.firm()
    own = program_for(firm.actor)
    assert [row["id"] for row in own.all("enterprises/")] == [firm.enterprise.pk]
    officer = program_for(world.handler())
    assert firm.enterprise.pk in {row["id"] for row in officer.all("enterprises/")}
    token = ApiToken.objects.get(pk=own.token.pk)  # type: ignore[union-attr]
    assert token.last_used_at is not None
    assert token.last_address == "127.0.0.1"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer tidu_000000000000_" + "a" * 43,
        "Basic dXNlcjpwdw==",
        "Token x",
        "tidu_x",
    ],
)
def test_a_wrong_token_opens_nothing_not_even_what_is_public(world: World, stranger: Program, header: str) -> None:
    for path in ("enterprises/", "facts/"):
        answer = stranger.get(path, Authorization=header)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert_problem(answer)


def test_somebody_elses_secret_behind_a_known_prefix(world: World) -> None:
    one, two = program_for(world.handler()), program_for(world.handler(TIANYUAN))
    mixed = one.value.rpartition("_")[0] + "_" + two.value.split("_", 2)[2]
    assert Program(mixed).get("enterprises/").status_code == 401


def test_without_a_token_what_is_not_public_asks_for_one(world: World, stranger: Program) -> None:
    for path in ("enterprises/", "applications/", "decisions/", "obligations/", "exports/", "roster-entries/"):
        answer = stranger.get(path)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="tidu"')
        assert "令牌" in assert_problem(answer)["detail"]


# ---- when it is over -----------------------------------------------------------------------------------------


def _refused(program: Program) -> str:
    answer = program.get("enterprises/")
    assert answer.status_code == 401
    return str(assert_problem(answer)["detail"])


def test_a_revoked_token(world: World) -> None:
    program = program_for(world.handler())
    revoke_token(actor=world.handler(), pk=program.token.pk)  # type: ignore[union-attr]
    assert _refused(program) == "令牌已撤销。"


def test_an_expired_token_by_the_machines_clock(world: World) -> None:
    program = program_for(world.handler(), days=1)
    Installation.start_rehearsal(dt.date(2019, 1, 1))
    assert program.get("facts/").status_code == 200, "the rehearsal's day ends no token"
    with time_machine.travel(real_now() + dt.timedelta(days=1, seconds=1)):
        assert "已到期" in _refused(program)


def test_a_post_that_ended_ends_its_tokens(world: World) -> None:
    actor = world.handler()
    program = program_for(actor)
    Post.objects.filter(user_id=actor.user_id).update(valid_to=business_today() - dt.timedelta(days=1))
    assert "已停用" in _refused(program)


def test_another_hat_of_the_person_is_not_put_on_instead(world: World) -> None:
    firm = world.firm()
    user = _user(firm.actor)
    Post.objects.create(user=user, bureau_id=world.handler().bureau_id, role="handler", valid_from=business_today())
    program = program_for(firm.actor)
    assert len(program.all("enterprises/")) == 1
    Membership.objects.filter(user=user).update(valid_to=business_today())
    assert "已停用" in _refused(program)


@pytest.mark.parametrize("column", [{"is_active": False}, {"must_change_password": True}])
def test_a_person_who_may_not_come_in_sends_no_program(world: World, column: dict[str, bool]) -> None:
    program = program_for(world.handler())
    User.objects.filter(pk=world.handler().user_id).update(**column)
    assert "账号" in _refused(program)


def test_a_token_carries_no_visit(world: World) -> None:
    """A browser's cookie beside the token changes nothing: neither whose answer it is, nor that a bad token fails."""
    firm = world.firm()
    program = program_for(firm.actor)
    program.client = world.browser(world.handler())
    assert [row["id"] for row in program.all("enterprises/")] == [firm.enterprise.pk]
    program.value = "tidu_no"
    assert program.get("enterprises/").status_code == 401


# ---- making one ----------------------------------------------------------------------------------------------


def _made(actor: Actor, **more: Any) -> tuple[ApiToken, str]:
    values: dict[str, Any] = {"hat": actor.hat, "name": "程序", "scopes": [READ], "days": 30}
    return create_token(actor=actor, user=_user(actor), **(values | more))


@pytest.mark.parametrize(
    ("more", "field"),
    [({"name": "  "}, "name"), ({"name": "长" * 61}, "name"), ({"scopes": []}, "scopes"), ({"scopes": ["x"]}, "scopes"),
     ({"scopes": [READ, "returns"]}, "scopes"), ({"days": 0}, "days"), ({"days": 366}, "days")],
)  # fmt: skip
def test_what_is_wrong_with_a_new_token(world: World, more: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _made(world.handler(), **more)
    assert list(caught.value.message_dict) == [field]


def test_only_for_ones_own_hats(world: World) -> None:
    actor = world.handler()
    for hat in (world.handler(TIANYUAN).hat, Hat("enterprise", "enterprise_admin", "别家", holder_id=1)):
        with pytest.raises(Refused):
            _made(actor, hat=hat)
    lent = Hat("bureau", "signer", "代签", holder_id=actor.bureau_id, acting_for="李四", authority_id=1)
    deputy = Actor(actor.user_id, actor.name, actor.hat, others=(lent,))
    with pytest.raises(Refused, match="代行"):
        create_token(actor=deputy, user=_user(actor), hat=lent, name="程序", scopes=[READ], days=1)


def test_administrators_send_no_programs(world: World) -> None:
    admin = actor_for(User.objects.get(username="demo-sysadmin"))
    with pytest.raises(Refused):
        _made(admin)


def test_so_many_and_no_more(world: World, settings: Any) -> None:
    settings.API_TOKENS_PER_PERSON = 2
    first, _ = _made(world.handler())
    _made(world.handler())
    with pytest.raises(Refused, match="最多有 2 个"):
        _made(world.handler())
    revoke_token(actor=world.handler(), pk=first.pk)
    _made(world.handler())


# ---- the pages -----------------------------------------------------------------------------------------------


@pytest.fixture
def visit(world: World) -> Client:
    return world.browser(world.handler())


def _new(visit: Client, actor: Actor, **more: Any) -> Any:
    values = {"hat": actor.hat.key, "name": "数据平台", "scopes": [READ], "days": 90} | more
    return visit.post(reverse("accounts:new_token"), values)


def test_a_person_makes_one_sees_it_once_and_ends_it(world: World, visit: Client) -> None:
    answer = _new(visit, world.handler())
    assert answer.status_code == 302
    shown = visit.get(answer["Location"])
    value = re.search(r"tidu_[0-9a-f]{12}_[\w-]{43}", shown.content.decode())
    assert value is not None
    assert "no-store" in shown["Cache-Control"]
    again = visit.get(answer["Location"]).content.decode()
    assert value[0] not in again
    assert "已经显示过" in again
    assert Program(value[0]).get("enterprises/").status_code == 200
    listed = visit.get(reverse("accounts:tokens")).content.decode()
    assert "数据平台" in listed
    assert value[0] not in listed
    token = ApiToken.objects.get()
    assert visit.post(reverse("accounts:revoke_token", args=[token.pk])).status_code == 302
    assert Program(value[0]).get("enterprises/").status_code == 401
    assert "已撤销" in visit.get(reverse("accounts:tokens")).content.decode()


def test_wrong_and_somebody_elses_on_the_pages(world: World, visit: Client) -> None:
    assert _new(visit, world.handler(TIANYUAN)).status_code == 422
    assert _new(visit, world.handler(), scopes=["figures"]).status_code == 422
    assert _new(visit, world.handler(), days=9999).status_code == 422
    token, _ = _made(world.handler(TIANYUAN))
    assert visit.get(reverse("accounts:token_shown", args=[token.pk])).status_code == 404
    assert visit.post(reverse("accounts:revoke_token", args=[token.pk])).status_code == 403
    assert ApiToken.objects.get(pk=token.pk).revoked_at is None


def test_the_list_costs_the_same_with_three(world: World, visit: Client, queries: Any) -> None:
    queries.flat(add_row=lambda: _made(world.handler()), act=lambda: visit.get(reverse("accounts:tokens")), expected=5)


# ---- scopes --------------------------------------------------------------------------------------------------


def test_a_token_does_what_its_scopes_say(world: World) -> None:
    firm = world.firm()
    reader = program_for(firm.actor, READ)
    path = f"enterprises/{firm.enterprise.pk}/figures/"
    version = reader.json(path)["version"]
    body = {"version": version, "figures": [{"year": 2017, "fact": "revenue", "basis": "flash", "value": "1.00"}]}
    refused = assert_problem(reader.patch(path, body))
    assert (refused["status"], "填写年度数据" in refused["detail"]) == (403, True)
    writer = program_for(firm.actor, "figures")
    assert writer.patch(path, body).status_code == 200
    assert writer.get(path).status_code == 403


def test_a_member_sends_programs_too(world: World) -> None:
    firm = world.firm(HETANG)
    program = program_for(member_of(firm.actor))
    assert [row["id"] for row in program.all("enterprises/")] == [firm.enterprise.pk]
