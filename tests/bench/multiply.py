"""A province out of the demo, set by set: INSERT … SELECT with every column of a table, a few of them replaced.

Firms spread over all counties of the province of the demo, with names a search must tell apart; entries of the roster for them, a
part of them over; files of one county, far more than a county has, so that a scan would show.
"""

from __future__ import annotations

import time
from typing import Any

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
#: Characters of made-up trade names and their initials; five of them in a row number 3.2 million names.
_NAMES = "华盛宏远金鼎恒泰瑞丰联创精锐天成中科南方兴达"
_INITIALS = "hshyjdhtrflcjrtczknfxd"
_WORKS = [
    "硬质合金",
    "精密铸造",
    "轨道交通",
    "陶瓷材料",
    "数控机床",
    "生物医药",
    "农业机械",
    "电子器件",
    "环保设备",
    "食品加工",
]
_WORK_INITIALS = ["yzhj", "jmzz", "gdjt", "tccl", "skjc", "swyy", "nyjx", "dzqj", "hbsb", "spjg"]
#: The first firms of every growth bear the rare word that the search looks for: a page full of hits whatever the size.
RARE, RARE_WORD = 60, "梯级"


def _sign(text: str, number: str) -> str:
    return f"substr('{text}', (({number}) % {len(text)} + 1)::int, 1)"


def _code(number: str) -> str:
    """Eight signs of the code's own alphabet that number a firm; the check character does not matter to the database."""
    return "'91430211DX' || " + " || ".join(
        _sign(_SIGNS, f"({number})::bigint / {len(_SIGNS) ** power}") for power in reversed(range(8))
    )


def _name(number: str, alphabet: str, works: list[str], rare: str) -> str:
    """Five characters from the number, the trade, and among the first ``RARE`` of a growth the rare word."""
    listed = ", ".join(f"'{work}'" for work in works)
    signs = " || ".join(_sign(alphabet, f"({number}) / {len(alphabet) ** power}") for power in range(5))
    word = f"CASE WHEN n <= {RARE} THEN '{rare}' ELSE '' END"
    return f"{signs} || {word} || (ARRAY[{listed}])[({number}) % {len(works)} + 1]"


def _columns(cursor: Any, table: str) -> list[tuple[str, str, bool]]:
    """Name, type, and whether a value must be given."""
    cursor.execute(
        "SELECT column_name, data_type, is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
        " FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return list(cursor.fetchall())


def _copy(cursor: Any, table: str, source: str, numbers: str, **replaced: str) -> None:
    """Rows of the table once more for every number ``n``, with some columns replaced by expressions over ``s`` and ``n``."""
    names = [name for name, _, _ in _columns(cursor, table)]
    quoted = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(replaced.get(name, f's."{name}"') for name in names)
    cursor.execute(f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table} s CROSS JOIN {numbers} WHERE {source}")


_EMPTY = {"boolean": "false", "jsonb": "'{}'"}


def _make(cursor: Any, table: str, source: str, **values: str) -> None:
    """Rows from expressions over ``source``; whatever else must be given is empty."""
    for name, kind, needed in _columns(cursor, table):
        if needed and name not in values and name != "id":
            values[name] = _EMPTY.get(kind, "0" if "int" in kind else "''")
    cursor.execute(f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {source}")


def _one(cursor: Any, sql: str, *params: Any) -> Any:
    cursor.execute(sql, params)
    found = cursor.fetchone()
    return found if found is None or len(found) > 1 else found[0]


def grow_firms(cursor: Any, wanted: int) -> float:
    """Firms on the register until there are ``wanted``, over all counties of the province; returns the seconds it took."""
    begun = time.perf_counter()
    have, top = _one(cursor, "SELECT count(*), max(id) FROM enterprises_enterprise")
    source, path = _one(
        cursor,
        "SELECT e.id, p.path FROM enterprises_enterprise e JOIN enterprises_enterprisepath p ON p.enterprise_id = e.id AND p.stage = ''"
        " WHERE e.state = 'active' ORDER BY e.id LIMIT 1",
    )
    province = "/" + path.strip("/").split("/")[0] + "/"
    cursor.execute("DROP TABLE IF EXISTS bench_counties")
    cursor.execute(
        "CREATE TEMP TABLE bench_counties AS SELECT row_number() OVER (ORDER BY b.id) - 1 AS place, b.id, b.region_id, w.path"
        " FROM accounts_bureau b JOIN accounts_bureaupath w ON w.bureau_id = b.id AND w.stage = '' AND w.current"
        " WHERE b.level = 'county' AND b.region_id IS NOT NULL AND w.path LIKE %s",
        [province + "%"],
    )
    counties = _one(cursor, "SELECT count(*) FROM bench_counties")
    numbers = f"generate_series(1, {max(0, wanted - have)}) n JOIN bench_counties c ON c.place = n % {counties}"
    number = f"({top} + n)"
    name = f"{_name(number, _NAMES, _WORKS, RARE_WORD)} || '有限公司'"
    _copy(
        cursor, "enterprises_enterprise", f"s.id = {source}", numbers, id=number, uscc=_code(number), name=name,
        name_normal=name, pinyin=f"{_name(number, _INITIALS, _WORK_INITIALS, 'tj')} || 'yxgs'", region_id="c.region_id",
        bureau_id="c.id", legal_representative=f"'王' || {number}",
    )  # fmt: skip
    _make(
        cursor, "enterprises_enterprisepath",
        f"enterprises_enterprise e JOIN bench_counties c ON c.id = e.bureau_id WHERE e.id > {top}",
        enterprise_id="e.id", path="c.path",
    )  # fmt: skip
    cursor.execute("SELECT setval('enterprises_enterprise_id_seq', (SELECT max(id) FROM enterprises_enterprise))")
    cursor.execute("ANALYZE enterprises_enterprise, enterprises_enterprisepath")
    return time.perf_counter() - begun


def grow_roster(cursor: Any, wanted: int) -> float:
    """Entries of the roster until there are ``wanted``: one firm each, of five one has left again; returns the seconds it took."""
    begun = time.perf_counter()
    have = _one(cursor, "SELECT count(*) FROM cultivation_rosterentry")
    programme, province = _one(cursor, "SELECT id, province FROM cultivation_programme WHERE province = '43' LIMIT 1")
    decision = _one(cursor, "SELECT min(id) FROM journal_decision")
    left = "f.id % 5 = 0"
    since = "date '2015-01-01' + (f.id % 1000)::int"
    _make(
        cursor, "cultivation_rosterentry",
        "(SELECT e.id, e.name, e.region_id, p.path FROM enterprises_enterprise e"
        " JOIN enterprises_enterprisepath p ON p.enterprise_id = e.id AND p.stage = ''"
        " WHERE NOT EXISTS (SELECT 1 FROM cultivation_rosterentry r WHERE r.enterprise_id = e.id)"
        f" ORDER BY e.id LIMIT {max(0, wanted - have)}) f",
        enterprise_id="f.id", programme_id=str(programme), province=f"'{province}'", tier="'reserve'", tier_title="'后备企业'",
        year="2017", batch="1", name="f.name", region_id="f.region_id", path="f.path", since=since,
        until=f"CASE WHEN {left} THEN {since} + 60 END", exit=f"CASE WHEN {left} THEN 'removed' ELSE '' END",
        decision_id=str(decision),
    )  # fmt: skip
    cursor.execute("ANALYZE cultivation_rosterentry")
    return time.perf_counter() - begun


def grow_files(cursor: Any, bureau: str, files: int, *, snapshots: int = 600) -> float:
    """Copy one submitted, checked and judged file of a bureau, with a firm each, until the bureau has ``files``; returns the seconds.

    Of ten copies six wait, one was prepared by 经办, one is returned, one recommended, one refused. The last ``snapshots`` of them
    have what was frozen at submission, large and read on the file's own page only.
    """
    begun = time.perf_counter()
    file, firm, bureau_id = _one(
        cursor,
        "SELECT a.id, a.enterprise_id, b.id FROM reviews_application a JOIN accounts_bureau b ON b.id = a.bureau_id"
        " WHERE b.short_name = %s AND a.state = 'submitted' AND EXISTS"
        " (SELECT 1 FROM reviews_opinionrecord o WHERE o.application_id = a.id) ORDER BY a.id LIMIT 1",
        bureau,
    )
    wanted = max(0, files - _one(cursor, "SELECT count(*) FROM reviews_application WHERE bureau_id = %s", bureau_id))
    top_firm, top_file = _one(
        cursor, "SELECT (SELECT max(id) FROM enterprises_enterprise), (SELECT max(id) FROM reviews_application)"
    )
    numbers = f"generate_series(1, {wanted}) n"
    firm_id, file_id = f"{top_firm} + n", f"{top_file} + n"
    number = f"({top_firm} + n)"
    name = f"{_name(number, _NAMES, _WORKS, RARE_WORD)} || '有限公司'"
    state = "CASE WHEN n % 10 = 7 THEN 'returned' WHEN n % 10 = 8 THEN 'recommended' WHEN n % 10 = 9 THEN 'refused' ELSE 'submitted' END"
    _copy(
        cursor, "enterprises_enterprise", f"s.id = {firm}", numbers, id=firm_id, uscc=_code(number), name=name, name_normal=name,
        pinyin=f"{_name(number, _INITIALS, _WORK_INITIALS, 'tj')} || 'yxgs'", legal_representative=f"'李' || {number} / 2",
    )  # fmt: skip
    path_id = "nextval('enterprises_enterprisepath_id_seq')"
    _copy(cursor, "enterprises_enterprisepath", f"s.enterprise_id = {firm}", numbers, id=path_id, enterprise_id=firm_id)
    _copy(
        cursor, "reviews_application", f"s.id = {file}", numbers, id=file_id, enterprise_id=firm_id, state=state,
        number=f"'B' || lpad(({top_file} + n)::text, 8, '0')", enterprise_name=name,
        submitted_at="s.submitted_at + n * interval '7 seconds'",
    )  # fmt: skip
    for table in ("reviews_submission", "reviews_opinionrecord", "reviews_checkrecord", "reviews_explanation"):
        kept = f"n > {wanted - snapshots}" if table == "reviews_submission" else "n % 3 > 0"
        part = f"s.application_id = {file} AND {kept}"
        _copy(cursor, table, part, numbers, id=f"nextval('{table}_id_seq')", application_id=file_id)
    _make(
        cursor, "reviews_endorsement", f"{numbers} WHERE n % 10 = 6", subject_kind="'application'", subject_id=file_id,
        bureau_id=str(bureau_id), act="'recommend'", hand="'prepare'", name="'演示'", at="now()",
    )  # fmt: skip
    for table in ("enterprises_enterprise", "reviews_application"):
        cursor.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    cursor.execute("ANALYZE")
    return time.perf_counter() - begun


def grow_months(cursor: Any, firms: int, due_on: str) -> int:
    """A month owed by so many firms that stand on the roster, due on a day; returns how many owe one."""
    _make(
        cursor, "duties_obligation",
        f"(SELECT * FROM cultivation_rosterentry WHERE until IS NULL ORDER BY id LIMIT {firms}) r",
        owner_kind="'enterprise'", owner_id="r.enterprise_id", kind="'monitoring.monthly'", period="'2018-02'",
        due_on=f"date '{due_on}'", status="'open'", subject_kind="'roster_entry'", subject_id="r.id", path="r.path",
        opened_at="now()",
    )  # fmt: skip
    _make(
        cursor, "monitoring_monthlyreturn",
        "duties_obligation o JOIN cultivation_rosterentry r ON r.id = o.subject_id"
        " WHERE o.kind = 'monitoring.monthly' AND o.subject_kind = 'roster_entry' AND o.period = '2018-02'",
        obligation_id="o.id", entry_id="r.id", enterprise_id="r.enterprise_id", path="r.path", period="o.period",
        bureau_id="split_part(trim(both '/' from r.path), '/', array_length(string_to_array(trim(both '/' from r.path), '/'), 1))::bigint",
        enterprise_name="r.name", state="'draft'", nature="'normal'", filed_by="'enterprise'",
    )  # fmt: skip
    found: int = _one(cursor, "SELECT count(*) FROM monitoring_monthlyreturn WHERE period = '2018-02'")
    return found
