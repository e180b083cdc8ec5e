"""A reminder on its way out: over a real SMTP conversation and a real gateway, and not at all to who has filed meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from foundation.accounts.actor import SYSTEM
from foundation.accounts.models import User
from foundation.journal.models import OutboxMessage
from foundation.notifications import delivery
from foundation.notifications.models import Delivery
from monitoring.actions.chasing import chase
from monitoring.actions.ladder import replace_ladder
from monitoring.chasing import read_ladder
from tests.monitoring.conftest import HETANG, Months
from tests.notifications.conftest import post_office
from tests.notifications.sms_gateway import KEY_ID, SECRET, Gateway
from tests.notifications.smtp import Book

__all__ = ["post_office"]
DUE = dt.date(2018, 5, 10)


@pytest.fixture
def gateway(settings: Any) -> Iterator[Any]:
    """The gateway the portal is told to use, at any hour."""
    found = Gateway()
    settings.SMS_GATEWAY_URL, settings.SMS_KEY_ID, settings.SMS_SECRET = found.url, KEY_ID, SECRET
    settings.SMS_SENDER, settings.SMS_TIMEOUT = "梯度培育平台", 2.0
    settings.SMS_QUIET_FROM = settings.SMS_QUIET_UNTIL = "00:00"
    yield found.desk
    found.close()


@pytest.fixture
def owing(world: Months, opened: Callable[[dt.date], int]) -> Months:
    """Two firms owe April; their clerks have a mobile number."""
    replace_ladder(ladder=read_ladder(), actor=SYSTEM)
    world.pairs = [world.list_firm(place=HETANG) for _ in range(2)]  # type: ignore[attr-defined]
    for number, (_, firm) in enumerate(world.pairs):  # type: ignore[attr-defined]
        User.objects.filter(pk=firm.actor.user_id).update(phone=f"1390000000{number}")
    assert opened(dt.date(2018, 5, 1)) == 2
    return world


def test_the_day_itself_by_mail_and_sms_once(owing: Months, post_office: Book, gateway: Any) -> None:
    owing.at(2018, 5, 10)
    assert chase(DUE) == {"T": 2}
    for _ in range(2):
        delivery.deliver()
    chasing = [letter for letter in post_office.letters if "月报" in letter["Subject"]]
    assert [letter["Subject"] for letter in chasing] == ["4月月报今天到期"] * 2
    assert len(gateway.numbers) == 2
    assert all("应于5月10日前报送" in text for text in gateway.texts)


def test_who_files_before_the_letter_goes_out_gets_neither(owing: Months, post_office: Book, gateway: Any) -> None:
    owing.at(2018, 5, 10)
    assert chase(DUE) == {"T": 2}
    entry, firm = owing.pairs[0]  # type: ignore[attr-defined]
    owing.file(entry, "2018-04", firm.actor)
    delivery.deliver()
    assert len([letter for letter in post_office.letters if "月报" in letter["Subject"]]) == 1
    assert len(gateway.numbers) == 1
    kept = Delivery.objects.filter(outbox__kind="monitoring.chase_sms", outbox__recipient_id=entry.enterprise_id)
    assert set(kept.values_list("state", flat=True)) == {"dropped"}
    assert OutboxMessage.objects.get(kind="monitoring.chase_sms", recipient_id=entry.enterprise_id).state == "sent"
