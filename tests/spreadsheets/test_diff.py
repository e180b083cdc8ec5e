"""The diff shown before an import."""

from decimal import Decimal

from foundation.spreadsheets import CellChange, diff

BEFORE = [
    {"code": "A", "name": "甲", "amount": Decimal("1.00"), "note": "留着"},
    {"code": "B", "name": "乙", "amount": None},
    {"code": "D", "name": "丁"},
    {"code": "D", "name": "丁二"},
]


def test_added_removed_changed_unchanged_and_doubled():
    after = [{"code": "A", "name": "甲", "amount": Decimal("1")}, {"code": "C", "name": "丙"}]
    found = diff(BEFORE, after, "code")
    assert found.added == [{"code": "C", "name": "丙"}]
    assert found.removed == [BEFORE[1]]
    assert (found.changed, found.unchanged, found.doubled) == ([], 1, ["D"])
    assert found


def test_a_changed_cell_names_both_values_and_absent_columns_are_untouched():
    found = diff(
        BEFORE[:2], [{"code": "A", "name": "甲甲", "amount": Decimal("1")}, {"code": "B", "amount": ""}], "code"
    )
    assert found.changed == [CellChange("A", "name", "甲", "甲甲")]
    assert found.unchanged == 1


def test_no_difference_is_false():
    assert not diff(BEFORE[:2], BEFORE[:2], ("code", "name"))
    assert not diff([{"k": 1, "y": {2015: None}}], [{"k": 1, "y": None}], lambda row: row["k"])
