"""The three-year commitment as the monitoring pages tell it (SC-38)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from reviews.models import Commitment


@dataclass(frozen=True, slots=True)
class Standing:
    """A commitment on a day: how long it still runs and whether its end is to be pointed out."""

    commitment: Commitment
    left: int

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed."""
        return self.left < 0

    @property
    def alert(self) -> bool:
        """Over, or so near its end that a new one should be asked for."""
        return self.left <= settings.COMMITMENT_ALERT_DAYS


def commitments_of(enterprise_ids: Iterable[int], day: dt.date) -> dict[int, Standing]:
    """The commitment that runs longest, by firm; one statement."""
    rows = Commitment.objects.filter(enterprise_id__in=list(enterprise_ids)).order_by("ends_on", "pk")
    return {row.enterprise_id: Standing(row, (row.ends_on - day).days) for row in rows}


def commitment_of(enterprise_id: int, day: dt.date) -> Standing | None:
    """The same for one firm."""
    return commitments_of([enterprise_id], day).get(enterprise_id)
