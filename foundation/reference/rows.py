"""Reads the founding data files. No ORM: rules and tests can use these rows without a database."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from decimal import Decimal
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


def read(name: str) -> list[dict[str, str]]:
    """All rows of one CSV of the data folder, values stripped; ``name`` without the suffix."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return [{key: (value or "").strip() for key, value in row.items()} for row in csv.DictReader(handle)]


def digest(*names: str) -> str:
    """SHA-256 over the bytes of the named files: the loader's sign that nothing changed."""
    total = hashlib.sha256()
    for name in names:
        total.update(name.encode())
        total.update((DATA / f"{name}.csv").read_bytes())
    return total.hexdigest()


def day(text: str) -> dt.date | None:
    """An ISO day, or None for an empty cell."""
    return dt.date.fromisoformat(text) if text else None


def number(text: str) -> Decimal | None:
    """A figure, or None for an empty cell (missing is not zero)."""
    return Decimal(text) if text else None


@cache
def provenance() -> dict[str, dict[str, str]]:
    """Where each data set comes from, by its name."""
    return {row["dataset"]: row for row in read("sources")}
