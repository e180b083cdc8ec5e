"""From the outbox to inbox and mail: exactly once by unique key, unknown when the line breaks, secrets never stored."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from foundation.accounts import secrets
from foundation.accounts.actor import SYSTEM, Actor, Hat, actor_for
from foundation.accounts.models import Bureau, User
from foundation.core.clock import real_now
from foundation.core.errors import Refused, StaleState
from foundation.journal.models import Decision, OutboxMessage
from foundation.journal.record import Act, Message, record, send
from foundation.notifications import actions, delivery, kinds, recipients, tasks
from foundation.notifications.models import Delivery, InboxMessage, Preference
from tests.notifications.conftest import post
from tests.notifications.smtp import Book

pytestmark = pytest.mark.django_db
ADMIN = Actor(1, "系统管理员", Hat("portal", "system_admin", "系统管理员"))


def test_a_key_goes_out_once_however_often_it_is_sent(user: User, post_office: Book) -> None:
    for _ in range(3):
        post("returned:7", "test.letter", "user", user.pk, name="甲公司", reason="缺审计报告")
        delivery.deliver()
    delivery.deliver()
    assert InboxMessage.objects.count() == 1
    assert Delivery.objects.count() == 1
    assert len(post_office.letters) == 1
    assert OutboxMessage.objects.get().state == "sent"


def test_the_letter_as_it_arrives(user: User, post_office: Book) -> None:
    post("returned:7", "test.letter", "user", user.pk, name="甲公司", reason="缺审计报告")
    delivery.deliver()
    letter = post_office.letters[0]
    assert post_office.recipients == ["limin@example.com"]
    assert letter["Subject"] == "甲公司的材料被退回"
    assert letter["From"] == "portal@tidu.example"
    assert letter["Message-ID"] == Delivery.objects.get().message_id
    assert letter["Message-ID"].endswith("@tidu.example>")
    assert "理由：缺审计报告" in letter.get_content()  # type: ignore[attr-defined]


def test_a_bureaus_message_is_one_row_for_all_its_people(user: User, colleague: User, bureau: Bureau) -> None:
    post("submitted:1", "test.note", "bureau", bureau.pk, name="甲公司", day="3月16日", pk=3)
    delivery.deliver()
    row = InboxMessage.objects.get()
    assert (row.title, row.body, row.url) == ("甲公司的材料已提交", "请在3月16日前办理。", "/files/3/")
    for person in (user, colleague):
        assert list(InboxMessage.objects.visible_to(actor_for(person))) == [row]


def test_mail_to_a_bureau_goes_to_those_who_work_on_files(
    user: User, colleague: User, bureau: Bureau, post_office: Book
) -> None:
    post("x", "test.letter", "bureau", bureau.pk, name="甲", reason="乙")
    delivery.deliver()
    assert post_office.recipients == ["limin@example.com"]


def test_the_date_of_a_message_is_the_decisions_business_time(user: User) -> None:
    with transaction.atomic():
        decision = record([Act("test", 1, "x", "test.act")], SYSTEM.label)[0]
        message = Message(key="k", kind="test.note", recipient_kind="user", recipient_id=user.pk)
        send([Message(**{**message_fields(message), "payload": {"name": "甲", "day": "x", "pk": 1}})], decision)
    delivery.deliver()
    assert InboxMessage.objects.get().created_at == Decision.objects.get().made_at


def message_fields(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in ("key", "kind", "recipient_kind", "recipient_id")}


def test_an_unknown_kind_fails_the_act_where_strict_and_the_row_where_not(
    user: User, settings: Any, caplog: Any
) -> None:
    with pytest.raises(kinds.UnknownKind):
        post("k", "nobody.registered", "user", user.pk)
    with pytest.raises(KeyError):
        post("k", "test.letter", "user", user.pk, name="甲")
    assert not OutboxMessage.objects.exists()
    settings.STRICT_MESSAGES = False
    post("k", "nobody.registered", "user", user.pk)
    post("k2", "test.letter", "user", user.pk, name="甲")
    post("k3", "test.note", "user", user.pk, name="甲", day="x", pk=1)
    delivery.deliver()
    states = dict(OutboxMessage.objects.values_list("key", "state"))
    assert states == {"k": "failed", "k2": "failed", "k3": "sent"}, "one bad row holds up nobody"
    assert "nobody.registered" in OutboxMessage.objects.get(key="k").error
    assert "cannot be delivered" in caplog.text


def test_a_broken_line_leaves_unknown_and_is_never_sent_again_by_itself(user: User, post_office: Book) -> None:
    post_office.fault = "drop"
    post("k", "test.letter", "user", user.pk, name="甲", reason="乙")
    delivery.deliver()
    letter = Delivery.objects.get()
    assert (letter.state, letter.outbox.state) == ("unknown", "unknown")
    assert "连接中断" in letter.error
    post_office.fault = ""
    delivery.deliver()
    assert len(post_office.letters) == 1
    with pytest.raises(Refused):
        actions.resolve_letter(pk=letter.pk, actor=actor_for(user), arrived=True)
    actions.resolve_letter(pk=letter.pk, actor=ADMIN, arrived=True)
    letter.refresh_from_db()
    assert (letter.state, OutboxMessage.objects.get().state) == ("sent", "sent")
    assert Decision.objects.get(action="message.resolve").data == {"arrived": True}
    with pytest.raises(StaleState):
        actions.resolve_letter(pk=letter.pk, actor=ADMIN, arrived=False)


def test_a_person_may_send_an_unknown_letter_again_under_the_same_id(user: User, post_office: Book) -> None:
    post_office.fault = "drop"
    post("k", "test.letter", "user", user.pk, name="甲", reason="乙")
    delivery.deliver()
    post_office.fault = ""
    actions.resolve_letter(pk=Delivery.objects.get().pk, actor=ADMIN, arrived=False)
    delivery.deliver()
    first, second = post_office.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert OutboxMessage.objects.get().state == "sent"


def test_a_sender_that_died_between_claim_and_result_leaves_unknown(user: User, post_office: Book) -> None:
    post("k", "test.letter", "user", user.pk, name="甲", reason="乙")
    delivery.open_batch()
    letter = delivery.claim_letter()
    assert letter is not None
    assert delivery.claim_letter() is None, "nobody else takes it"
    assert delivery.mark_lost() == 0
    Delivery.objects.update(claimed_at=real_now() - delivery.CLAIM_IS_LOST_AFTER - dt.timedelta(seconds=1))
    delivery.deliver()
    letter.refresh_from_db()
    assert (letter.state, OutboxMessage.objects.get().state) == ("unknown", "unknown")
    assert post_office.letters == []


@pytest.mark.parametrize(("fault", "state"), [("rcpt-5", "failed"), ("data-5", "failed"), ("rcpt-4", "waiting")])
def test_a_refusal_for_good_fails_and_a_passing_one_is_tried_again(
    fault: str, state: str, user: User, post_office: Book
) -> None:
    post_office.fault = fault
    post("k", "test.letter", "user", user.pk, name="甲", reason="乙")
    delivery.deliver()
    letter = Delivery.objects.get()
    assert letter.state == state
    assert "limin" not in letter.error
    if state == "waiting":
        delivery.deliver()
        assert post_office.conversations == 1, "not before its time"
        post_office.fault = ""
        Delivery.objects.update(next_try_at=real_now())
        delivery.deliver()
        letter.refresh_from_db()
        assert (letter.state, letter.attempts) == ("sent", 2)


def test_no_server_is_tried_again_a_few_times_then_failed(user: User, post_office: Book, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    post("k", "test.letter", "user", user.pk, name="甲", reason="乙")
    for _ in range(len(delivery.PAUSES) + 1):
        delivery.deliver()
        Delivery.objects.filter(state="waiting").update(next_try_at=real_now())
    letter = Delivery.objects.get()
    assert (letter.state, letter.attempts) == ("failed", len(delivery.PAUSES) + 1)
    assert InboxMessage.objects.count() == 1, "the inbox has it all the same"


def test_a_secret_is_in_the_letter_and_nowhere_in_the_database(user: User, post_office: Book) -> None:
    secrets.keep("reset:1", "493027", 600)
    post("reset:1", "test.code", "user", user.pk)
    delivery.deliver()
    assert "493027" in post_office.letters[0].get_content()  # type: ignore[attr-defined]
    assert not InboxMessage.objects.exists()
    assert "493027" not in str(list(OutboxMessage.objects.values())) + str(list(Delivery.objects.values()))
    assert secrets.take("reset:1") is None


def test_a_secret_that_has_expired_is_not_sent_empty(user: User, post_office: Book) -> None:
    post("reset:2", "test.code", "user", user.pk)
    delivery.deliver()
    assert post_office.letters == []
    assert Delivery.objects.get().error == "验证码已过期，没有发出"
    with pytest.raises(ValueError, match="never stored"):
        kinds.register("test.bad", "x", channels=(kinds.INBOX,), secret=True)


def test_a_secret_survives_a_passing_failure(user: User, post_office: Book) -> None:
    post_office.fault = "rcpt-4"
    secrets.keep("reset:3", "118822", 600)
    post("reset:3", "test.code", "user", user.pk)
    delivery.deliver()
    post_office.fault = ""
    Delivery.objects.update(next_try_at=real_now())
    delivery.deliver()
    assert "118822" in post_office.letters[0].get_content()  # type: ignore[attr-defined]


def test_mail_can_be_switched_off_but_not_what_must_be_told(user: User, actor: Actor, post_office: Book) -> None:
    actions.set_preferences(actor=actor, mail_for=[])
    assert not Preference.objects.filter(kind="test.must").exists()
    Preference.objects.create(user=user, kind="test.must", mail=False)
    post("a", "test.letter", "user", user.pk, name="甲", reason="乙")
    post("b", "test.must", "user", user.pk, name="听证告知")
    delivery.deliver()
    assert [letter["Subject"] for letter in post_office.letters] == ["听证告知"]
    assert InboxMessage.objects.count() == 2


def test_blocked_people_get_no_mail_and_unknown_recipients_are_told(user: User, settings: Any) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert recipients.mail_addresses("user", user.pk, "test.letter", mandatory=True) == []
    with pytest.raises(LookupError, match="not registered"):
        recipients.mail_addresses("planet", 1, "test.letter", mandatory=True)


def test_a_nudge_follows_the_commit(user: User, monkeypatch: Any, django_capture_on_commit_callbacks: Any) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda **call: sent.append(call))
    with django_capture_on_commit_callbacks(execute=True):
        post("k", "test.note", "user", user.pk, name="甲", day="x", pk=1)
    assert sent == [{"retry": False}]
    assert tasks.deliver() == {"opened": 1, "sent": 0, "lost": 0}
