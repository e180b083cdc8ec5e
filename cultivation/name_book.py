"""Finding a firm by a name somebody typed: normal form, names it bore before, and likeness. Pure; no database.

Likeness is asked only of names that share two-character pieces of the distinctive part, so that a list of thousands meets a
register of a hundred thousand in seconds.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from foundation.core.text import normalise_name

SIMILAR = 0.7
"""From this likeness of two names on, a person is asked."""
MOST = 5
_CLOSEST = 30
_COMMON = 400
"""A piece that stands in more names than this says nothing."""
_FORM = re.compile(r"(股份)?(有限)?(责任)?公司$|集团$|厂$|合作社$|（[^（）]*）")
_PLACE = re.compile(r"^(\w{2,8}?(省|自治区))?(\w{2,6}?(市|自治州|州))?(\w{1,6}?[县区])?")


@dataclass(frozen=True, slots=True)
class Known:
    """One name of a firm; ``former`` when it bears another today."""

    firm: int
    name: str
    former: bool = False


@dataclass(frozen=True, slots=True)
class Likely:
    """A firm a row may speak of: 1 = the same name, 0.99 = a former name, below = alike."""

    firm: int
    name: str
    likeness: float
    former: bool


def core_of(name: str) -> str:
    """The distinctive part: without place in front and legal form behind; the whole name when nothing would remain."""
    bare = _FORM.sub("", name)
    cut = _PLACE.sub("", bare)
    return cut if len(cut) >= 2 else bare if len(bare) >= 2 else name


def _pieces(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


class NameBook:
    """All names of the firms that may be meant, indexed once."""

    def __init__(self, names: Iterable[Known]) -> None:
        self._names = list(names)
        self._same: dict[str, list[int]] = defaultdict(list)
        for place, known in enumerate(self._names):
            self._same[known.name.lower()].append(place)
        self._index: dict[str, list[int]] | None = None

    def find(self, name: str) -> list[Likely]:
        """The most likely firms, best first, each once. The same name ends the search: alike names are not offered beside it."""
        wanted = normalise_name(name).lower()
        if not wanted:
            return []
        found = [
            Likely(known.firm, known.name, 0.99 if known.former else 1.0, known.former)
            for known in (self._names[place] for place in self._same.get(wanted, ()))
        ]
        if not found:
            found = self._alike(wanted)
        best: dict[int, Likely] = {}
        for one in sorted(found, key=lambda one: (-one.likeness, one.firm)):
            best.setdefault(one.firm, one)
        return list(best.values())[:MOST]

    def _alike(self, wanted: str) -> list[Likely]:
        index = self._pieces_of_all()
        shared: Counter[int] = Counter()
        for piece in _pieces(core_of(wanted)):
            places = index.get(piece, [])
            if len(places) <= _COMMON:
                shared.update(places)
        matcher = SequenceMatcher(None, "", wanted, autojunk=False)
        found = []
        for place, _ in shared.most_common(_CLOSEST):
            known = self._names[place]
            matcher.set_seq1(known.name.lower())
            likeness = matcher.ratio()
            if likeness >= SIMILAR:
                found.append(Likely(known.firm, known.name, round(min(likeness, 0.98), 3), known.former))
        return found

    def _pieces_of_all(self) -> dict[str, list[int]]:
        if self._index is None:
            self._index = defaultdict(list)
            for place, known in enumerate(self._names):
                for piece in _pieces(core_of(known.name.lower())):
                    self._index[piece].append(place)
        return self._index
