"""The firm: its identity, its people, its facts."""

from enterprises.models.facts import (
    AnnualFigure,
    Basis,
    CatalogueChoice,
    FactSource,
    Partner,
    Patent,
    Profile,
    YearSource,
)
from enterprises.models.firm import Enterprise, EnterpriseName, EnterprisePath
from enterprises.models.people import Claim, HandOver, Invitation, Membership

__all__ = [
    "AnnualFigure",
    "Basis",
    "CatalogueChoice",
    "Claim",
    "Enterprise",
    "EnterpriseName",
    "EnterprisePath",
    "FactSource",
    "HandOver",
    "Invitation",
    "Membership",
    "Partner",
    "Patent",
    "Profile",
    "YearSource",
]
