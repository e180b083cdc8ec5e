"""Who gets through to which address, and who may do what: both from the tables people review."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

from foundation.accounts.may import rules
from foundation.accounts.roles import ADMIN_ROLES, CASE_ROLES, ENTERPRISE_ROLES, Role
from portal.documentation.text import NOTE, ROOT, first, line, page

TABLES = ROOT / "tests" / "permissions"
OTHERS = ("admin", "")
"""Namespaces of addresses that are not a room's own: the read-only administration."""


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the portal."""

    name: str
    address: str
    public: bool
    meaning: str

    @property
    def room(self) -> str:
        """The room's label, '' for what belongs to none."""
        return self.name.partition(":")[0] if ":" in self.name else ""


def routes() -> list[Route]:
    """Every named address of the rooms, in the order in which the resolver tries them."""
    return [route for route in _walk(get_resolver().url_patterns, "/", "") if route.room not in OTHERS]


def _walk(patterns: Iterable[URLPattern | URLResolver], address: str, namespace: str) -> Iterator[Route]:
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from _walk(one.url_patterns, address + str(one.pattern), inner)
            continue
        doc = (one.callback.__doc__ or "").strip().split("\n\n")[0]
        yield Route(
            name=f"{namespace}{one.name or ''}",
            address=address + str(one.pattern),
            public=not getattr(one.callback, "login_required", True),
            meaning=" ".join(doc.split()),
        )


#: Columns of the page: heading, roles that stand together.
_WHO: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("visitor", ("visitor",)),
    ("newcomer", ("newcomer",)),
    ("member", (Role.ENTERPRISE_MEMBER,)),
    ("firm admin", (Role.ENTERPRISE_ADMIN,)),
    *((Role(role).label, (role,)) for role in Role if role in CASE_ROLES),
    ("档案", (Role.ARCHIVIST,)),
    ("岗位管理", (Role.POST_MANAGER,)),
    ("system", (Role.SYSTEM_ADMIN,)),
    ("audit", (Role.AUDIT_ADMIN,)),
    ("security", (Role.SECURITY_ADMIN,)),
)
_DESK = (*sorted(CASE_ROLES), Role.ARCHIVIST)
_GROUPS: dict[str, tuple[str, ...]] = {
    "firm": tuple(ENTERPRISE_ROLES),
    "case": tuple(CASE_ROLES),
    "desk": _DESK,
    "officials": (*_DESK, Role.POST_MANAGER),
    "admins": tuple(ADMIN_ROLES),
}


def _rows(path: Path) -> list[dict[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if line.strip() and not line.startswith("#")))


def _statuses(cell: str) -> dict[str, str]:
    """``desk=200 *=403`` as role → status; ``*`` for those not named."""
    found: dict[str, str] = {}
    waiting: list[str] = []
    for word in cell.split():
        name, _, status = word.partition("=")
        waiting += _GROUPS.get(name, (name,))
        if status:
            found |= dict.fromkeys(waiting, status)
            waiting = []
    return found


def _sign(statuses: dict[str, str], role: str) -> str:
    default = "" if role == "visitor" else statuses.get("*", "")
    status = statuses.get(role, default)
    if status.startswith("2"):
        return "●"
    return {"302": "→", "400": "○", "409": "○", "422": "○"}.get(status, "")


def routes_page() -> str:
    """docs/generated/routes.md: who gets through to which address, as the reviewed table says and the tests ask."""
    known = {route.name: route for route in routes()}
    lines = [
        "# Addresses and roles",
        "",
        NOTE,
        "",
        "From `tests/permissions/routes.csv`, which is reviewed by people and asked address by address. ● opens · → acts, or leads"
        " on · ○ open, but the empty form of the test is sent back · nothing: refused (an act listed in no column is refused there"
        " because nothing was named in the form). Visitors without a sign are led to the sign-in page. On the other province's"
        " things every one of them is refused where the table says so.",
    ]
    room = ""
    for row in _rows(TABLES / "routes.csv"):
        route = known[row["route"]]
        if route.room != room:
            room = route.room
            lines += [
                "",
                f"## {room}",
                "",
                line(["address", "what", "asked as", "method", *(name for name, _ in _WHO)]),
            ]
            lines.append(line(["---"] * (4 + len(_WHO))))
        for method in ("GET", "POST"):
            if cell := row[method.lower()]:
                signs = [_sign(_statuses(cell), who[0]) for _, who in _WHO]
                lines.append(line([f"`{route.address}`", first(route.meaning), row["at"], method, *signs]))
    return page(lines)


def permissions_page() -> str:
    """docs/generated/permissions.md: the reviewed lines with the Chinese names of acts and roles."""
    lines = ["# Who may do what", "", NOTE, "", "From `tests/permissions/expected/`; what is not listed is refused."]
    for path in sorted((TABLES / "expected").glob("*.csv")):
        lines += ["", f"## {path.stem}", "", line(["act", "", "roles", "relation", "states"]), line(["---"] * 5)]
        for row in _rows(path):
            roles = "、".join(_role(word) for word in row["roles"].split())
            lines.append(
                line([f"`{row['action']}`", rules[row["action"]].label, roles, row["relation"], row["states"]])
            )
    return page(lines)


def _role(word: str) -> str:
    words = {"firm": "企业", "case": "经办、审核、签发", "desk": "经办、审核、签发、档案", "officials": "各岗位"}
    words |= {"admins": "三类管理员", "everyone": "所有人", "newcomer": "有账号尚无身份"}
    return words.get(word) or Role(word).label
