"""The summary table as data: columns in order, the facts they show, windows of years relative to the round."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cultivation.schema.base import Code, Line, RequirementId, Strict
from cultivation.schema.criteria import FactName

Window = tuple[int, int]


class FactColumn(Strict):
    """A fact of the firm or of the file as it stands."""

    kind: Literal["fact"]
    code: Code
    header: Line
    fact: FactName
    type: Literal["text", "int", "list", "phone"]
    year_offset: int | None = None
    width: int = Field(ge=4, le=60)
    requirements: list[RequirementId] = []


class YearsColumn(Strict):
    """Several yearly values; in one cell (``values``, joined) or summed (``total``), years named in the head."""

    kind: Literal["years"]
    code: Code
    header: Line
    fact: FactName
    unit: Line
    window: Window
    display: Literal["values", "total"]
    joiner: str = " / "
    decimals: int = Field(default=2, ge=0, le=4)
    width: int = Field(ge=4, le=60)
    requirements: list[RequirementId] = []


class WindowCountColumn(Strict):
    """A count over a window of years, e.g. invention patents granted in the last five."""

    kind: Literal["window_count"]
    code: Code
    header: Line
    fact: FactName
    unit: Line
    window: Window
    width: int = Field(ge=4, le=60)
    requirements: list[RequirementId] = []


class ResultColumn(Strict):
    """The answer of the eligibility check or the tier's name, for a sheet of our own making."""

    kind: Literal["result"]
    code: Code
    header: Line
    show: Literal["tier", "outcome"]
    width: int = Field(ge=4, le=60)
    requirements: list[RequirementId] = []


Column = Annotated[FactColumn | YearsColumn | WindowCountColumn | ResultColumn, Field(discriminator="kind")]


class HeadCell(Strict):
    """A labelled line above the table."""

    label: Line
    source: Literal["prefecture", "bureau", "round"]


class FootCell(Strict):
    """A labelled place below the table, prefilled from the person who prints, editable (HN-32)."""

    label: Line
    source: Literal["reporter_name", "reporter_phone"]


class Sheet(Strict):
    """A summary table: what is printed, in which order, on which paper."""

    code: Code
    title: Line
    own_making: bool
    clause: Line
    head: list[HeadCell]
    columns: list[Column] = Field(min_length=1)
    note: str = ""
    foot: list[FootCell]
    years_in_head: Line
    missing: str = "—"
    paper: Literal["A4 landscape", "A4 portrait"]
    split_tab: str = ""
    requirements: list[RequirementId] = []
