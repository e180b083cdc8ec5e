"""The loader against the real database: complete, repeatable, all or nothing."""

import datetime as dt
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model

from foundation.reference import rows
from foundation.reference.loader import DATASETS, load
from foundation.reference.models import (
    Industry,
    IndustryCatalogue,
    IndustryCatalogueItem,
    ReferenceLoad,
    Region,
    RegionName,
    SizeThreshold,
    WorkdayAdjustment,
)

TABLES: tuple[type[Model], ...] = (
    Region,
    RegionName,
    Industry,
    SizeThreshold,
    IndustryCatalogue,
    IndustryCatalogueItem,
    WorkdayAdjustment,
)
pytestmark = pytest.mark.django_db


def _counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in TABLES}


def test_first_run_loads_everything_and_the_second_nothing() -> None:
    began = time.monotonic()
    first = load()
    assert time.monotonic() - began < 5
    counts = _counts()
    assert all(line.changed for line in first)
    assert counts == {
        "Region": 386,
        "RegionName": 401,
        "Industry": 1971,
        "SizeThreshold": 30,
        "IndustryCatalogue": 7,
        "IndustryCatalogueItem": 62,
        "WorkdayAdjustment": 351,
    }
    began = time.monotonic()
    assert not any(line.changed for line in load())
    assert time.monotonic() - began < 1
    assert _counts() == counts


def test_an_unchanged_run_asks_little(queries: Any) -> None:
    load()
    # One look at the load records, one at each table whether it is still there.
    with queries(1 + len(DATASETS)):
        load()


def test_a_forced_run_keeps_every_primary_key() -> None:
    load()
    keys = {model: set(model._default_manager.values_list("pk", flat=True)) for model in (Region, Industry)}
    items = set(IndustryCatalogueItem.objects.values_list("pk", "catalogue__code", "code"))
    load(force=True)
    for model, before in keys.items():
        assert set(model._default_manager.values_list("pk", flat=True)) == before
    assert set(IndustryCatalogueItem.objects.values_list("pk", "catalogue__code", "code")) == items


def test_an_emptied_table_is_filled_again_although_the_record_says_loaded() -> None:
    load()
    WorkdayAdjustment.objects.all().delete()
    changed = {line.dataset for line in load() if line.changed}
    assert changed == {"workdays"}


def test_days_typed_by_an_administrator_survive_the_next_load() -> None:
    load()
    WorkdayAdjustment.objects.create(day=dt.date(2027, 10, 1), kind="holiday", holiday="国庆节")
    load(force=True)
    assert WorkdayAdjustment.objects.filter(day=dt.date(2027, 10, 1), from_file=False).exists()


def test_a_wrong_row_stops_the_whole_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for source in rows.DATA.iterdir():
        (tmp_path / source.name).write_bytes(source.read_bytes())
    broken = tmp_path / "size_standard.csv"
    broken.write_text(
        broken.read_text(encoding="utf-8").replace("20000,500,50\n", "20000,50,500\n", 1), encoding="utf-8"
    )
    monkeypatch.setattr(rows, "DATA", tmp_path)
    with pytest.raises(CommandError, match=r"库未改动.*农、林、牧、渔业"):
        call_command("load_reference", stdout=StringIO())
    assert not ReferenceLoad.objects.exists()
    assert not Region.objects.exists()


def test_the_command_reports_counts() -> None:
    said = StringIO()
    call_command("load_reference", stdout=said)
    assert "行政区划（湖南、四川）：401 行，已载入" in said.getvalue()
    said = StringIO()
    call_command("load_reference", stdout=said)
    assert "国民经济行业分类 GB/T 4754-2017：1971 行，未变" in said.getvalue()
