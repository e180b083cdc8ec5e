"""The inbox: by hat, read by each for themselves, reading is a POST."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from foundation.accounts.actor import Actor, actor_for
from foundation.accounts.models import Bureau, Post, User
from foundation.accounts.roles import Level, Role
from foundation.accounts.scoping import scopes
from foundation.core.context import unread_counters
from foundation.core.errors import Refused
from foundation.notifications import actions, delivery, queries
from foundation.notifications.models import InboxMessage
from tests.notifications.conftest import post

pytestmark = pytest.mark.django_db


def note(key: str, recipient_kind: str, recipient_id: int) -> InboxMessage:
    post(key, "test.note", recipient_kind, recipient_id, name=key, day="3月16日", pk=1)
    delivery.open_batch()
    return InboxMessage.objects.latest("pk")


def test_each_reads_for_themselves(actor: Actor, colleague: User, bureau: Bureau) -> None:
    message = note("甲", "bureau", bureau.pk)
    other = actor_for(colleague)
    counter = unread_counters["notifications.inbox"]
    assert (counter(actor).count(), counter(other).count()) == (1, 1)
    actions.mark_read(pk=message.pk, actor=actor)
    actions.mark_read(pk=message.pk, actor=actor)
    assert (counter(actor).count(), counter(other).count()) == (0, 1)
    assert actions.mark_all_read(actor=other) == 1
    assert actions.mark_all_read(actor=other) == 0


def test_who_sees_what_condition_equals_predicate(actor: Actor, user: User, colleague: User, bureau: Bureau) -> None:
    own, shared = note("甲", "user", user.pk), note("乙", "bureau", bureau.pk)
    note("丙", "user", colleague.pk)
    note("丁", "enterprise", bureau.pk)
    foreign = note("戊", "bureau", bureau.pk + 1)
    assert set(queries.inbox(actor)) == {own, shared}
    scope = scopes()[InboxMessage]
    for row in InboxMessage.objects.all():
        assert scope.sees(actor, row) == InboxMessage.objects.filter(scope.condition(actor), pk=row.pk).exists()
    with pytest.raises(Refused, match="没有这条消息"):
        actions.mark_read(pk=foreign.pk, actor=actor)


def test_another_hat_another_inbox(user: User, bureau: Bureau) -> None:
    above = Bureau.objects.create(name="株洲市经信委（演示）", short_name="株洲市经信委", level=Level.PREFECTURE)
    Post.objects.create(user=user, bureau=above, role=Role.HANDLER, valid_from="2017-01-01")
    note("甲", "bureau", bureau.pk)
    assert queries.unread_count(actor_for(user, f"bureau:{bureau.pk}:handler")) == 1
    assert queries.unread_count(actor_for(user, f"bureau:{above.pk}:handler")) == 0


def test_page_reads_by_post_only_and_goes_to_the_subject(client: Any, user: User, actor: Actor, bureau: Bureau) -> None:
    client.force_login(user)
    url = reverse("notifications:inbox")
    assert "还没有消息" in client.get(url).content.decode()
    message = note("甲", "bureau", bureau.pk)
    assert "甲的材料已提交" in client.get(url).content.decode()
    assert queries.unread_count(actor) == 1
    assert client.get(reverse("notifications:open", args=[message.pk])).status_code == 405
    assert client.post(reverse("notifications:open", args=[message.pk])).url == "/files/1/"
    assert "没有符合条件的消息" in client.get(url, {"state": "unread"}).content.decode()
    note("乙", "bureau", bureau.pk)
    client.post(reverse("notifications:read-all"))
    assert queries.unread_count(actor) == 0


def test_a_foreign_address_in_a_message_is_not_followed(client: Any, user: User) -> None:
    client.force_login(user)
    message = note("甲", "user", user.pk)
    InboxMessage.objects.filter(pk=message.pk).update(url="https://elsewhere.example/")
    assert client.post(reverse("notifications:open", args=[message.pk])).url == reverse("notifications:inbox")


def test_preferences_page(client: Any, user: User) -> None:
    client.force_login(user)
    url = reverse("notifications:preferences")
    page = client.get(url).content.decode()
    assert "退回" in page
    assert "不能关闭：涉及您的权利，依规定必须告知。" in page
    client.post(url, {"mail": []})
    assert user.message_preferences.get(kind="test.letter").mail is False
    client.post(url, {"mail": ["test.letter"]})
    assert user.message_preferences.get(kind="test.letter").mail is True


def test_letters_page_is_the_system_administrators(client: Any, user: User, db: None) -> None:
    client.force_login(user)
    assert client.get(reverse("notifications:letters")).status_code == 403
    admin = User.objects.create_user("root", name="系统管理员")
    Post.objects.create(user=admin, role=Role.SYSTEM_ADMIN, valid_from="2017-01-01")
    client.force_login(admin)
    assert "没有需要处理的邮件或短信" in client.get(reverse("notifications:letters")).content.decode()


def test_inbox_stays_flat(client: Any, user: User, bureau: Bureau, queries: Any) -> None:
    """The room's own statements: list, its count, its kinds. The number in the top bar is counted with those of other rooms."""
    client.force_login(user)
    for rows in (1, 3):
        while InboxMessage.objects.count() < rows:
            note(f"甲{InboxMessage.objects.count()}", "bureau", bureau.pk)
        with queries.record() as seen:
            client.get(reverse("notifications:inbox"))
        own = [line for line in seen if "foundation/notifications/" in line]
        assert len(own) == 3, "\n".join(seen)
        assert len(seen) - len(own) <= 12, "\n".join(seen)
