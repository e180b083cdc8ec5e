"""Acting authority: dates, signature, no chains, ended by hand, by the calendar and by the post (B.1 8)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from foundation.accounts.actions.authority import end_authority, give_authority
from foundation.accounts.actions.posts import end_post
from foundation.accounts.actor import Actor, actor_for, hats_of
from foundation.accounts.models import ActingAuthority, Post
from foundation.accounts.transition import record_act
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.models import Installation
from foundation.journal.models import Decision, OutboxMessage
from tests.accounts.world import World

DAY = dt.timedelta(days=1)


def lend(
    world: World, *, actor: str = "ty_signer", principal: str = "ty_signer", deputy: str = "ty_handler", days: int = 7,
    start: int = 0, reason: str = "出差",
) -> ActingAuthority:  # fmt: skip
    today = business_today()
    return give_authority(
        actor=world.actor(actor),
        post_id=Post.objects.get(user=world.people[principal]).pk,
        deputy_id=world.people[deputy].pk,
        valid_from=today + DAY * start,
        valid_to=today + DAY * (start + days),
        reason=reason,
    )


def acting(world: World, deputy: str = "ty_handler") -> Actor:
    """The deputy with the lent hat on."""
    person = world.people[deputy]
    key = next(hat.key for hat in hats_of(person) if hat.acting_for)
    return actor_for(person, key)


def test_the_deputy_wears_the_hat_and_signs_for_the_principal(world: World) -> None:
    given = lend(world)
    actor = acting(world)
    assert actor.role == "signer"
    assert actor.hat.label == "天元区经科局（测试） · 签发（代演示ty_signer）"
    assert actor.signature == "演示ty_handler（代演示ty_signer）"
    assert actor.persons == {world.people["ty_handler"].pk, world.people["ty_signer"].pk}
    assert actor.hat.paths == world.actor("ty_signer").hat.paths
    decision = record_act(subject_kind="x", subject_id=1, subject_label="x", action="x", actor=actor)
    assert decision.signature == "演示ty_handler（代演示ty_signer）"
    assert (decision.actor_user_id, decision.hat_label) == (
        world.people["ty_handler"].pk,
        "天元区经科局（测试） · 签发",
    )
    assert decision.data == {"authority": given.pk}
    assert world.actor("ty_handler").role == "handler", "the own hat comes first"
    assert world.actor("ty_handler").persons == {world.people["ty_handler"].pk}


def test_it_costs_no_statement(world: World, queries) -> None:
    with queries.record() as before:
        hats_of(world.people["ty_handler"])
    lend(world)
    with queries.record() as after:
        assert len(hats_of(world.people["ty_handler"])) == 2
    assert len(before) == len(after) == 1


@pytest.mark.parametrize(("start", "days", "worn"), [(0, 0, True), (1, 3, False)])
def test_only_inside_its_dates(world: World, start: int, days: int, worn: bool) -> None:
    lend(world, start=start, days=days)
    assert any(hat.acting_for for hat in hats_of(world.people["ty_handler"])) == worn


def test_it_ends_with_the_business_calendar(world: World) -> None:
    Installation.start_rehearsal(dt.date(2018, 3, 10))
    lend(world, days=2)
    for day, worn in ((12, True), (13, False)):
        Installation.start_rehearsal(dt.date(2018, 3, day))
        assert any(hat.acting_for for hat in hats_of(world.people["ty_handler"])) == worn


def test_a_page_for_an_authority_that_ended_meanwhile_is_not_done(world: World, sign_in) -> None:
    given = lend(world)
    client = sign_in(world.people["ty_handler"])
    client.post("/accounts/me/hat/", {"hat": acting(world).hat.key})
    assert "（代演示ty_signer）" in client.get("/accounts/me/").content.decode()
    end_authority(actor=world.actor("ty_signer"), authority_id=given.pk)
    late = client.post("/accounts/me/edit/", {"phone": "", "email": "", "password": "x"})
    assert late.status_code == 403
    assert "已停用" in late.content.decode()


def test_given_by_the_principal_or_the_post_manager(world: World) -> None:
    lend(world, actor="ty_post_manager")
    for who in ("ty_reviewer", "ty_handler", "zz_post_manager", "lk_post_manager", "system_admin"):
        with pytest.raises(Refused):
            lend(world, actor=who, principal="ty_archivist", deputy="ty_reviewer")


@pytest.mark.parametrize(
    ("deputy", "said"), [("lk_handler", "没有在任岗位"), ("audit_admin", "没有在任岗位"), ("ty_signer", "本人")]
)
def test_only_a_colleague_acts(world: World, deputy: str, said: str) -> None:
    with pytest.raises((Refused, ValidationError), match=said):
        lend(world, deputy=deputy)


def test_nobody_acts_in_a_role_they_hold(world: World) -> None:
    world.post("ty_handler", "ty", "signer")
    with pytest.raises(ValidationError, match="不必代行"):
        lend(world)


def test_post_managers_lend_nothing_and_give_nothing_to_themselves(world: World) -> None:
    with pytest.raises(Refused, match="岗位管理由上级单位任命"):
        lend(world, actor="ty_post_manager", principal="ty_post_manager")
    with pytest.raises(Refused, match="自己代行"):
        lend(world, actor="ty_post_manager", principal="ty_signer", deputy="ty_post_manager")


def test_no_chains(world: World) -> None:
    lend(world)
    with pytest.raises(Refused, match="不能再授权"):
        give_authority(
            actor=acting(world),
            post_id=Post.objects.get(user=world.people["ty_signer"]).pk,
            deputy_id=world.people["ty_archivist"].pk,
            valid_from=business_today(),
            valid_to=business_today(),
            reason="x",
        )
    lend(world, actor="ty_handler", principal="ty_handler", deputy="ty_archivist")
    assert {hat.role for hat in hats_of(world.people["ty_archivist"])} == {"archivist", "handler"}, "not 签发"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"days": -1}, "valid_to"),
        ({"start": -1}, "valid_from"),
        ({"days": 183}, "valid_to"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_dates_and_reason(world: World, change: dict, field: str) -> None:
    with pytest.raises(ValidationError) as error:
        lend(world, **change)
    assert set(error.value.error_dict) == {field}


def test_one_deputy_at_a_time(world: World) -> None:
    lend(world, days=3)
    with pytest.raises(ValidationError, match="已由演示ty_handler代行"):
        lend(world, deputy="ty_archivist", start=3)
    lend(world, deputy="ty_archivist", start=4)


@pytest.mark.parametrize("who", ["ty_signer", "ty_handler", "ty_post_manager"])
def test_ended_by_either_or_the_post_manager(world: World, who: str) -> None:
    given = lend(world)
    end_authority(actor=world.actor(who), authority_id=given.pk)
    assert not any(hat.acting_for for hat in hats_of(world.people["ty_handler"]))
    with pytest.raises(Refused, match="已经结束"):
        end_authority(actor=world.actor(who), authority_id=given.pk)


@pytest.mark.parametrize("who", ["ty_reviewer", "lk_post_manager", "zz_post_manager", "security_admin"])
def test_not_ended_by_others(world: World, who: str) -> None:
    given = lend(world)
    with pytest.raises(Refused):
        end_authority(actor=world.actor(who), authority_id=given.pk)


def test_it_ends_with_the_principals_post(world: World) -> None:
    given = lend(world)
    end_post(actor=world.actor("ty_post_manager"), post_id=given.post_id)
    given.refresh_from_db()
    assert given.ended_by == "系统任务 系统"
    assert not any(hat.acting_for for hat in hats_of(world.people["ty_handler"]))


def test_it_ends_when_the_deputy_leaves_the_bureau(world: World) -> None:
    given = lend(world)
    other = world.post("ty_handler", "zz", "handler")
    end_post(
        actor=world.actor("ty_post_manager"),
        post_id=Post.objects.get(user=world.people["ty_handler"], bureau=world.bureaus["ty"]).pk,
    )
    given.refresh_from_db()
    assert given.ended_at is not None
    assert {hat.holder_id for hat in hats_of(world.people["ty_handler"])} == {other.bureau_id}


def test_both_are_told_but_not_who_did_it(world: World) -> None:
    given = lend(world)
    told = OutboxMessage.objects.filter(kind="accounts.authority_given")
    assert set(told.values_list("recipient_id", flat=True)) == {world.people["ty_handler"].pk}
    end_authority(actor=world.actor("ty_post_manager"), authority_id=given.pk)
    told = OutboxMessage.objects.filter(kind="accounts.authority_ended")
    assert set(told.values_list("recipient_id", flat=True)) == {
        world.people["ty_handler"].pk,
        world.people["ty_signer"].pk,
    }
    acts = list(Decision.objects.filter(subject_kind="authority").order_by("id").values_list("action", flat=True))
    assert acts == ["authority.give", "authority.end"]


# ---- pages -------------------------------------------------------------------------------------------------
def test_pages_give_show_and_end(world: World, sign_in) -> None:
    client = sign_in(world.people["ty_signer"])
    form = client.get("/accounts/deputies/new/").content.decode()
    assert "我 · 签发" in form
    assert "演示lk_handler" not in form
    today = business_today()
    typed = {
        "post": Post.objects.get(user=world.people["ty_signer"]).pk,
        "deputy": world.people["ty_handler"].pk,
        "valid_from": today.isoformat(),
        "valid_to": (today - DAY).isoformat(),
        "reason": "休假",
    }
    assert client.post("/accounts/deputies/new/", typed).status_code == 422
    typed["valid_to"] = today.isoformat()
    assert client.post("/accounts/deputies/new/", typed).status_code == 302
    assert "演示ty_handler（代演示ty_signer）" in client.get("/accounts/deputies/").content.decode()
    manager = sign_in(world.people["ty_post_manager"])
    assert "演示ty_handler（代演示ty_signer）" in manager.get("/accounts/deputies/").content.decode()
    other = sign_in(world.people["ty_reviewer"])
    assert "演示ty_handler（代演示ty_signer）" not in other.get("/accounts/deputies/").content.decode()
    given = ActingAuthority.objects.get()
    client = sign_in(world.people["ty_signer"])
    assert client.post(f"/accounts/deputies/{given.pk}/end/").status_code == 302
    assert "已结束" in client.get("/accounts/deputies/").content.decode()


def test_a_foreign_post_is_not_among_the_choices(world: World, sign_in) -> None:
    client = sign_in(world.people["ty_signer"])
    today = business_today().isoformat()
    typed = {
        "post": Post.objects.get(user=world.people["ty_reviewer"]).pk,
        "deputy": world.people["lk_handler"].pk,
        "valid_from": today, "valid_to": today, "reason": "x",
    }  # fmt: skip
    assert client.post("/accounts/deputies/new/", typed).status_code == 422
    assert not ActingAuthority.objects.exists()


def test_the_list_costs_the_same(world: World, sign_in, queries, frame) -> None:
    client = sign_in(world.people["ty_post_manager"])
    posts = iter(["signer", "reviewer", "archivist"])

    def add() -> None:
        role = next(posts)
        lend(world, actor="ty_post_manager", principal=f"ty_{role}")

    queries.flat(add_row=add, act=lambda: client.get("/accounts/deputies/"), expected=frame(client) + 2)
