"""A database guard for rows that may not change: a trigger declared in ``Meta.constraints``.

As a constraint it is written into migrations by ``makemigrations`` like any other and cannot be forgotten there.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import BaseConstraint, Model

_FUNCTION = """
CREATE OR REPLACE FUNCTION tidu_frozen_row() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    free text[] := string_to_array(TG_ARGV[0], ',');
    once text[] := string_to_array(TG_ARGV[1], ',');
    before jsonb := to_jsonb(OLD);
    after jsonb;
    name text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
            MESSAGE = 'row of ' || TG_TABLE_NAME || ' is frozen and cannot be deleted';
    END IF;
    after := to_jsonb(NEW);
    IF (before - free - once) <> (after - free - once) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
            MESSAGE = 'row of ' || TG_TABLE_NAME || ' is frozen';
    END IF;
    FOREACH name IN ARRAY once LOOP
        IF before -> name NOT IN ('null'::jsonb, '""'::jsonb) AND before -> name <> after -> name THEN
            RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
                MESSAGE = TG_TABLE_NAME || '.' || name || ' is written once';
        END IF;
    END LOOP;
    RETURN NEW;
END $body$;
"""


class FrozenRow(BaseConstraint):
    """Rows are never deleted; columns in `free` may change, columns in `once` only from empty to a value, others never.

    Names are column names. Enforced by PostgreSQL for every writer; ``validate`` has nothing to add.
    """

    def __init__(
        self,
        *,
        name: str,
        free: tuple[str, ...] = (),
        once: tuple[str, ...] = (),
        violation_error_code: str | None = None,
        violation_error_message: str | None = None,
    ) -> None:
        self.free, self.once = tuple(free), tuple(once)
        super().__init__(
            name=name, violation_error_code=violation_error_code, violation_error_message=violation_error_message
        )

    def constraint_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str | None:  # type: ignore[override]
        """With the table: nothing inside CREATE TABLE, the trigger after it."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return None

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        """The trigger, and the one function all such triggers share."""
        table, name = schema_editor.quote_name(model._meta.db_table), schema_editor.quote_name(self.name)
        return (
            f"{_FUNCTION}CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION tidu_frozen_row('{','.join(self.free)}', '{','.join(self.once)}')"
        )

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        """Drops the trigger; the function stays for others."""
        table, name = schema_editor.quote_name(model._meta.db_table), schema_editor.quote_name(self.name)
        return f"DROP TRIGGER IF EXISTS {name} ON {table}"

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to say about a single form: the database compares old and new."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """For migrations."""
        path, args, kwargs = super().deconstruct()
        return path, tuple(args), kwargs | {"free": self.free, "once": self.once}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrozenRow):
            return NotImplemented
        return (self.name, self.free, self.once) == (other.name, other.free, other.once)

    __hash__ = None  # type: ignore[assignment]
