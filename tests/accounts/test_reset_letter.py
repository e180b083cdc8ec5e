"""From the button to the letter and back: the code reaches the mailbox and no table (with every room present)."""

from __future__ import annotations

import re

from django.apps import apps
from django.core import mail
from django.db import connection

from foundation.accounts.models import User
from foundation.notifications.delivery import deliver
from tests.accounts.world import World


def everything_stored() -> str:
    """All rows of all tables as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def test_the_letter_carries_the_code_and_the_database_never_does(db, client):
    assert apps.is_installed("foundation.notifications")
    person = World().person("limin", phone="13812345678", email="limin@example.com")
    client.post("/accounts/reset/", {"identity": "limin"})
    deliver()
    (letter,) = mail.outbox
    assert letter.to == ["limin@example.com"]
    code = re.search(r"验证码：(\d{6})", letter.body).group(1)
    assert "10 分钟内有效" in letter.body
    assert not re.search(rf"(?<!\d){code}(?!\d)", everything_stored()), "neither before nor after delivery"
    client.post("/accounts/reset/code/", {"code": code, "new": "brand-new-8-words", "again": "brand-new-8-words"})
    assert User.objects.get(pk=person.pk).check_password("brand-new-8-words")
