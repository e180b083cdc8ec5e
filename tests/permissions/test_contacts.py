"""Phones and e-mail addresses of firms and people on every page of the portal: in full for the firm itself and for the bureau
that handles it, masked for everybody else (B.1 7). Pages, lists, sheets and the API are asked, whatever the table says.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from django.urls import reverse

from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.accounts.models import User
from tests.permissions.test_routes import TABLE, hats_looked_up_once, undone
from tests.permissions.town import Thing, Town

READERS = (
    ("handler", "prefecture"), ("archivist", "prefecture"), ("signer", "province"), ("handler", "sender"),
    ("enterprise_admin", "county"), ("audit_admin", "county"), ("newcomer", "county"), ("visitor", "county"),
)  # fmt: skip
#: Official papers, and files somebody attached: they are as they were made.
PAPERS = {"documents:file", "documents:verify_scan"}
READ = ("text/", "application/json", "application/problem+json", "spreadsheetml")


def others(actor: Actor | None) -> dict[str, str]:
    """What this reader must not find anywhere: numbers and addresses of firms they do not handle, of all other people."""
    found = {}
    for firm in Enterprise.objects.all():
        own = actor is not None and (firm.pk == actor.enterprise_id or firm.bureau_id == actor.bureau_id)
        if not own:
            found |= {text: f"{firm}" for text in (firm.contact_phone, firm.contact_email) if text}
    mine = actor.user_id if actor is not None else None
    people = User.objects.exclude(pk=mine).exclude(phone="")
    return found | {user.phone: f"{user}" for user in people}


def body_of(response: Any) -> str:
    """The text of an answer; of a workbook the text of its cells."""
    content: bytes = b"".join(response.streaming_content) if response.streaming else response.content
    if "spreadsheetml" not in response.headers.get("Content-Type", ""):
        return content.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def addresses(town: Town, actor: Actor | None, things: dict[str, Thing]) -> list[tuple[str, str]]:
    """Every address of the table on the own thing and the foreign one, and tabs the table does not name."""
    found = []
    for row in TABLE:
        thing = things[row["about"]]
        for kwargs in (thing.own, thing.foreign):
            if kwargs is not None and row["get"] and row["route"] not in PAPERS:
                found.append((row["route"], reverse(row["route"], kwargs=kwargs(actor))))
    for dispatch in (town.sent, town.dispatch, town.dispatch_foreign):
        found.append(("tab=table", f"{reverse('reviews:dispatch', args=[dispatch.pk])}?tab=table"))
    return list(dict.fromkeys(found))


def read_by(town: Town, actor: Actor | None, things: dict[str, Thing]) -> tuple[int, list[str]]:
    """How many pages this person reads, and which of them show what they should not."""
    hidden = others(actor)
    assert len(hidden) > 10
    client = town.browser(actor)
    session = client.cookies.get("sessionid")
    seen, read = [], 0
    for route, address in addresses(town, actor, things):
        if session is not None:
            client.cookies["sessionid"] = session.value
        with undone():
            response = client.get(address)
            kind = response.headers.get("Content-Type", "")
            if response.status_code == 200 and any(one in kind for one in READ):
                read += 1
                text = body_of(response)
                seen += [
                    f"{route} {address}: {number} of {whose}" for number, whose in hidden.items() if number in text
                ]
            response.close()
    return read, seen


def test_no_page_shows_contacts_to_those_who_do_not_handle_the_firm(town: Town, hats_looked_up_once: None) -> None:
    things = town.things()
    wrong = []
    for role, at in READERS:
        read, seen = read_by(town, town.asked(role, at), things)
        assert read > 5, role
        wrong += [f"{role} {at}: {line}" for line in seen]
    assert wrong == []


def test_the_handling_bureau_sees_them(town: Town) -> None:
    """So that the test above does not pass because nobody sees anything."""
    firm = town.firms["s"][0]
    actor = town.asked("handler", "county")
    page = town.browser(actor).get(reverse("enterprises:enterprise", args=[firm.pk])).content.decode()
    assert firm.contact_phone in page
    file = town.browser(actor).get(reverse("reviews:file", args=[town.files["s"].pk])).content.decode()
    assert firm.contact_phone in file


__all__ = ["hats_looked_up_once"]
