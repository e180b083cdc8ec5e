"""A deputy's hands on a file, and a whole desk handed over with its files, drafts and duties (B.1 8)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from cultivation.actions import draft_notice
from cultivation.models import Notice
from foundation.accounts import desk
from foundation.accounts.actions.authority import give_authority
from foundation.accounts.actor import Actor, Hat, actor_for, hats_of
from foundation.accounts.models import Post, User
from foundation.core.clock import business_now
from foundation.core.errors import Refused
from foundation.duties.models import Obligation
from foundation.journal.models import Decision
from portal.rehearsal.calendar import TODAY
from reviews import hands
from reviews.actions.county import assign, recommend
from reviews.models import Application, Endorsement
from tests.reviews.conftest import TIANYUAN, World
from tests.reviews.test_county_actions import ready

LI, WANG, ZHAO, MANAGER = "demo-ty", "demo-ty-2", "demo-ty-sign", "demo-ty-posts"


def person(name: str) -> User:
    return User.objects.get(username=name)


def wearing(name: str, role: str, *, acting: bool = False) -> Actor:
    """Somebody under their own hat of a role, or under a lent one."""
    key = next(hat.key for hat in hats_of(person(name)) if hat.role == role and bool(hat.acting_for) == acting)
    return actor_for(person(name), key)


def lend(principal: str, role: str, deputy: str) -> Actor:
    """The deputy under the principal's hat."""
    post = Post.objects.get(user=person(principal), role=role)
    give_authority(
        actor=wearing(principal, role), post_id=post.pk, deputy_id=person(deputy).pk, valid_from=TODAY,
        valid_to=TODAY + dt.timedelta(days=5), reason="出差",
    )  # fmt: skip
    return wearing(deputy, role, acting=True)


def test_a_deputy_signs_and_the_file_says_for_whom(world: World) -> None:
    file, _ = ready(world, TIANYUAN)
    li, zhao = person(LI), person(ZHAO)
    assert recommend(ids=[file.pk], actor=wearing(WANG, "handler"))[file.pk]
    deputy = lend(ZHAO, "signer", LI)
    assert recommend(ids=[file.pk], actor=deputy)[file.pk]
    file.refresh_from_db()
    assert file.state == "recommended"
    signed = Endorsement.objects.get(subject_id=file.pk, hand="sign")
    assert signed.name == f"{li.name}（代{zhao.name}）"
    assert (signed.user_id, signed.acting_for_id) == (li.pk, zhao.pk)
    page = world.browser(wearing(WANG, "handler")).get(reverse("reviews:file", args=[file.pk])).content.decode()
    assert f"{li.name}（代{zhao.name}）" in page
    assert Decision.objects.filter(subject_id=file.pk, acting_for=zhao.name).count() == 1


def test_who_prepared_does_not_sign_for_the_chief(world: World) -> None:
    file, _ = ready(world, TIANYUAN)
    assert recommend(ids=[file.pk], actor=wearing(LI, "handler"))[file.pk]
    verdict = recommend(ids=[file.pk], actor=lend(ZHAO, "signer", LI))[file.pk]
    assert not verdict
    assert "您已办理“经办”" in verdict.reason
    client = world.browser(wearing(LI, "signer", acting=True))
    assert client.get(reverse("reviews:file", args=[file.pk])).status_code == 200
    todo = client.get(reverse("reviews:queue")).content.decode()
    assert file.enterprise_name not in todo, "the list says the same as the act"


def test_a_deputy_counts_as_the_one_acted_for(world: World) -> None:
    """The handler's hand was given by a deputy: neither of the two is a second hand."""
    plan = hands.HandPlan(2, True)
    hat = Hat("bureau", "signer", "x", holder_id=1)
    by_deputy = Endorsement(hand="prepare", user_id=7, acting_for_id=5, name="丁（代戊）", at=business_now())
    assert not hands.may_give(Actor(7, "丁", hat), plan, [by_deputy])
    refused = hands.may_give(Actor(5, "戊", hat), plan, [by_deputy])
    assert "丁（代戊）已代您办理" in refused.reason
    for_five = Hat("bureau", "signer", "x", holder_id=1, acting_for="戊", principal_id=5, authority_id=1)
    assert "代行人不能再代办一道" in hands.may_give(Actor(9, "己", for_five), plan, [by_deputy]).reason
    assert hands.may_give(Actor(9, "己", hat), plan, [by_deputy])
    assert hands.may_give(Actor(7, "丁", hat), hands.HandPlan(2, False), [by_deputy])


def test_the_principals_files_are_the_deputys_own_view(world: World) -> None:
    file, _ = world.submitted(place=TIANYUAN)
    assign(application_id=file.pk, actor=wearing(LI, "handler"), user_id=person(LI).pk)
    deputy = lend(LI, "handler", MANAGER)
    page = world.browser(deputy).get(f"{reverse('reviews:queue')}?who=mine").content.decode()
    assert file.enterprise_name in page


# ---- a whole desk ------------------------------------------------------------------------------------------
def laid_out(world: World) -> tuple[Application, Notice, Obligation, int]:
    """A file, a draft and a duty on 李敏's desk."""
    li = wearing(LI, "handler")
    file, _ = world.submitted(place=TIANYUAN)
    assign(application_id=file.pk, actor=li, user_id=person(LI).pk)
    other, _ = world.submitted(place=TIANYUAN)
    assign(application_id=other.pk, actor=li, user_id=person(WANG).pk)
    notice = draft_notice(actor=li, title="演示通知", to_bureaus="各有关单位", issued_on=TODAY)
    duty = Obligation.objects.create(
        owner_kind="user",
        owner_id=person(LI).pk,
        kind="demo.duty",
        opened_at=business_now(),
        path=f"/1/{li.bureau_id}/",
    )
    return file, notice, duty, li.bureau_id or 0


def counts(name: str, bureau_id: int) -> dict[str, int]:
    return {pile.label: pile.number for pile in desk.piles(person(name).pk, bureau_id)}


def test_everything_moves_in_one_recorded_act(world: World) -> None:
    file, notice, duty, bureau_id = laid_out(world)
    before = counts(LI, bureau_id)
    assert (before["在办申报材料"], before["通知草稿"], before["个人应办事项"]) == (1, 1, 1)
    client = world.browser(wearing(MANAGER, "post_manager"))
    address = reverse("accounts:hand_over", args=[person(LI).pk])
    page = client.get(address).content.decode()
    assert "1 份" in page
    assert client.post(address, {"successor": person(WANG).pk, "reason": "调离"}).status_code == 302
    assert set(counts(LI, bureau_id).values()) == {0}
    for row in (file, notice, duty):
        row.refresh_from_db()
    wang = person(WANG)
    assert (file.assignee_id, file.assignee_name, duty.owner_id) == (wang.pk, wang.name, wang.pk)
    assert (notice.drafted_by_id, notice.drafted_for_id) == (wang.pk, person(LI).pk), "who began it still counts"
    act = Decision.objects.get(action="desk.hand_over")
    assert (act.subject_kind, act.subject_id, act.note) == ("user", person(LI).pk, "调离")
    assert act.data["to"] == wang.pk
    assert act.data["moved"]["reviews.files"] == 1
    assert Decision.objects.filter(action="application.assign", subject_id=file.pk).count() == 2


def test_nothing_moves_to_somebody_who_works_on_no_files(world: World) -> None:
    _, _, _, bureau_id = laid_out(world)
    with pytest.raises(Refused, match="不能接手申报材料"):
        desk.hand_over(
            actor=wearing(MANAGER, "post_manager"), user_id=person(LI).pk, successor_id=person(MANAGER).pk,
            bureau_id=bureau_id,
        )  # fmt: skip
    assert counts(LI, bureau_id)["通知草稿"] == 1
    assert not Decision.objects.filter(action="desk.hand_over").exists()


@pytest.mark.parametrize("successor", [LI, "demo-ht", "demo-auditor"])
def test_only_to_a_colleague(world: World, successor: str) -> None:
    _, _, _, bureau_id = laid_out(world)
    client = world.browser(wearing(MANAGER, "post_manager"))
    answer = client.post(reverse("accounts:hand_over", args=[person(LI).pk]), {"successor": person(successor).pk})
    assert answer.status_code == 422
    assert counts(LI, bureau_id)["在办申报材料"] == 1


def test_who_hands_over_whose_desk(world: World) -> None:
    _, _, _, bureau_id = laid_out(world)
    for name, role in ((WANG, "handler"), ("demo-zz-posts", "post_manager"), ("demo-ht", "post_manager")):
        with pytest.raises(Refused):
            desk.hand_over(
                actor=wearing(name, role), user_id=person(LI).pk, successor_id=person(ZHAO).pk, bureau_id=bureau_id
            )
    desk.hand_over(
        actor=wearing(LI, "handler"), user_id=person(LI).pk, successor_id=person(ZHAO).pk, bureau_id=bureau_id
    )


def test_a_post_that_ends_offers_it(world: World) -> None:
    file, *_ = laid_out(world)
    post = Post.objects.get(user=person(LI), role="handler")
    client = world.browser(wearing(MANAGER, "post_manager"))
    address = reverse("accounts:end_post", args=[post.pk])
    assert "在办申报材料 1 份" in client.get(address).content.decode()
    refused = client.post(address, {"last_day": TODAY.isoformat(), "successor": person(MANAGER).pk})
    assert refused.status_code == 422
    assert Post.objects.held().filter(pk=post.pk).exists(), "both or nothing"
    assert client.post(address, {"last_day": TODAY.isoformat(), "successor": person(WANG).pk}).status_code == 302
    file.refresh_from_db()
    assert file.assignee_id == person(WANG).pk
    assert not Post.objects.held().filter(pk=post.pk).exists()


def test_an_empty_desk_is_told_so(world: World) -> None:
    client = world.browser(wearing(MANAGER, "post_manager"))
    page = client.get(reverse("accounts:hand_over", args=[person(ZHAO).pk])).content.decode()
    assert "没有需要移交的事项" in page
