"""``manage.py demo_accounts``: who may be put on in the rehearsal, role by role."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.core.management.base import BaseCommand

from foundation.core.clock import one_installation_per_unit_of_work
from portal.rehearsal.accounts import featured
from portal.rehearsal.people import PASSWORD


class Command(BaseCommand):
    """Prints a table; nothing outside a rehearsal."""

    help = "Print the demo accounts of a rehearsal database."

    def handle(self, *args: Any, **options: Any) -> None:
        with one_installation_per_unit_of_work():
            found = featured()
        if not found:
            self.stdout.write("本库不是演练库，没有演示账号。")
            return
        rows = [(account.user.username, account.user.name, account.label) for account in found]
        widths = [max(width(row[column]) for row in rows) for column in range(2)]
        self.stdout.write(f"演示账号（密码都是 {PASSWORD}；登录页可一键登录）：")
        for row in rows:
            self.stdout.write("  " + "  ".join([pad(row[0], widths[0]), pad(row[1], widths[1]), row[2]]))


def width(text: str) -> int:
    """Columns of a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def pad(text: str, columns: int) -> str:
    """The text filled up with blanks."""
    return text + " " * (columns - width(text))
