"""Thousands of files out of the demo's, set by set: INSERT … SELECT with every column of the table, a few of them replaced."""

from __future__ import annotations

from typing import Any

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
#: Eight signs of the code's own alphabet that number a firm; the check character does not matter to the database.
_CODE = "'91430211DX' || " + " || ".join(
    f"substr('{_SIGNS}', ((n / {len(_SIGNS) ** power}) % {len(_SIGNS)} + 1)::int, 1)" for power in reversed(range(8))
)


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def _copy(cursor: Any, table: str, source: str, numbers: str, **replaced: str) -> None:
    names = _columns(cursor, table)
    quoted = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(replaced.get(name, f's."{name}"') for name in names)
    cursor.execute(f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table} s CROSS JOIN {numbers} WHERE {source}")


def grow(cursor: Any, bureau: str, files: int) -> int:
    """Copy one submitted, checked and judged file of a bureau, with its firm, until the bureau has ``files``; returns how many were made.

    Of ten copies six wait, one was prepared by 经办, one is returned, one recommended, one refused.
    """
    cursor.execute(
        "SELECT a.id, a.enterprise_id, b.id FROM reviews_application a JOIN accounts_bureau b ON b.id = a.bureau_id"
        " WHERE b.short_name = %s AND a.state = 'submitted' AND EXISTS"
        " (SELECT 1 FROM reviews_opinionrecord o WHERE o.application_id = a.id) ORDER BY a.id LIMIT 1",
        [bureau],
    )
    file, firm, bureau_id = cursor.fetchone()
    cursor.execute("SELECT count(*) FROM reviews_application WHERE bureau_id = %s", [bureau_id])
    wanted = max(0, files - cursor.fetchone()[0])
    cursor.execute("SELECT (SELECT max(id) FROM enterprises_enterprise), (SELECT max(id) FROM reviews_application)")
    top_firm, top_file = cursor.fetchone()
    numbers = f"generate_series(1, {wanted}) n"
    firm_id, file_id = f"{top_firm} + n", f"{top_file} + n"
    state = "CASE WHEN n % 10 = 7 THEN 'returned' WHEN n % 10 = 8 THEN 'recommended' WHEN n % 10 = 9 THEN 'refused' ELSE 'submitted' END"
    code = f"({_CODE})".replace("n /", f"({top_file} + n)::bigint /")
    _copy(
        cursor, "enterprises_enterprise", f"s.id = {firm}", numbers, id=firm_id, uscc=code,
        name="s.name || n", name_normal="s.name_normal || n", legal_representative="s.legal_representative || n / 2",
    )  # fmt: skip
    path_id = "nextval('enterprises_enterprisepath_id_seq')"
    _copy(cursor, "enterprises_enterprisepath", f"s.enterprise_id = {firm}", numbers, id=path_id, enterprise_id=firm_id)
    _copy(
        cursor, "reviews_application", f"s.id = {file}", numbers, id=file_id, enterprise_id=firm_id, state=state,
        number=f"'B' || lpad(({top_file} + n)::text, 8, '0')", enterprise_name="s.enterprise_name || n",
        submitted_at="s.submitted_at + n * interval '7 seconds'",
    )  # fmt: skip
    for table in ("reviews_submission", "reviews_opinionrecord", "reviews_checkrecord", "reviews_explanation"):
        part = "s.application_id = {} AND ({})".format(file, "true" if table == "reviews_submission" else "n % 3 > 0")
        _copy(cursor, table, part, numbers, id=f"nextval('{table}_id_seq')", application_id=file_id)
    cursor.execute(
        "INSERT INTO reviews_endorsement"
        " (subject_kind, subject_id, bureau_id, act, hand, user_id, name, opinion, at, decision_id, cancelled)"
        f" SELECT 'application', {file_id}, {bureau_id}, 'recommend', 'prepare', 0, '演示', '', now(), NULL, false"
        f" FROM {numbers} WHERE n % 10 = 6"
    )
    for table in ("enterprises_enterprise", "reviews_application"):
        cursor.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    cursor.execute("ANALYZE")
    return wanted
