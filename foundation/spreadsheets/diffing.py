"""What would change: rows as they are against rows as they were sent in (idea 7: import with a diff)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
Key = str | Sequence[str] | Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that differs."""

    key: Any
    column: str
    before: Any
    after: Any


@dataclass(slots=True)
class SheetDiff:
    """`added`/`removed` rows, `changed` cells in the order of the new rows, number of rows that stayed as they were.

    `doubled` are keys that stand twice on one side: those rows are left out of the comparison and shown to a person.
    """

    added: list[Row] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)
    changed: list[CellChange] = field(default_factory=list)
    unchanged: int = 0
    doubled: list[Any] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.doubled)


def diff(before: Iterable[Row], after: Iterable[Row], key: Key, columns: Sequence[str] | None = None) -> SheetDiff:
    """Compare two sets of rows by `key` (column key, several, or a function of the row).

    `columns` limits the comparison; without it the columns present in the new row are compared, so a sheet that does
    not carry a column never changes it. None, "" and () are the same nothing; Decimals compare by value.
    """
    out = SheetDiff()
    old, doubled_old = _by_key(before, key)
    new, doubled_new = _by_key(after, key)
    out.doubled = list(dict.fromkeys([*doubled_old, *doubled_new]))
    for name in out.doubled:
        old.pop(name, None)
        new.pop(name, None)
    for name, row in new.items():
        if name not in old:
            out.added.append(row)
            continue
        changes = [
            CellChange(name, column, old[name].get(column), row.get(column))
            for column in (columns if columns is not None else row)
            if _plain_value(old[name].get(column)) != _plain_value(row.get(column))
        ]
        out.changed.extend(changes)
        out.unchanged += not changes
    out.removed = [row for name, row in old.items() if name not in new]
    return out


def _plain_value(value: Any) -> Any:
    """One form for "nothing", sequences and year dicts, so that equal content compares equal."""
    if value is None or value == "" or value == () or value == []:
        return None
    if isinstance(value, Mapping):
        filled = {name: one for name, one in value.items() if one is not None}
        return filled or None
    return tuple(value) if isinstance(value, list) else value


def _by_key(rows: Iterable[Row], key: Key) -> tuple[dict[Any, Row], list[Any]]:
    found: dict[Any, Row] = {}
    doubled: list[Any] = []
    for row in rows:
        name = _key_of(row, key)
        if name in found:
            doubled.append(name)
        found[name] = row
    return found, doubled


def _key_of(row: Row, key: Key) -> Any:
    if callable(key):
        return key(row)
    if isinstance(key, str):
        return row.get(key)
    return tuple(row.get(part) for part in key)
