"""How long the pages take that officers open all day, with many files. Prints a table; fails when one is out of bounds."""

from __future__ import annotations

import statistics
import time

import pytest
from django.test import Client

from tests.harness.queries import Queries

#: Milliseconds a page may take at the median: the limit after which people say "it hangs".
LIMIT_MS = 600
ROUNDS = 12
#: Role of the demo account -> addresses.
PAGES = {
    "county": ["/", "/reviews/queue/", "/reviews/queue/?q=B00001", "/enterprises/list/", "/reviews/dispatches/"],
    "prefecture": ["/", "/reviews/queue/", "/reviews/dispatches/", "/enterprises/list/"],
    "province": ["/", "/reviews/queue/", "/reviews/dispatches/", "/enterprises/list/", "/cultivation/notices/"],
}


def _measure(client: Client, address: str) -> tuple[float, float, int, int]:
    """Median and worst milliseconds, queries and kilobytes of one page."""
    for _ in range(2):
        answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    with Queries().record() as captured:
        client.get(address)
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = client.get(address)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken), max(taken), len(captured), len(answer.content) // 1024


@pytest.mark.django_db
def test_pages_at_scale(big_rehearsal: int) -> None:
    from portal.rehearsal.accounts import featured

    slow = []
    print(f"\n{big_rehearsal} files; milliseconds, {ROUNDS} rounds\n")
    print("| who | page | median | worst | queries | KB |\n|---|---|---|---|---|---|")
    for level, addresses in PAGES.items():
        accounts = [
            one for one in featured() if one.hats and (one.hats[0].level, one.hats[0].role) == (level, "handler")
        ]
        assert accounts, f"no demo account of a 经办 of the level {level}"
        client = Client()
        client.force_login(accounts[0].user)
        for address in addresses:
            median, worst, queries, size = _measure(client, address)
            print(f"| {level} | `{address}` | {median:.0f} | {worst:.0f} | {queries} | {size} |")
            if median > LIMIT_MS:
                slow.append(f"{level} {address}: {median:.0f} ms")
    assert slow == []
