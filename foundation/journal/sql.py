"""The database itself refuses to change or delete what was written (GB/T 22239 audit protection, policy.md h).

A trigger per table stops UPDATE and DELETE by whatever road. TRUNCATE is not covered, since the test databases are
emptied with it; in an installation the application's database role has no right to it, and the day heads outside the
database show a cut tail.
"""

from __future__ import annotations

TABLES = ("journal_decision", "journal_journalentry", "journal_chainlink", "journal_dayhead")
"""Tables whose rows are written once."""

FUNCTION = """
CREATE OR REPLACE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '留痕只增不改：% 不允许 %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$
"""


def create_statements() -> list[str]:
    """The function and one trigger per table; may be run again."""
    statements = [FUNCTION]
    for table in TABLES:
        statements.append(f"DROP TRIGGER IF EXISTS append_only ON {table}")
        statements.append(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION journal_append_only()"
        )
    return statements


def drop_statements() -> list[str]:
    """Takes the triggers away again (reverse of the migration)."""
    return [
        *(f"DROP TRIGGER IF EXISTS append_only ON {table}" for table in TABLES),
        "DROP FUNCTION IF EXISTS journal_append_only()",
    ]
