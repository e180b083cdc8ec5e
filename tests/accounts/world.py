"""A small country for tests: two provinces, each with a prefecture and two counties, one direct county, and people in every post."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from foundation.accounts.actor import Actor, actor_for
from foundation.accounts.models import Bureau, Post, ReportingLine, User
from foundation.accounts.paths import rebuild_paths
from foundation.accounts.roles import BUREAU_ROLES, Level, Role
from foundation.core.clock import business_today

SINCE = dt.date(2010, 1, 1)
PASSWORD = "a-good-secret-7"


@dataclass
class World:
    """What the tests speak of; bureaus by a short key: ``hn`` ``zz`` ``ty`` ``lk`` (Hunan), ``sc`` ``cd`` ``jj`` ``wh``."""

    bureaus: dict[str, Bureau] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)

    def bureau(self, key: str, name: str, level: str, superior: str | None = None) -> Bureau:
        """Make a bureau with a line for all stages."""
        made = Bureau.objects.create(name=name, short_name=name, level=level, sort_key=f"{len(self.bureaus):03}")
        self.bureaus[key] = made
        if superior:
            self.line(key, superior)
        return made

    def line(self, key: str, superior: str, stage: str = "", since: dt.date = SINCE) -> ReportingLine:
        """Let one answer to another."""
        return ReportingLine.objects.create(
            bureau=self.bureaus[key], superior=self.bureaus[superior], stage=stage, valid_from=since
        )

    def person(self, key: str, *, phone: str = "", email: str = "", password: str = "") -> User:
        """Make a person without any post."""
        user = User(username=key, name=f"演示{key}", phone=phone, email=email)
        user.set_password(password or PASSWORD)
        user.save()
        self.people[key] = user
        return user

    def post(self, person: str, bureau: str | None, role: str, since: dt.date = SINCE) -> Post:
        """Give a person a post, whoever may."""
        user = self.people.get(person) or self.person(person)
        return Post.objects.create(
            user=user, bureau=self.bureaus[bureau] if bureau else None, role=role, valid_from=since
        )

    def actor(self, person: str, hat: str = "") -> Actor:
        """The person with their first hat, or with the one of that role."""
        found = actor_for(self.people[person])
        if hat:
            key = next(one.key for one in (found.hat, *found.others) if one.role == hat)
            found = actor_for(self.people[person], key)
        return found


def build() -> World:
    """Hunan: hn > zz > ty, lk, and dc (direct county: reserves through zz). Sichuan: sc > cd > jj, wh. One person per post."""
    world = World()
    world.bureau("hn", "湖南省经信委（测试）", Level.PROVINCE)
    world.bureau("zz", "株洲市经信委（测试）", Level.PREFECTURE, "hn")
    world.bureau("ty", "天元区经科局（测试）", Level.COUNTY, "zz")
    world.bureau("lk", "渌口区经科局（测试）", Level.COUNTY, "zz")
    world.bureau("dc", "演示县经信局（测试）", Level.COUNTY, "hn")
    world.line("dc", "zz", stage="reserve")
    world.bureau("sc", "四川省经信委（测试）", Level.PROVINCE)
    world.bureau("cd", "成都市经信委（测试）", Level.PREFECTURE, "sc")
    world.bureau("jj", "锦江区经信局（测试）", Level.COUNTY, "cd")
    world.bureau("wh", "武侯区经信局（测试）", Level.COUNTY, "cd")
    rebuild_paths(business_today())
    for key in world.bureaus:
        for role in sorted(BUREAU_ROLES):
            world.post(f"{key}_{role}", key, role)
    for role in (Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.SECURITY_ADMIN):
        world.post(role.value, None, role)
    return world
