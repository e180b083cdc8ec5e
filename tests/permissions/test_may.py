"""``may()`` against the reviewed table, exactly: every rule × every role × every relation × every state, in both directions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from foundation.accounts.may import may, rules
from foundation.accounts.roles import Role
from tests.permissions.cast import SUBJECTS, Cast, Subject
from tests.permissions.outer import outer_transaction
from tests.permissions.table import ROLES, Line, account_actions, lines

TABLE = lines()
BY_SUBJECT: dict[str, set[str]] = defaultdict(set)
for _line in TABLE:
    BY_SUBJECT[_line.subject].add(_line.action)

Found = dict[tuple[str, str, str, str], dict[bool, str]]


@pytest.fixture(scope="module")
def country(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    """Built once; every test runs in a savepoint of it."""
    with django_db_blocker.unblock(), outer_transaction():
        yield Cast()


@pytest.fixture
def cast(country: Cast, db: None) -> Cast:
    return country


def _ask(cast: Cast, subject: str) -> tuple[Found, list[str]]:
    """Answers per action, role, relation and state, each with somebody who got it; and reasons nobody would understand."""
    found: Found = defaultdict(dict)
    dark: list[str] = []
    cases: list[Subject] = list(SUBJECTS[subject](cast))
    for action in sorted(BY_SUBJECT[subject]):
        for case in cases:
            for person in cast.people:
                verdict = may(person.actor, action, case.obj)
                key = (action, person.role, case.relation(person), case.state)
                found[key][verdict.allowed] = str(person)
                if not verdict.allowed and not _understandable(verdict.reason):
                    dark.append(f"{person} {action} {case.state}: {verdict.reason!r}")
    return found, dark


def _understandable(reason: str) -> bool:
    """A Chinese sentence without leftovers of a template or of Python."""
    chinese = re.search(r"[一-鿿]{2}", reason)
    return bool(chinese) and reason.endswith("。") and not re.search(r"[{}<>%]|None|“”|[a-z]+_[a-z]+", reason)


def _expected(action: str, subject: str, role: str, relation: str, state: str) -> bool:
    return any(
        line.covers(role, relation, state) for line in TABLE if line.action == action and line.subject == subject
    )


@pytest.mark.parametrize("subject", sorted(SUBJECTS))
def test_may_equals_the_table_exactly(cast: Cast, subject: str) -> None:
    found, dark = _ask(cast, subject)
    assert found, f"nothing is asked about {subject}"
    wrong = []
    for (action, role, relation, state), answers in found.items():
        expected = _expected(action, subject, role, relation, state)
        if answers.keys() != {expected}:
            wrong.append(
                f"{action}: {role} {relation} {state} — table {'allows' if expected else 'refuses'}, may() answers {answers}"
            )
    assert not wrong, "\n".join(wrong)
    assert not dark, "every refusal is a sentence the person understands:\n" + "\n".join(dark)
    assert _unused(TABLE, subject, found) == []


def _unused(table: list[Line], subject: str, found: Found) -> list[str]:
    """Words of the table that describe nothing that is asked: a relation misspelled, a state that does not exist."""
    unused = []
    states = {state for _, _, _, state in found}
    for line in table:
        if line.subject != subject:
            continue
        met = {(role, relation) for action, role, relation, _ in found if action == line.action}
        unused += [
            f"{line.source}: {line.action} {role} {relation}"
            for relation in line.relations
            for role in line.roles
            if relation != "any" and role in line.roles and not _met(met, line, relation)
        ]
        unused += [f"{line.source}: {line.action} {state}" for state in sorted(line.named_states - states)]
    return sorted(set(unused))


def _met(met: set[tuple[str, str]], line: Line, relation: str) -> bool:
    return any((role, relation) in met for role in line.roles)


def test_every_rule_is_in_the_table_and_every_line_is_a_rule() -> None:
    ours, accounts = {line.action for line in TABLE}, account_actions()
    assert ours & accounts == set(), "one table per action"
    assert ours | accounts == {name for name, _ in rules.items()}


def test_every_action_is_asked_about_one_subject() -> None:
    """Some acts are also asked without an object, for the page itself; never about two kinds of object."""
    kinds = defaultdict(set)
    for line in TABLE:
        kinds[line.action].add(line.subject)
    assert {action: found for action, found in kinds.items() if len(found - {"-"}) > 1} == {}
    assert {line.subject for line in TABLE} == set(SUBJECTS)


def test_every_role_is_used() -> None:
    assert {role.value for role in Role} == set(ROLES) - {"newcomer"}
    assert {role for line in TABLE for role in line.roles} == set(ROLES)


def test_no_line_is_said_twice() -> None:
    said: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for line in TABLE:
        words = line.states.split()
        for role in line.roles:
            for relation in line.relations:
                key = (line.action, line.subject, role, relation)
                said[key] += words if words[0] != "except" else [line.states]
    assert {key: states for key, states in said.items() if len(states) > len(set(states))} == {}


def test_an_unlisted_pair_is_refused_by_the_reader_of_the_table() -> None:
    line = Line("x.y", "file", ("handler",), ("own",), "except draft", "x.csv")
    assert line.covers("handler", "own", "sent")
    assert not line.covers("handler", "own", "draft")
    assert not line.covers("handler", "aside", "sent")
    assert not line.covers("signer", "own", "sent")
