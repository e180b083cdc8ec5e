"""Which group of the size standard an industry code falls into. No ORM.

A class (四位) says its group itself. A higher level has the group all its classes share. Where they differ
(59 装卸搬运和仓储业, 70 房地产业) a finer code is needed; where none has one (金融, 教育, 铁路) the industry is
outside the standard (policy c).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

GIVEN, FINER, OUTSIDE = "given", "finer", "outside"


def coverage(rows: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, str]]:
    """For every code ``(group, state)``; the group is empty unless the state is ``given``."""
    rows = list(rows)
    children: dict[str, list[str]] = defaultdict(list)
    own = {}
    for row in rows:
        own[row["code"]] = row["sme_size_group"]
        if row["parent"]:
            children[row["parent"]].append(row["code"])

    def leaves(code: str) -> set[str]:
        below = children.get(code)
        if not below:
            return {own[code]}
        return set().union(*(leaves(child) for child in below))

    answer: dict[str, tuple[str, str]] = {}
    for code in own:
        found = leaves(code)
        if len(found) > 1:
            answer[code] = ("", FINER)
        else:
            group = found.pop()
            answer[code] = (group, GIVEN if group else OUTSIDE)
    return answer
