"""Groups of the size standard per industry code; no database."""

import pytest

from foundation.reference import rows
from foundation.reference.industry_groups import FINER, GIVEN, OUTSIDE, coverage

TABLE = rows.read("industries")
GROUPS = coverage(TABLE)


@pytest.mark.parametrize(
    ("code", "group", "state"),
    [
        ("A", "农、林、牧、渔业", GIVEN),
        ("C", "工业", GIVEN),
        ("37", "工业", GIVEN),
        ("54", "交通运输业", GIVEN),
        ("591", "交通运输业", GIVEN),
        ("59", "", FINER),
        ("599", "仓储业", GIVEN),
        ("53", "", OUTSIDE),
        ("61", "住宿业", GIVEN),
        ("62", "餐饮业", GIVEN),
        ("H", "", FINER),
        ("63", "信息传输业", GIVEN),
        ("65", "软件和信息技术服务业", GIVEN),
        ("70", "", FINER),
        ("701", "房地产开发经营", GIVEN),
        ("702", "物业管理", GIVEN),
        ("703", "其他未列明行业", GIVEN),
        ("704", "", OUTSIDE),
        ("J", "", OUTSIDE),
        ("P", "", OUTSIDE),
        ("84", "", OUTSIDE),
        ("85", "其他未列明行业", GIVEN),
        ("S", "", OUTSIDE),
    ],
)
def test_group_of_a_code(code: str, group: str, state: str) -> None:
    assert GROUPS[code] == (group, state)


def test_the_16_groups_are_those_of_the_standard() -> None:
    named = {group for group, state in GROUPS.values() if state == GIVEN}
    assert named == {row["industry_group"] for row in rows.read("size_standard")}
    assert len(named) == 16


def test_the_size_of_the_table() -> None:
    levels = [row["level"] for row in TABLE]
    assert [levels.count(level) for level in ("section", "division", "group", "class")] == [20, 97, 473, 1381]
