"""Actor = person + the hat worn. A registry of hats: posts here, memberships from ``enterprises``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from foundation.accounts.models import User
from foundation.accounts.roles import Level, Role
from foundation.core.clock import adopt_installation, business_today, installation_in_hand, real_now
from foundation.core.models import Installation
from foundation.core.registries import Registry
from foundation.journal.record import ActorLabel


@dataclass(frozen=True, slots=True)
class Hat:
    """In which capacity a person acts: which holder (bureau, enterprise, portal), which role, which responsibility
    paths.
    """

    kind: str
    role: str
    label: str
    holder_id: int | None = None
    holder_name: str = ""
    level: str = ""
    paths: tuple[str, ...] = ()
    acting_for: str = ""
    """Name of the person whose hat this is, when it is worn by a deputy (代行); '' for one's own."""
    principal_id: int | None = None
    authority_id: int | None = None

    @property
    def key(self) -> str:
        """Stable name of the hat, kept in the session."""
        own = f"{self.kind}:{self.holder_id or 0}:{self.role}"
        return f"{own}:{self.authority_id}" if self.authority_id else own

    @property
    def office(self) -> str:
        """The label without the principal's name, as written into decisions beside the signature."""
        return self.label.removesuffix(f"（代{self.acting_for}）") if self.acting_for else self.label


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``user_id`` is None for visitors and for the system's own jobs."""

    user_id: int | None
    name: str
    hat: Hat
    others: tuple[Hat, ...] = field(default=(), compare=False)

    @property
    def role(self) -> str:
        return self.hat.role

    @property
    def is_official(self) -> bool:
        return self.hat.kind == "bureau"

    @property
    def is_enterprise(self) -> bool:
        return self.hat.kind == "enterprise"

    @property
    def bureau_id(self) -> int | None:
        """The bureau worked for, None unless an official."""
        return self.hat.holder_id if self.is_official else None

    @property
    def enterprise_id(self) -> int | None:
        """The enterprise worked for, None unless its member."""
        return self.hat.holder_id if self.is_enterprise else None

    @property
    def level(self) -> str:
        """``province``/``prefecture``/``county`` for officials, else ''."""
        return self.hat.level

    @property
    def acting_for(self) -> str:
        """Whose hat a deputy wears; '' for everybody who acts for themselves."""
        return self.hat.acting_for

    @property
    def signature(self) -> str:
        """``张三``, or ``张三（代李四）`` under acting authority: how the person signs."""
        return f"{self.name}（代{self.acting_for}）" if self.acting_for else self.name

    @property
    def persons(self) -> frozenset[int]:
        """Whom an act of this actor counts for where hands must be different people: the person who acts and, under
        acting authority, also the one acted for.
        """
        return frozenset(pk for pk in (self.user_id, self.hat.principal_id) if pk is not None)

    @property
    def label(self) -> ActorLabel:
        """As written into decisions."""
        hat = self.hat
        return ActorLabel(
            self.user_id, self.name, hat.kind, hat.holder_id, hat.role, hat.office, hat.acting_for, hat.authority_id
        )

    def answers_for(self, path: str) -> bool:
        """Whether the official's bureau stands on this responsibility path."""
        return any(path.startswith(own) for own in self.hat.paths)


VISITOR = Actor(None, "访客", Hat("visitor", Role.VISITOR, "访客"))
SYSTEM = Actor(None, "系统", Hat("system", Role.SYSTEM, "系统任务"))


@dataclass(frozen=True, slots=True)
class HatSource:
    """Where one kind of hats comes from. ``select`` is a plain SELECT for the person ``%(user)s`` in the order of the hats; the
    days are ``day.business`` and ``day.machine``. ``hat`` makes one row (columns by name) a hat. All sources together are
    one statement, since every page of somebody signed in begins with it.
    """

    select: str
    hat: Callable[[dict[str, Any]], Hat]


hat_sources: Registry[HatSource] = Registry("hat source")

# Officials' posts go by the business day; the three administrators run the machine itself, so theirs go by the machine's day
# (the same as ``PostQuerySet.held``). Paths are all a bureau ever had: old files keep theirs.
_POSTS = """
    SELECT p.role, b.id AS bureau, b.name, b.short_name, b.level,
           (SELECT array_agg(DISTINCT w.path ORDER BY w.path) FROM accounts_bureaupath w WHERE w.bureau_id = b.id) AS paths
      FROM accounts_post p LEFT JOIN accounts_bureau b ON b.id = p.bureau_id
     WHERE p.user_id = %(user)s AND p.ended_at IS NULL AND (b.id IS NULL OR b.active)
       AND p.valid_from <= CASE WHEN b.id IS NULL THEN day.machine ELSE day.business END
       AND (p.valid_to IS NULL OR p.valid_to >= CASE WHEN b.id IS NULL THEN day.machine ELSE day.business END)
     ORDER BY p.id
"""


# Hats of colleagues one acts for today: only while the colleague holds the post, and only while the deputy holds a post of
# their own in the same bureau. An authority hangs on a post, so what is only lent cannot be lent on.
_LENT = """
    SELECT p.role, b.id AS bureau, b.name, b.short_name, b.level, a.id AS authority, p.user_id AS principal,
           coalesce(nullif(u.name, ''), u.username) AS acting_for,
           (SELECT array_agg(DISTINCT w.path ORDER BY w.path) FROM accounts_bureaupath w WHERE w.bureau_id = b.id) AS paths
      FROM accounts_actingauthority a JOIN accounts_post p ON p.id = a.post_id JOIN accounts_bureau b ON b.id = p.bureau_id
      JOIN accounts_user u ON u.id = p.user_id
     WHERE a.deputy_id = %(user)s AND a.ended_at IS NULL AND day.business BETWEEN a.valid_from AND a.valid_to
       AND p.ended_at IS NULL AND b.active AND p.valid_from <= day.business
       AND (p.valid_to IS NULL OR p.valid_to >= day.business)
       AND EXISTS (SELECT FROM accounts_post own WHERE own.user_id = a.deputy_id AND own.bureau_id = p.bureau_id
                   AND own.ended_at IS NULL AND own.valid_from <= day.business
                   AND (own.valid_to IS NULL OR own.valid_to >= day.business))
     ORDER BY a.id
"""


def _post_hat(row: dict[str, Any]) -> Hat:
    """The hat of a post: an official's in a bureau, one of the three administrators', or a colleague's lent to a deputy."""
    role = Role(row["role"])
    principal = row.get("acting_for") or ""
    if row["bureau"] is None:
        return Hat("portal", role.value, role.label)
    return Hat(
        kind="bureau",
        role=role.value,
        label=f"{row['short_name']} · {role.label}" + (f"（代{principal}）" if principal else ""),
        holder_id=row["bureau"],
        holder_name=row["name"],
        level=Level(row["level"]),
        paths=tuple(row["paths"] or ()),
        acting_for=principal,
        principal_id=row.get("principal"),
        authority_id=row.get("authority"),
    )


hat_sources.register("posts", HatSource(_POSTS, _post_hat))
hat_sources.register("authorities", HatSource(_LENT, _post_hat))


def hats_of(user: User) -> list[Hat]:
    """All hats a person may put on now; one statement, which also brings the installation row where nobody has read it yet."""
    known = installation_in_hand()
    today = real_now().date()
    sources = [source for _, source in hat_sources.items()]
    columns = ", ".join(f"(SELECT json_agg(r) FROM ({source.select}) r)" for source in sources)  # noqa: S608 - registered text
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, business_date, "  # noqa: S608 - registered text
            + columns
            + " FROM (SELECT i.kind, i.business_date, coalesce(%(business)s::date, i.business_date, %(machine)s::date) AS business,"
            " %(machine)s::date AS machine FROM (SELECT 1) one LEFT JOIN core_installation i ON i.id = 1) day",
            {"user": user.pk, "machine": today, "business": business_today() if known else None},
        )
        kind, business_date, *found = cursor.fetchone()
    if known is None:
        adopt_installation(Installation(kind=kind, business_date=business_date) if kind else Installation())
    return [source.hat(row) for source, rows in zip(sources, found, strict=True) for row in rows or ()]


def actor_for(user: User, hat_key: str = "") -> Actor:
    """The person with the hat of that key, else their first hat, else as somebody who holds nothing yet (a signed-in
    visitor).
    """
    hats = hats_of(user)
    chosen = next(
        (hat for hat in hats if hat.key == hat_key), hats[0] if hats else Hat("visitor", Role.VISITOR, "尚无身份")
    )
    return Actor(user.pk, user.name or user.username, chosen, others=tuple(hat for hat in hats if hat != chosen))
