"""A decision and a list being prepared in both provinces, and a decided one: what the addresses of the province are asked about."""

from __future__ import annotations

from typing import Any

from foundation.core.clock import business_now
from reviews.models import Approval, Publishing
from reviews.states import ApprovalState


def things(town: Any) -> dict[str, tuple[int, int]]:
    """Ids by name: the own province's and the other's. Hunan's programme knows neither, so they are put there directly."""
    found: dict[str, tuple[int, int]] = {}
    for name, model in (("approval", Approval), ("publishing", Publishing)):
        ids = []
        for round_ in (town.hunan, town.sichuan):
            made, _ = model.objects.get_or_create(
                round=round_,
                sequence=1,
                defaults={
                    "bureau_id": round_.bureau_id, "path": round_.path, "title": "演示", "created_at": business_now(),
                },
            )  # fmt: skip
            ids.append(made.pk)
        found[name] = (ids[0], ids[1])
    decided = []
    for round_ in (town.hunan, town.sichuan):
        made, _ = Approval.objects.get_or_create(
            round=round_,
            sequence=2,
            defaults={
                "bureau_id": round_.bureau_id, "path": round_.path, "title": "演示", "created_at": business_now(),
                "state": ApprovalState.DECIDED, "decided_at": business_now(),
            },
        )  # fmt: skip
        decided.append(made.pk)
    return found | {"approval_decided": (decided[0], decided[1])}
