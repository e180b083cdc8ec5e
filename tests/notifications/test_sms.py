"""Short messages: the protocol, the four answers, exactly once by key, quiet hours, preferences, one part (B.1.5)."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.urls import reverse

from enterprises.handlers import contact_of
from foundation.accounts.actor import SYSTEM, Actor, Hat
from foundation.accounts.models import Bureau, Post, User
from foundation.accounts.roles import Role
from foundation.core.clock import real_now
from foundation.core.models import Installation
from foundation.journal.models import OutboxMessage
from foundation.notifications import actions, delivery, kinds, recipients, sms
from foundation.notifications.models import Delivery, InboxMessage, Preference
from foundation.notifications.outcome import Outcome
from tests.notifications.conftest import post
from tests.notifications.sms_gateway import KEY_ID, SECRET, FaultyDesk, Gateway

pytestmark = pytest.mark.django_db
ADMIN = Actor(1, "系统管理员", Hat("portal", "system_admin", "系统管理员"))
PHONE = "13807310001"
NUMBER = "+8613807310001"
ALL = (kinds.INBOX, kinds.MAIL, kinds.SMS)


@pytest.fixture(autouse=True)
def short_kinds() -> Iterator[None]:
    kinds.register(
        "test.due",
        "{name}{month}月报表未报",
        "",
        "/x/",
        label="催报",
        channels=ALL,
        sms="{name}{month}月报表未报，请登录平台填报。",
    )
    kinds.register(
        "test.hearing",
        "告知",
        label="告知",
        channels=(kinds.INBOX, kinds.SMS),
        sms="{name}：请登录平台查看告知。",
        mandatory="权利",
    )
    yield
    for name in ("test.due", "test.hearing"):
        kinds.registry._rows.pop(name, None)


@pytest.fixture
def desk(settings: Any) -> Iterator[FaultyDesk]:
    """The gateway the portal is told to use, at any hour."""
    gateway = Gateway()
    settings.SMS_GATEWAY_URL, settings.SMS_KEY_ID, settings.SMS_SECRET = gateway.url, KEY_ID, SECRET
    settings.SMS_SENDER, settings.SMS_TIMEOUT = "梯度培育平台", 2.0
    settings.SMS_QUIET_FROM = settings.SMS_QUIET_UNTIL = "00:00"
    yield gateway.desk
    gateway.close()


@pytest.fixture
def reader(user: User) -> User:
    user.phone, user.email = PHONE, ""
    user.save()
    return user


def due(reader: User, key: str = "due:1") -> None:
    post(key, "test.due", "user", reader.pk, name="演示机械", month=3)


def only() -> Delivery:
    return Delivery.objects.select_related("outbox").get()


# ---- the way -----------------------------------------------------------------------------------------------


def test_inbox_and_sms_each_once(reader: User, desk: FaultyDesk, caplog: Any) -> None:
    for _ in range(3):
        due(reader)
        delivery.deliver()
    assert desk.texts == ["【梯度培育平台】演示机械3月报表未报，请登录平台填报。"]
    message = next(iter(desk.taken.values()))
    assert (message["to"], message["template"]) == (NUMBER, "test.due")
    assert message["parameters"] == {"name": "演示机械", "month": "3"}
    assert (desk.requests, InboxMessage.objects.count()) == (1, 1)
    assert (only().state, only().channel, only().outbox.state) == ("sent", "sms", "sent")
    assert PHONE not in caplog.text


def test_mail_and_sms_beside_each_other(reader: User, desk: FaultyDesk, post_office: Any) -> None:
    User.objects.filter(pk=reader.pk).update(email="limin@example.com")
    due(reader)
    delivery.deliver()
    assert (len(desk.taken), len(post_office.letters)) == (1, 1)
    assert set(Delivery.objects.values_list("channel", "state")) == {("mail", "sent"), ("sms", "sent")}


def test_a_key_the_gateway_has_is_not_sent_twice_and_counts_as_sent(reader: User, desk: FaultyDesk) -> None:
    """The gateway took it and the line broke: a person has it sent again, the key keeps the phone from ringing twice."""
    desk.fault = "drop"
    due(reader)
    delivery.deliver()
    assert (only().state, only().outbox.state) == ("unknown", "unknown")
    desk.fault = ""
    delivery.deliver()
    assert desk.requests == 1, "never again by itself"
    actions.resolve_letter(pk=only().pk, actor=ADMIN, arrived=False)
    delivery.deliver()
    assert (only().state, desk.requests, len(desk.taken)) == ("sent", 2, 1)


@pytest.mark.parametrize(
    ("fault", "state"),
    [("refuse", "failed"), ("later", "waiting"), ("garbage", "unknown"), ("error", "unknown"), ("hang", "unknown")],
)
def test_every_answer_is_written_down(fault: str, state: str, reader: User, desk: FaultyDesk, settings: Any) -> None:
    settings.SMS_TIMEOUT, desk.pause, desk.fault = 0.3, 1.0, fault
    due(reader)
    delivery.deliver()
    assert only().state == state
    assert only().error
    assert "1380731" not in only().error, "a gateway's reason may hold the number"
    delivery.deliver()
    assert desk.requests == 1, "not before its time, and never again when unknown"


def test_a_gateway_that_is_away_is_tried_again_then_failed(reader: User, desk: FaultyDesk, settings: Any) -> None:
    settings.SMS_GATEWAY_URL = "http://127.0.0.1:1/"
    due(reader)
    for _ in range(len(delivery.PAUSES) + 1):
        delivery.deliver()
        Delivery.objects.filter(state="waiting").update(next_try_at=real_now())
    assert (only().state, only().attempts) == ("failed", len(delivery.PAUSES) + 1)
    assert "连接短信网关失败" in only().error
    assert InboxMessage.objects.exists()


def test_a_killed_sender_leaves_unknown(reader: User, desk: FaultyDesk) -> None:
    due(reader)
    delivery.open_batch()
    assert delivery.claim_letter() is not None
    Delivery.objects.update(claimed_at=real_now() - delivery.CLAIM_IS_LOST_AFTER - dt.timedelta(seconds=1))
    delivery.deliver()
    assert (only().state, desk.requests) == ("unknown", 0)


# ---- off, and who is asked ------------------------------------------------------------------------------------


def test_without_a_gateway_the_rest_goes_and_the_page_says_so(reader: User, client: Any) -> None:
    due(reader)
    delivery.deliver()
    assert not Delivery.objects.exists()
    assert (InboxMessage.objects.count(), OutboxMessage.objects.get().state) == (1, "sent")
    client.force_login(reader)
    assert "短信网关没有配置，消息只发站内和邮件。" in client.get(reverse("notifications:preferences")).content.decode()
    admin = User.objects.create_user("root", name="系统管理员")
    Post.objects.create(user=admin, role=Role.SYSTEM_ADMIN, valid_from="2017-01-01")
    client.force_login(admin)
    page = client.get(reverse("notifications:letters")).content.decode()
    assert "短信网关没有配置" in page
    assert "类消息本应同时发短信" in page


def test_a_gateway_switched_off_holds_what_waits(reader: User, desk: FaultyDesk, settings: Any) -> None:
    due(reader)
    delivery.open_batch()
    settings.SMS_GATEWAY_URL = ""
    delivery.deliver()
    assert (only().state, only().attempts, desk.requests) == ("waiting", 0, 0)


def test_half_a_configuration_is_an_error(settings: Any) -> None:
    settings.SMS_GATEWAY_URL, settings.SMS_SECRET = "https://sms.example.org/v1", ""
    settings.SMS_KEY_ID, settings.SMS_SENDER = "k", "一二三四五六七八九十一二三"
    assert sms.faults() == ["设置了 SMS_GATEWAY_URL，但缺少 SMS_SECRET。", "SMS_SENDER 最多 12 个字。"]
    assert sms.gateway() is None
    with pytest.raises(SystemCheckError, match="SMS_SECRET"):
        call_command("check")


def test_a_rehearsal_speaks_only_to_a_gateway_on_its_own_machine(desk: FaultyDesk, settings: Any) -> None:
    Installation.start_rehearsal(dt.date(2018, 3, 12))
    assert sms.gateway() is not None
    settings.SMS_GATEWAY_URL = "https://sms.example.org/v1"
    assert sms.gateway() is None
    assert "演练库" in sms.why_off()


def test_a_person_switches_it_off_but_not_what_must_be_told(reader: User, desk: FaultyDesk, client: Any) -> None:
    client.force_login(reader)
    page = client.get(reverse("notifications:preferences")).content.decode()
    assert "138****0001" in page
    assert PHONE not in page
    client.post(reverse("notifications:preferences"), {"mail": ["test.due"]})
    assert Preference.objects.get(kind="test.due").sms is False
    due(reader)
    post("hearing:1", "test.hearing", "user", reader.pk, name="演示机械")
    delivery.deliver()
    assert [text.partition("】")[2] for text in desk.texts] == ["演示机械：请登录平台查看告知。"]


def test_doubtful_page_masks_the_number(reader: User, desk: FaultyDesk, client: Any) -> None:
    desk.fault = "drop"
    due(reader)
    delivery.deliver()
    admin = User.objects.create_user("root", name="系统管理员")
    Post.objects.create(user=admin, role=Role.SYSTEM_ADMIN, valid_from="2017-01-01")
    client.force_login(admin)
    page = client.get(reverse("notifications:letters")).content.decode()
    assert "138****0001" in page
    assert "13807310001" not in page


def test_a_firm_without_people_is_reached_by_its_registered_contact(
    bureau: Bureau, desk: FaultyDesk, monkeypatch: Any
) -> None:
    found = recipients.registry["enterprise"]
    monkeypatch.setitem(
        recipients.registry._rows,
        "enterprise",
        recipients.RecipientKind(found.people, lambda pk: ("", "0731-22223333、138 0731 0001")),
    )
    post("firm:1", "test.due", "enterprise", 77, name="老名单企业", month=3)
    delivery.deliver()
    assert desk.numbers == [NUMBER]
    assert contact_of(77) == ("", "")


# ---- hours, numbers, lengths ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-10 20:59", "2026-03-10 20:59"),
        ("2026-03-10 21:00", "2026-03-11 08:00"),
        ("2026-03-10 23:59", "2026-03-11 08:00"),
        ("2026-03-11 00:00", "2026-03-11 08:00"),
        ("2026-03-11 07:59", "2026-03-11 08:00"),
        ("2026-03-11 08:00", "2026-03-11 08:00"),
    ],
)
def test_quiet_hours(at: str, expected: str, settings: Any) -> None:
    settings.SMS_QUIET_FROM, settings.SMS_QUIET_UNTIL = "21:00", "08:00"
    zone = real_now().tzinfo
    moment = dt.datetime.fromisoformat(at).replace(tzinfo=zone)
    assert sms.not_before(moment) == dt.datetime.fromisoformat(expected).replace(tzinfo=zone)
    settings.SMS_QUIET_FROM = settings.SMS_QUIET_UNTIL
    assert sms.not_before(moment) == moment, "equal times: never quiet"


def test_at_night_it_is_held_till_the_morning(reader: User, desk: FaultyDesk, settings: Any, time_machine: Any) -> None:
    settings.SMS_QUIET_FROM, settings.SMS_QUIET_UNTIL = "21:00", "08:00"
    time_machine.move_to(dt.datetime.fromisoformat("2026-03-10T22:30+08:00"), tick=False)
    due(reader)
    delivery.deliver()
    assert InboxMessage.objects.count() == 1
    assert (only().state, desk.requests) == ("waiting", 0)
    Delivery.objects.update(next_try_at=real_now())
    delivery.deliver()
    assert desk.requests == 0, "a pause that ends at night does not ring either"
    time_machine.move_to(dt.datetime.fromisoformat("2026-03-11T08:00+08:00"), tick=False)
    delivery.deliver()
    assert (only().state, len(desk.taken)) == ("sent", 1)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (PHONE, NUMBER),
        ("138 0731 0001", NUMBER),
        ("+86-138-0731-0001", NUMBER),
        ("０１３", ""),
        ("0731-22223333", ""),
        ("12345", ""),
        ("", ""),
        ("400-800-1234", ""),
        ("+852 9123 4567", "+85291234567"),
    ],
)
def test_numbers_have_one_form(written: str, number: str) -> None:
    assert sms.normalise(written) == number


SHORT = [name for name, kind in kinds.registry.items() if kind.sms]


@pytest.mark.parametrize("name", [*SHORT, "test.due", "test.hearing"])
def test_every_short_text_is_one_part_whatever_it_is_filled_with(name: str) -> None:
    kind = kinds.known(name)
    for sender in ("梯度培育平台", "一二三四五六七八九十一二"):
        for value in ("某" * 120, "a😀" * 60, "甲"):
            short = kind.short(dict.fromkeys(kinds.gaps(kind.sms), value), sender)
            assert sms.units(short.text) <= sms.ONE_PART
            assert short.text.startswith(f"【{sender}】")
            assert "http" not in short.text, "no link: people are taught not to follow one"


def test_a_text_that_can_never_fit_and_a_kind_without_text_are_errors() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        kinds.Kind("x", "x", "x", "", "", sms="长" * 71).short({}, "平台")
    for wrong in ({"channels": ALL}, {"sms": "x"}, {"channels": (kinds.SMS,), "sms": "x"}):
        with pytest.raises(ValueError, match=r"test\.wrong"):
            kinds.register("test.wrong", "x", **wrong)  # type: ignore[arg-type]


# ---- the protocol itself ---------------------------------------------------------------------------------------


def test_the_signature_of_the_documentation() -> None:
    """The worked example of docs/sms-gateway.md, so that whoever writes a bridge can check theirs."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "sms-gateway.md").read_text()
    body = next(line for line in text.splitlines() if line.startswith('{"version"')).encode()
    made = sms.signature("demo", path="/v1/messages", timestamp="1520640000", key="3f0c", body=body)
    assert made in text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key_id": "other"}, "unknown key id"),
        ({"secret": "other"}, "wrong signature"),
    ],
)
def test_a_stranger_is_refused(change: dict[str, str], reason: str, desk: FaultyDesk) -> None:
    gateway = sms.gateway()
    assert gateway is not None
    fields = {name: getattr(gateway, name) for name in ("url", "key_id", "secret", "sender", "timeout")}
    stranger = sms.Gateway(**{**fields, **change})
    outcome, said = sms.send(number=NUMBER, short=sms.Short("t", {}, "x"), key="k", to=stranger)
    assert outcome is Outcome.REFUSED
    assert reason in said
    assert not desk.taken


def test_an_old_request_cannot_be_played_again(desk: FaultyDesk, monkeypatch: Any) -> None:
    gateway = sms.gateway()
    assert gateway is not None
    monkeypatch.setattr(sms, "real_now", lambda: real_now() - dt.timedelta(minutes=6))
    outcome, said = sms.send(number=NUMBER, short=sms.Short("t", {}, "x"), key="k", to=gateway)
    assert (outcome, "too old" in said) == (Outcome.REFUSED, True)


def test_the_command_shows_what_would_go_out(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "sms_gateway", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.partition("SMS_GATEWAY_URL=")[2].split()[0]
        gateway = sms.Gateway(sms.urlsplit(url), "demo", "demo", "梯度", 5.0)
        short = sms.Short("test.due", {}, "【梯度】请填报。")
        for _ in range(2):
            assert sms.send(number=NUMBER, short=short, key="k1", to=gateway) == (Outcome.SENT, "")
        shown = process.stdout.readline()
        assert "+86138****0001" in shown
        assert "【梯度】请填报。" in shown
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(urllib.request.Request(url, data=b""), timeout=5)  # noqa: S310
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_the_system_writes_no_number_into_the_journal(reader: User, desk: FaultyDesk) -> None:
    assert SYSTEM.label
    due(reader)
    delivery.deliver()
    assert PHONE not in str(list(OutboxMessage.objects.values()))
