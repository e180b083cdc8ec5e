"""Everything an enterprise has said about itself, loaded for many enterprises in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from enterprises.models import (
    AnnualFigure,
    Basis,
    CatalogueChoice,
    Enterprise,
    EnterpriseName,
    FactSource,
    Partner,
    Patent,
    Profile,
    YearSource,
)
from foundation.core.registries import Registry

beside: Registry[Callable[[], Any]] = Registry("expression beside a firm")
"""What higher rooms keep of a firm and tell as facts: ``beside.register("returns", lambda: ArraySubquery(…))`` with the firm's
row as the outer one. Read in the statement that reads the firms, so that a further room costs no further statement.
"""


@dataclass(slots=True)
class Dossier:
    """One enterprise with its facts, in memory. ``figures`` holds the values not superseded, both bases."""

    enterprise: Enterprise
    profile: Profile
    figures: dict[tuple[int, str, str], AnnualFigure] = field(default_factory=dict)
    year_sources: dict[tuple[int, str], YearSource] = field(default_factory=dict)
    fact_sources: dict[str, FactSource] = field(default_factory=dict)
    names: list[EnterpriseName] = field(default_factory=list)
    patents: list[Patent] = field(default_factory=list)
    partners: list[Partner] = field(default_factory=list)
    choices: list[CatalogueChoice] = field(default_factory=list)
    beside: dict[str, Any] = field(default_factory=dict)

    def current(self, year: int, fact: str) -> AnnualFigure | None:
        """The value used: audited before flash; a cell that was emptied does not count."""
        for basis in (Basis.AUDITED, Basis.FLASH):
            figure = self.figures.get((year, fact, basis))
            if figure is not None and figure.value is not None:
                return figure
        return None

    def name_on(self, day: dt.date) -> str:
        """The name borne on a day; the oldest known name for days before the record begins."""
        for name in self.names:
            if name.holds_on(day):
                return name.name
        return self.names[0].name if self.names else self.enterprise.name


def gather(enterprise_ids: Iterable[int]) -> dict[int, Dossier]:
    """Dossiers by id, in id order; unknown ids are left out. Nine queries, whatever the number."""
    ids = sorted(set(enterprise_ids))
    firms = (
        Enterprise.objects.filter(pk__in=ids).select_related("region", "industry", "bureau", "profile").order_by("pk")
    ).annotate(**{f"beside_{name}": make() for name, make in beside.items()})
    found = {
        firm.pk: Dossier(
            firm, _profile(firm), beside={name: getattr(firm, f"beside_{name}") for name, _ in beside.items()}
        )
        for firm in firms
    }
    inside = {"enterprise_id__in": list(found)}
    for figure in AnnualFigure.objects.filter(**inside, superseded=False).order_by("pk"):
        found[figure.enterprise_id].figures[(figure.year, figure.fact, figure.basis)] = figure
    for year_source in YearSource.objects.filter(**inside).select_related("evidence"):
        found[year_source.enterprise_id].year_sources[(year_source.year, year_source.basis)] = year_source
    for fact_source in FactSource.objects.filter(**inside).select_related("evidence"):
        found[fact_source.enterprise_id].fact_sources[fact_source.fact] = fact_source
    for name in EnterpriseName.objects.filter(**inside).order_by("enterprise_id", "pk"):
        found[name.enterprise_id].names.append(name)
    for patent in Patent.objects.filter(**inside):
        found[patent.enterprise_id].patents.append(patent)
    for partner in Partner.objects.filter(**inside):
        found[partner.enterprise_id].partners.append(partner)
    for choice in CatalogueChoice.objects.filter(**inside).select_related("item__catalogue"):
        found[choice.enterprise_id].choices.append(choice)
    return found


def dossier_of(enterprise_id: int) -> Dossier:
    """The dossier of one enterprise that exists."""
    return gather([enterprise_id])[enterprise_id]


def _profile(firm: Enterprise) -> Profile:
    """The profile, or an unsaved empty one: reading writes nothing."""
    try:
        return firm.profile
    except Profile.DoesNotExist:
        return Profile(enterprise=firm)
