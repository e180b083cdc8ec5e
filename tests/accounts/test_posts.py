"""Posts: who makes them, who ends them, the last 岗位管理, the three administrators apart."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from foundation.accounts.actions import posts
from foundation.accounts.actor import actor_for
from foundation.accounts.events import PostEnded
from foundation.accounts.models import Post, User
from foundation.core import events
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.journal.models import Decision
from tests.accounts.world import World

TODAY = {"valid_from": None}


def appoint(world: World, who: str, bureau: str | None, role: str, *, name="王琪", phone="13700000001"):
    return posts.appoint(
        actor=world.actor(who), bureau=world.bureaus[bureau] if bureau else None, role=role, name=name, phone=phone
    )


@pytest.mark.parametrize(
    ("who", "bureau", "role"),
    [
        ("ty_post_manager", "ty", "handler"),
        ("ty_post_manager", "ty", "signer"),
        ("ty_post_manager", "ty", "archivist"),
        ("zz_post_manager", "ty", "post_manager"),
        ("zz_post_manager", "ty", "handler"),
        ("hn_post_manager", "zz", "post_manager"),
        ("hn_post_manager", "dc", "post_manager"),
        ("system_admin", "hn", "post_manager"),
        ("system_admin", None, "audit_admin"),
    ],
)
def test_who_makes_posts(world: World, who, bureau, role):
    done = appoint(world, who, bureau, role)
    assert done.user.check_password(done.one_time_password)
    assert done.user.must_change_password
    assert done.user.username == "wangqi"
    assert any(hat.role == role for hat in (actor_for(done.user).hat,))
    decision = Decision.objects.get(action="post.create")
    assert decision.actor_user_id == world.people[who].pk
    assert "王琪" not in decision.entry.body, "names enter the hashed line as salted digests only"


@pytest.mark.parametrize(
    ("who", "bureau", "role"),
    [
        ("ty_post_manager", "ty", "post_manager"),
        ("ty_post_manager", "lk", "handler"),
        ("ty_post_manager", "zz", "handler"),
        ("zz_post_manager", "hn", "handler"),
        ("zz_post_manager", "dc", "handler"),
        ("hn_post_manager", "ty", "handler"),
        ("hn_post_manager", "hn", "post_manager"),
        ("jj_post_manager", "ty", "handler"),
        ("ty_handler", "ty", "handler"),
        ("ty_signer", "ty", "archivist"),
        ("system_admin", "hn", "handler"),
        ("system_admin", "ty", "post_manager"),
        ("hn_post_manager", None, "audit_admin"),
        ("audit_admin", None, "audit_admin"),
        ("security_admin", "hn", "post_manager"),
        ("ty_post_manager", "ty", "enterprise_admin"),
        ("system_admin", None, "visitor"),
    ],
)
def test_who_does_not(world: World, who, bureau, role):
    with pytest.raises(Refused):
        appoint(world, who, bureau, role)
    assert not User.objects.filter(name="王琪").exists(), "no account is left behind"


def test_nobody_appoints_themselves(world: World):
    manager = world.people["ty_post_manager"]
    manager.phone = "13700000001"
    manager.save()
    with pytest.raises(Refused, match="不能给自己任命岗位"):
        appoint(world, "ty_post_manager", "ty", "signer", name=manager.name)


def test_one_person_has_one_account_however_many_hats(world: World):
    first = appoint(world, "ty_post_manager", "ty", "handler")
    second = appoint(world, "lk_post_manager", "lk", "signer")
    assert second.user == first.user
    assert second.one_time_password == ""
    assert len([actor_for(first.user).hat, *actor_for(first.user).others]) == 2


def test_a_known_number_with_another_name_is_told(world: World):
    appoint(world, "ty_post_manager", "ty", "handler")
    with pytest.raises(ValidationError, match="另一个姓名"):
        appoint(world, "lk_post_manager", "lk", "signer", name="王奇")


def test_the_same_post_twice_is_told(world: World):
    appoint(world, "ty_post_manager", "ty", "handler")
    with pytest.raises(ValidationError, match="已担任"):
        appoint(world, "ty_post_manager", "ty", "handler")


@pytest.mark.parametrize(("first", "second"), [("audit_admin", "system_admin"), ("audit_admin", "security_admin")])
def test_three_administrators_are_three_people(world: World, first, second):
    appoint(world, "system_admin", None, first)
    with pytest.raises(Refused, match="不同的人"):
        appoint(world, "system_admin", None, second)


def test_administrators_are_no_officials_and_the_other_way_round(world: World):
    appoint(world, "system_admin", None, "audit_admin")
    with pytest.raises(Refused, match="不得兼任业务岗位"):
        appoint(world, "ty_post_manager", "ty", "handler")
    appoint(world, "ty_post_manager", "ty", "handler", name="李四", phone="13700000002")
    with pytest.raises(Refused, match="不同的人"):
        appoint(world, "system_admin", None, "audit_admin", name="李四", phone="13700000002")


@pytest.mark.parametrize("row", [("audit_admin", "ty"), ("handler", None)])
def test_the_database_refuses_a_role_in_the_wrong_place(world: World, row):
    role, bureau = row
    with pytest.raises(IntegrityError), transaction.atomic():
        world.post("misplaced", bureau, role)


# ---- ending ------------------------------------------------------------------------------------------------
def test_ended_today_is_over_at_once_and_stays_on_record(world: World):
    post = Post.objects.get(user=world.people["ty_handler"])
    ended = posts.end_post(actor=world.actor("ty_post_manager"), post_id=post.pk)
    assert ended.valid_to == business_today()
    assert actor_for(world.people["ty_handler"]).role == "visitor"
    assert Post.objects.filter(pk=post.pk).exists()
    decision = Decision.objects.get(action="post.end")
    assert decision.data["last_day"] == business_today().isoformat()
    with pytest.raises(Refused, match="已经结束"):
        posts.end_post(actor=world.actor("ty_post_manager"), post_id=post.pk)


def test_ended_later_holds_until_then(world: World):
    post = Post.objects.get(user=world.people["ty_handler"])
    day = business_today() + dt.timedelta(days=3)
    posts.end_post(actor=world.actor("ty_post_manager"), post_id=post.pk, last_day=day)
    assert actor_for(world.people["ty_handler"]).role == "handler"
    assert not Post.objects.open().filter(pk=post.pk, valid_to__lt=day).exists()


def test_not_in_the_past(world: World):
    post = Post.objects.get(user=world.people["ty_handler"])
    with pytest.raises(Refused, match="不能早于今天"):
        posts.end_post(
            actor=world.actor("ty_post_manager"), post_id=post.pk, last_day=business_today() - dt.timedelta(days=1)
        )


def test_somebody_who_left_may_come_back(world: World):
    done = appoint(world, "ty_post_manager", "ty", "handler")
    posts.end_post(actor=world.actor("ty_post_manager"), post_id=done.post.pk)
    again = appoint(world, "ty_post_manager", "ty", "handler")
    assert again.post.pk != done.post.pk


def test_the_last_manager_is_ended_only_knowingly(world: World):
    post = Post.objects.get(user=world.people["ty_post_manager"])
    with pytest.raises(Refused, match="最后一名岗位管理"):
        posts.end_post(actor=world.actor("zz_post_manager"), post_id=post.pk)
    posts.end_post(actor=world.actor("zz_post_manager"), post_id=post.pk, confirmed=True)


def test_not_the_last_one_needs_no_word(world: World):
    appoint(world, "zz_post_manager", "ty", "post_manager")
    post = Post.objects.get(user=world.people["ty_post_manager"])
    posts.end_post(actor=world.actor("zz_post_manager"), post_id=post.pk)


def test_an_administrator_does_not_end_the_own_post(world: World):
    post = Post.objects.get(user=world.people["system_admin"])
    with pytest.raises(Refused, match="不能停用自己"):
        posts.end_post(actor=world.actor("system_admin"), post_id=post.pk, confirmed=True)


@pytest.mark.parametrize("who", ["lk_post_manager", "ty_handler", "jj_post_manager", "hn_post_manager", "audit_admin"])
def test_others_do_not_end_it(world: World, who):
    post = Post.objects.get(user=world.people["ty_signer"])
    with pytest.raises(Refused):
        posts.end_post(actor=world.actor(who), post_id=post.pk)


def test_absent_and_foreign_posts_are_refused_in_the_same_words(world: World):
    told = []
    foreign = Post.objects.get(user=world.people["jj_handler"]).pk
    for pk in (999_999, foreign):
        with pytest.raises(Refused) as refused:
            posts.end_post(actor=world.actor("ty_post_manager"), post_id=pk)
        told.append(refused.value.verdict)
    assert told[0].reason == told[1].reason


def test_others_hear_of_it_in_the_same_transaction(world: World, monkeypatch):
    def fail(event: PostEnded) -> None:
        raise RuntimeError("a room above cannot cope")

    monkeypatch.setitem(events._handlers, PostEnded, [fail])
    post = Post.objects.get(user=world.people["ty_signer"])
    with pytest.raises(RuntimeError):
        posts.end_post(actor=world.actor("ty_post_manager"), post_id=post.pk)
    post.refresh_from_db()
    assert post.valid_to is None
    assert not Decision.objects.exists()


# ---- pages -------------------------------------------------------------------------------------------------
def test_appointing_on_the_page_shows_the_password_once(world: World, sign_in):
    client = sign_in(world.people["ty_post_manager"])
    typed = {
        "role": "handler",
        "name": "王琪",
        "phone": "137 0000 0001",
        "email": "",
        "valid_from": str(business_today()),
    }
    bad = client.post("/accounts/posts/new/", typed | {"phone": "137"})
    assert bad.status_code == 422
    assert "手机号应为 11 位数字" in bad.content.decode()
    assert "王琪" in bad.content.decode()
    response = client.post("/accounts/posts/new/", typed)
    page = client.get(response.url).content.decode()
    assert "已任命王琪为经办。" in page
    once = page.split('id="once">')[1].split("<")[0]
    assert User.objects.get(name="王琪").check_password(once)
    listed = client.get("/accounts/posts/").content.decode()
    assert "尚未启用" in listed
    assert "137****0001" in listed
    assert "13700000001" not in listed


def test_ending_on_the_page(world: World, sign_in):
    client = sign_in(world.people["zz_post_manager"])
    post = Post.objects.get(user=world.people["ty_post_manager"])
    url = f"/accounts/posts/{post.pk}/end/"
    assert "这是最后一名岗位管理" in client.get(url).content.decode()
    refused = client.post(url, {"last_day": str(business_today())})
    assert "请勾选确认" in refused.content.decode()
    assert client.post(url, {"last_day": str(business_today()), "confirmed": "on"}).status_code == 302
    post.refresh_from_db()
    assert post.ended_at is not None


def test_a_county_manager_opens_no_foreign_post(world: World, sign_in):
    client = sign_in(world.people["ty_post_manager"])
    post = Post.objects.get(user=world.people["lk_handler"])
    assert client.get(f"/accounts/posts/{post.pk}/end/").status_code == 404
    assert client.get(f"/accounts/posts/new/?bureau={world.bureaus['lk'].pk}").status_code == 404


def test_the_page_tells_which_posts_are_empty(world: World, sign_in):
    Post.objects.get(user=world.people["ty_archivist"]).delete()
    page = sign_in(world.people["ty_post_manager"]).get("/accounts/posts/").content.decode()
    assert "还没有人担任：档案。" in page


def test_a_rehearsal_in_another_year_keeps_the_administrators(world: World):
    from foundation.core.models import Installation

    Post.objects.filter(bureau=None).update(valid_from=business_today())
    Installation.start_rehearsal(dt.date(2018, 3, 10))
    assert actor_for(world.people["system_admin"]).role == "system_admin"
    assert actor_for(world.people["ty_handler"]).role == "handler"
