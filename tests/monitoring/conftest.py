"""The world of the reviews tests with firms on the roster and months that open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from cultivation.models import RosterEntry, Round
from cultivation.roster import close_entry, list_entries
from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.transition import record_act
from foundation.core.models import Installation
from foundation.documents.models import StoredFile
from monitoring.actions.returns import open_months, save_return, submit_return
from monitoring.models import MonthlyReturn
from monitoring.papers import SOURCE
from portal.rehearsal.stages import HUNAN_TIER, SICHUAN_TIER, Firm
from tests.reviews.conftest import HETANG, JINJIANG, TIANYUAN, Upload, World, built, on_day, pdf

LISTED_ON = dt.date(2018, 4, 20)
WORKING = {"nature": "normal", "revenue": Decimal(500), "main_revenue": Decimal(400), "employees": 120}


@dataclass
class Months(World):
    """A world with a roster."""

    def at(self, year: int, month: int, day: int) -> dt.date:
        """Set the business day."""
        found = dt.date(year, month, day)
        Installation.start_rehearsal(found)
        return found

    def list_firm(
        self, firm: Firm | None = None, *, place: str = HETANG, on: dt.date = LISTED_ON
    ) -> tuple[RosterEntry, Firm]:
        """Put a firm on the roster, on the day itself."""
        firm = firm or self.firm(place)
        hunan = firm.plan.place.startswith("43")
        round_, tier = (self.hunan, HUNAN_TIER) if hunan else (self.sichuan, SICHUAN_TIER)
        Installation.start_rehearsal(on)
        with transaction.atomic():
            entries = self.enter([firm], round_, tier, on)
        return entries[0], firm

    def enter(self, firms: list[Firm], round_: Round, tier: str, on: dt.date) -> list[RosterEntry]:
        """Several at once, by one decision."""
        decision = record_act(
            subject_kind="round", subject_id=round_.pk, subject_label="x", action="dispatch.receive", actor=SYSTEM
        )
        files = [
            SimpleNamespace(
                pk=None,
                enterprise_id=firm.enterprise.pk,
                tier=tier,
                path=firm.enterprise.paths.order_by("stage")[0].path,
            )
            for firm in firms
        ]
        return list_entries(round=round_, files=files, document=None, decision=decision, on=on)

    def leave(self, entry: RosterEntry, on: dt.date, cause: str = "delisted") -> None:
        """End an entry by a decision."""
        with transaction.atomic():
            decision = record_act(
                subject_kind="roster_entry",
                subject_id=entry.pk,
                subject_label="x",
                action="dispatch.receive",
                actor=SYSTEM,
            )
            close_entry(entry=RosterEntry.objects.get(pk=entry.pk), cause=cause, on=on, decision=decision)

    def month(self, entry: RosterEntry, period: str) -> MonthlyReturn:
        """The return of a month that has opened."""
        return MonthlyReturn.objects.select_related("obligation", "entry").get(entry=entry, period=period)

    def file(self, entry: RosterEntry, period: str, actor: Actor, **values: Any) -> MonthlyReturn:
        """Fill in and submit a month, giving a reason for whatever is asked."""
        row = self.month(entry, period)
        reasons = dict.fromkeys(REASONED, "季节性订单，已核对")
        return submit_return(
            obligation_id=row.obligation_id, actor=actor, values={**WORKING, **values}, explanations=reasons
        )

    def save(self, row: MonthlyReturn, actor: Actor, **values: Any) -> MonthlyReturn:
        """Autosave with the present version."""
        row.refresh_from_db()
        return save_return(obligation_id=row.obligation_id, actor=actor, version=row.version, values=values)

    def paper(self, actor: Actor, firm: Firm) -> StoredFile:
        """A scanned return."""
        return self.stored(actor, SOURCE, owner=firm.enterprise)


REASONED = [
    *(f"{kind}_{when}_{name}" for kind in ("jump", "unit") for when in ("last_month", "last_year") for name in ("revenue", "main_revenue")),
    "jump_employees", "main_above_revenue",
]  # fmt: skip


@pytest.fixture
def world(built: Any, db: None) -> Months:
    """The module's world inside this test's savepoint."""
    return Months(built)


@pytest.fixture
def opened(world: Months) -> Callable[[dt.date], int]:
    """Open the months as the daily job does on a business day."""

    def act(day: dt.date) -> int:
        Installation.start_rehearsal(day)
        return open_months(day)

    return act


__all__ = [
    "HETANG",
    "JINJIANG",
    "LISTED_ON",
    "TIANYUAN",
    "WORKING",
    "Months",
    "Upload",
    "built",
    "on_day",
    "opened",
    "pdf",
    "world",
]
