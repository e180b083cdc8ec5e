"""A running notice, one being drafted and an objection in both provinces: what the addresses of public notices are asked about."""

from __future__ import annotations

import datetime as dt
from typing import Any

from foundation.core.clock import business_now, business_today
from reviews.models import Objection, PublicNotice, PublicNoticeRow


def things(town: Any) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Parameters by name: the own province's and the other's. Hunan's programme knows no notice, so they are put there directly."""
    found: dict[str, list[dict[str, Any]]] = {}
    for round_, file in ((town.hunan, town.files["v"]), (town.sichuan, town.files["u"])):
        running = _notice(
            round_,
            1,
            state="running",
            opened_at=business_now(),
            starts_on=business_today(),
            ends_on=business_today() + dt.timedelta(days=7),
        )
        row, _ = PublicNoticeRow.objects.get_or_create(
            notice=running, application=file, defaults={"rank": 1, "name": "演示", "region": "演示", "tier": "演示"}
        )
        objection, _ = Objection.objects.get_or_create(
            notice=running,
            row=row,
            defaults={
                "path": running.path, "receipt": f"YY2018-{round_.pk}", "code_hash": "x", "by": "person", "name": "演示",
                "phone": "13800000000", "text": "演示", "received_at": business_now(),
            },
        )  # fmt: skip
        for name, address in (
            ("public_notice", {"pk": running.pk}),
            ("public_row", {"pk": running.pk, "row": row.pk}),
            ("objection", {"pk": objection.pk}),
        ):
            found.setdefault(name, []).append(address)
    return {name: (own, foreign) for name, (own, foreign) in found.items()}


def _notice(round_: Any, sequence: int, **given: Any) -> PublicNotice:
    made, _ = PublicNotice.objects.get_or_create(
        round=round_,
        bureau_id=round_.bureau_id,
        sequence=sequence,
        defaults={
            "path": round_.path, "title": "演示公示", "working_days": 5, "first_day": "next_day",
            "created_at": business_now(), **given,
        },
    )  # fmt: skip
    return made
