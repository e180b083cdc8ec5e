"""Rows of several tables in one statement: what a page of one file needs lies in ten small tables, and each trip costs.

The statement is written once per process from the models' own columns; what comes back are ordinary model instances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, models


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table: ``where`` and ``order`` are SQL over its columns (``t``), with parameters ``%(name)s``; columns to
    ``leave_out`` are read when somebody asks for them.
    """

    model: type[models.Model]
    where: str
    order: str = "t.id"
    limit: int | None = None
    leave_out: tuple[str, ...] = ()

    @property
    def fields(self) -> list[Any]:
        """The model's columns that are read."""
        return [field for field in self.model._meta.concrete_fields if field.attname not in self.leave_out]


class Together:
    """Named lists of rows, read by one statement. Declared at module level, ``fetch``ed with the parameters of all parts."""

    def __init__(self, **parts: Rows) -> None:
        self._parts = parts
        self._sql = ""
        self._readers: dict[str, Callable[[list[Any]], models.Model]] = {}

    def fetch(self, **params: Any) -> dict[str, list[Any]]:
        """Instances by name of the part, each list in its order."""
        if not self._sql:
            self._readers = {name: _reader(part) for name, part in self._parts.items()}
            self._sql = "SELECT " + ", ".join(_select(part) for part in self._parts.values())
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            found = cursor.fetchone()
        return {
            name: [read(row) for row in rows or ()]
            for (name, read), rows in zip(self._readers.items(), found, strict=True)
        }


def _select(part: Rows) -> str:
    """One column of the statement: the part's rows as a JSON array of arrays; decimals travel as text and stay exact."""
    columns = ", ".join(
        f't."{field.column}"' + ("::text" if isinstance(field, models.DecimalField) else "") for field in part.fields
    )
    limit = f" LIMIT {part.limit}" if part.limit else ""
    inner = f'SELECT t.* FROM "{part.model._meta.db_table}" t WHERE {part.where} ORDER BY {part.order}{limit}'  # noqa: S608 - declared text
    return f"(SELECT json_agg(json_build_array({columns})) FROM ({inner}) t)"  # noqa: S608


def _reader(part: Rows) -> Callable[[list[Any]], models.Model]:
    fields, model = part.fields, part.model
    names = [field.attname for field in fields]
    texts = (models.DateField, models.TimeField, models.DecimalField, models.DurationField, models.UUIDField)
    typed = [(place, field.to_python) for place, field in enumerate(fields) if isinstance(field, texts)]

    def read(row: list[Any]) -> models.Model:
        for place, to_python in typed:
            if row[place] is not None:
                row[place] = to_python(row[place])
        return model.from_db(connection.alias, names, row)

    return read
