"""The demo's stage ``year``, built whole and asked: what docs/demo.md tells of it comes out (B.3). Too long for every run."""

from __future__ import annotations

from collections import Counter

import pytest
from django.core.management import call_command

from cultivation.models import EntryEvent, RosterEntry
from foundation.core.clock import business_today
from foundation.duties.models import DailyRun, Obligation
from foundation.journal import chain
from monitoring.models import ChaseClaim, MonthlyReturn, Signal
from portal.rehearsal import calendar
from reviews.models import Application, Objection, Proposal
from reviews.states import FileState

pytestmark = pytest.mark.django_db


def test_the_year_as_it_is_told_in_the_docs() -> None:
    call_command("load_reference", verbosity=0)
    call_command("load_programmes", verbosity=0)
    call_command("demo", stage="year", seed=1, verbosity=0)
    assert business_today() == calendar.YEAR_ENDS
    standing = Counter(RosterEntry.objects.values_list("province", "tier", "exit"))
    assert standing == {("43", "reserve", ""): 22, ("51", "high_growth", ""): 7, ("51", "high_growth", "delisted"): 1}
    hunan = RosterEntry.objects.filter(province="43").first()
    assert hunan is not None
    assert hunan.since == calendar.RECEIVED
    assert set(Objection.objects.values_list("state", flat=True)) == {"upheld", "rejected"}
    assert Counter(EntryEvent.objects.exclude(kind="listed").values_list("kind", flat=True)) == {
        "left": 1,
        "observed": 2,
    }
    delisted = Proposal.objects.get(kind="delist")
    assert delisted.state == "adopted"
    assert delisted.stated_at is not None
    assert delisted.hearing_until is not None
    natures = Counter(MonthlyReturn.objects.filter(state="submitted").values_list("nature", flat=True))
    assert natures["zero"] == 2
    assert natures["normal"] > 350
    assert MonthlyReturn.objects.filter(late=True).exists()
    assert not Obligation.objects.filter(kind="monitoring.monthly", due_on=None).exists()
    assert ChaseClaim.objects.values("obligation", "rung", "channel").distinct().count() == ChaseClaim.objects.count()
    assert set(Signal.objects.values_list("kind", flat=True)) == {"warning", "breach", "growth_fall"}
    assert not DailyRun.objects.filter(state=DailyRun.State.FAILED).exists()
    assert (
        not RosterEntry.objects.filter(application_id__isnull=False)
        .exclude(application_id__in=Application.objects.filter(state=FileState.LISTED).values("pk"))
        .exists()
    )
    chain.seal()
    assert list(chain.check()) == []
