"""Officials for every county of a province, so that each bureau acts on its own firms."""

from __future__ import annotations

from dataclasses import dataclass, field

from cultivation.models import Round
from foundation.accounts.actions.bureaus import edit_contact
from foundation.accounts.actions.people import create_account
from foundation.accounts.actions.posts import create_post
from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.models import Bureau, BureauPath
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import Level, Role
from foundation.core.clock import business_today
from foundation.reference import regions
from portal.rehearsal.people import HIRED, HUNAN, OFFICIALS, PASSWORD, Cast

ROLES = (Role.HANDLER, Role.SIGNER, Role.ARCHIVIST)
FIRST_PHONE = 19_900_001_000
"""Behind the numbers of the rehearsal's own officials."""


@dataclass(frozen=True, slots=True)
class Place:
    """A county whose bureau handles firms itself: code and identity of the place, the prefecture it reports to."""

    code: str
    region_id: int
    bureau_id: int
    prefecture: str


@dataclass(slots=True)
class WideCast(Cast):
    """The rehearsal's officials and one official for every other bureau, found by the code of the place."""

    single: dict[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, str], Actor] = field(default_factory=dict)

    def _with(self, place: str, *roles: str) -> Actor:
        key = (place, roles[0])
        if key not in self._known:
            username = self.single.get(place)
            self._known[key] = self.actor(username, roles[0]) if username else Cast._with(self, place, *roles)
        return self._known[key]


def counties(round_: Round) -> list[Place]:
    """Counties of the round's province that report their files through a prefecture, in administrative order."""
    rows = BureauPath.objects.filter(current=True, stage__in=["", round_.stage], path__startswith=round_.path)
    paths = {row.bureau_id: row.path for row in sorted(rows, key=lambda row: row.stage)}
    bureaus = Bureau.objects.filter(pk__in=paths, active=True, region_id__isnull=False).order_by("sort_key", "pk")
    codes = {bureau.pk: _code(bureau) for bureau in bureaus}
    found = []
    for bureau in bureaus:
        steps = path_ids(paths[bureau.pk])
        above = codes.get(steps[-2], "") if len(steps) == 3 else ""
        if bureau.level == Level.COUNTY and codes[bureau.pk] and above:
            found.append(Place(codes[bureau.pk], bureau.region_id or 0, bureau.pk, above))
    return found


def _code(bureau: Bureau) -> str:
    steps = regions.path(bureau.region_id, business_today())
    return steps[-1].code if steps else ""


def appoint(cast: Cast, places: list[Place]) -> WideCast:
    """One official with all hands in every bureau of the places and above them that has nobody yet; contacts are written."""
    wide = WideCast(users=dict(cast.users), bureaus=dict(cast.bureaus))
    staffed = {one.place for one in OFFICIALS}
    wanted = {place.code: place.bureau_id for place in places}
    above = Bureau.objects.filter(level=Level.PREFECTURE, active=True, region_id__isnull=False)
    wanted |= {code: bureau.pk for bureau in above if (code := _code(bureau)).startswith(HUNAN[:2])}
    bureaus = Bureau.objects.in_bulk(wanted.values())
    for number, (code, pk) in enumerate(sorted(wanted.items())):
        bureau = bureaus[pk]
        wide.bureaus[code] = bureau
        if code in staffed:
            continue
        user, _ = create_account(
            actor=SYSTEM,
            name=f"{bureau.short_name or bureau.name}经办（演示）"[:40],
            phone=str(FIRST_PHONE + number),
            email=f"{code}@example.com",
            username=f"office-{code}",
            password=PASSWORD,
            is_demo=True,
        )
        wide.users[user.username] = user
        wide.single[code] = user.username
        for role in ROLES:
            create_post(actor=SYSTEM, user=user, bureau=bureau, role=role, valid_from=HIRED)
        edit_contact(
            actor=wide.handler(code),
            bureau_id=pk,
            contact_name=user.name,
            contact_phone=f"0731-0900{number:04d}",
            contact_email=f"{code}@example.com",
        )
    return wide
