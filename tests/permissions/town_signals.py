"""A signal of the firm of each province whose months there are."""

from __future__ import annotations

from typing import Any

from foundation.core.clock import business_now
from monitoring.models import MonthlyReturn, Signal


def things(town: Any) -> dict[str, tuple[int, int]]:
    """Ids by name: the own province's and the other's."""
    ids = []
    for name in ("a", "b"):
        entry = MonthlyReturn.objects.filter(enterprise=town.firms[name][0]).select_related("entry")[0].entry
        row, _ = Signal.objects.get_or_create(
            entry=entry,
            kind=Signal.Kind.BREACH,
            period="2018-01",
            defaults={
                "path": entry.path, "title": "演示", "evidence": {"clause": "x"}, "digest": "0" * 64, "found_at": business_now(),
            },
        )  # fmt: skip
        ids.append(row.pk)
    return {"signal": (ids[0], ids[1])}
