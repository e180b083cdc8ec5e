"""What a workbook says about itself: which sheet, version, programme and round it was made for.

Kept twice, on a hidden tab and as defined names, since office programs that re-save a workbook may drop one of them.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Name of the hidden tab and its marker in A1.
META_TAB = "_tidu"
MARKER = "tidu-sheet"
NAME_PREFIX = "tidu_"


@dataclass(frozen=True, slots=True)
class WorkbookMeta:
    """Identity of a workbook made by the portal; `mode` is how years are laid out on the first tab."""

    code: str
    version: str
    programme: str = ""
    round: str = ""
    mode: str = "cell"

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Name and value, in the order in which they stand on the hidden tab."""
        return (
            ("code", self.code),
            ("version", self.version),
            ("programme", self.programme),
            ("round", self.round),
            ("mode", self.mode),
        )

    @classmethod
    def from_pairs(cls, pairs: dict[str, str]) -> WorkbookMeta | None:
        """The identity found in a workbook; None where the essential parts are missing."""
        if not pairs.get("code") or not pairs.get("version"):
            return None
        return cls(**{name: pairs[name] for name in ("code", "version", "programme", "round", "mode") if name in pairs})
