"""The reviewed table: read here, made by nobody's code (README.md explains its words)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ACCOUNTS_TABLE = HERE.parent / "accounts" / "permission_table.csv"

FIRM = ("enterprise_member", "enterprise_admin")
CASE = ("handler", "reviewer", "signer")
DESK = (*CASE, "archivist")
OFFICIALS = (*DESK, "post_manager")
ADMINS = ("system_admin", "audit_admin", "security_admin")
EVERYONE = (*FIRM, *OFFICIALS, *ADMINS, "newcomer", "visitor")
ROLES = (*EVERYONE, "system")
GROUPS = {
    "firm": FIRM,
    "case": CASE,
    "desk": DESK,
    "officials": OFFICIALS,
    "admins": ADMINS,
    "everyone": EVERYONE,
} | {role: (role,) for role in ROLES}


def roles(words: str) -> list[str]:
    """Roles of a cell, groups taken apart; an unknown word is an error."""
    return [role for word in words.split() for role in GROUPS[word]]


def rows(path: Path) -> list[dict[str, str]]:
    """Lines of a table without its comments."""
    text = path.read_text(encoding="utf-8").splitlines()
    found = list(csv.DictReader(line for line in text if line.strip() and not line.startswith("#")))
    assert all(None not in row and None not in row.values() for row in found), (
        f"{path.name}: a line with too many cells"
    )
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """One line: these roles may, in these relations, in these states."""

    action: str
    subject: str
    roles: tuple[str, ...]
    relations: tuple[str, ...]
    states: str
    source: str

    def covers(self, role: str, relation: str, state: str) -> bool:
        """Whether this combination is allowed by the line."""
        if role not in self.roles or not {"any", relation} & set(self.relations):
            return False
        words = self.states.split()
        if words[0] == "except":
            return state not in words[1:]
        return words == ["any"] or state in words

    @property
    def named_states(self) -> set[str]:
        """States the line speaks of."""
        return set(self.states.split()) - {"any", "except"}


def lines() -> list[Line]:
    """All lines of all rooms."""
    return list(_lines())


def _lines() -> Iterator[Line]:
    for path in sorted((HERE / "expected").glob("*.csv")):
        for row in rows(path):
            yield Line(
                row["action"],
                row["subject"],
                tuple(roles(row["roles"])),
                tuple(row["relation"].split()),
                row["states"],
                path.name,
            )


def account_actions() -> set[str]:
    """Actions the accounts room's own table answers for."""
    return {row["action"] for row in rows(ACCOUNTS_TABLE)}
