"""Questions about bureaus, posts and sign-ins."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from axes.helpers import get_cool_off, get_failure_limit
from axes.models import AccessAttempt
from django.db.models import Q, QuerySet

from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau, BureauHands, BureauPath, Post, ReportingLine, SignInEvent, User
from foundation.accounts.paths import superior_in
from foundation.accounts.roles import ADMIN_ROLES, Act, Level, Role
from foundation.core.clock import business_today, real_now


def bureau_for_region(region_id: int) -> Bureau | None:
    """The bureau that handles the enterprises of a place; None when the place has none."""
    return Bureau.objects.filter(region_id=region_id, active=True).order_by("id").first()


def superior_of(bureau_id: int, stage: str = "") -> int | None:
    """The bureau directly above at a stage, as of the paths in force; None at the top."""
    paths = dict(
        BureauPath.objects.filter(bureau_id=bureau_id, stage__in={stage, ""}, current=True).values_list("stage", "path")
    )
    path = paths.get(stage) or paths.get("")
    return superior_in(path, bureau_id) if path else None


def directly_below(bureau_id: int) -> QuerySet[Bureau]:
    """Bureaus whose line for all stages ends at this one today, in administrative order."""
    today = business_today()
    lines = ReportingLine.objects.filter(superior_id=bureau_id, stage="", valid_from__lte=today)
    open_lines = lines.filter(valid_to__isnull=True) | lines.filter(valid_to__gte=today)
    return Bureau.objects.filter(pk__in=open_lines.values("bureau_id"))


def provinces() -> QuerySet[Bureau]:
    """Bureaus at the top."""
    return Bureau.objects.filter(level=Level.PROVINCE, active=True)


def hands_for(bureau_id: int, act: str) -> BureauHands:
    """How many hands an act takes in a bureau; one, by nobody in particular, until the bureau sets it."""
    found = BureauHands.objects.filter(bureau_id=bureau_id, act=act).first()
    return found or BureauHands(bureau_id=bureau_id, act=act, hands=1, distinct=True)


def all_hands(bureau_id: int) -> list[BureauHands]:
    """The setting of every kind of act, in the order of the list."""
    known = {row.act: row for row in BureauHands.objects.filter(bureau_id=bureau_id)}
    return [
        known.get(act.value) or BureauHands(bureau_id=bureau_id, act=act.value, hands=1, distinct=True) for act in Act
    ]


ROLE_ORDER = [
    Role.SYSTEM_ADMIN,
    Role.AUDIT_ADMIN,
    Role.SECURITY_ADMIN,
    Role.POST_MANAGER,
    Role.HANDLER,
    Role.REVIEWER,
    Role.SIGNER,
    Role.ARCHIVIST,
]


def posts_in(bureau_id: int | None) -> list[Post]:
    """Posts of a bureau (None: the three administrators') in force or still to begin, by role and name."""
    found = Post.objects.open().filter(Q(bureau_id=bureau_id)).select_related("user").order_by("user__name", "id")
    return sorted(found, key=lambda post: ROLE_ORDER.index(Role(post.role)))


def ended_posts_in(bureau_id: int | None, limit: int = 20) -> list[Post]:
    """Posts that are over, latest first."""
    is_open = Post.objects.open().filter(Q(bureau_id=bureau_id)).values("pk")
    over = Post.objects.filter(Q(bureau_id=bureau_id)).exclude(pk__in=is_open)
    return list(over.select_related("user").order_by("-valid_to", "-id")[:limit])


@dataclass(slots=True)
class Staffed:
    """A bureau with who works there."""

    bureau: Bureau
    managers: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def staffed(bureaus: QuerySet[Bureau]) -> list[Staffed]:
    """Bureaus with the names of their 岗位管理 and the number of people per role; two queries however many bureaus."""
    rows = {bureau.pk: Staffed(bureau) for bureau in bureaus}
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    held = Post.objects.held().filter(bureau_id__in=rows).order_by("id").values_list("bureau_id", "role", "user__name")
    for bureau_id, role, name in held:
        counts[bureau_id][role] += 1
        if role == Role.POST_MANAGER:
            rows[bureau_id].managers.append(name)
    for bureau_id, row in rows.items():
        row.counts = {role.value: counts[bureau_id][role.value] for role in Role}
    return list(rows.values())


def lines_of(bureau_id: int) -> QuerySet[ReportingLine]:
    """Reporting lines of a bureau, present ones first."""
    return (
        ReportingLine.objects.filter(bureau_id=bureau_id)
        .select_related("superior")
        .order_by("stage", "-valid_from", "-id")
    )


def last_sign_ins(user: User, limit: int = 10) -> list[SignInEvent]:
    """What happened lately at this person's door, so that they can notice a stranger."""
    return list(SignInEvent.objects.filter(user=user).order_by("-id")[:limit])


@dataclass(frozen=True, slots=True)
class Lock:
    """An account that may not try again before ``until`` from that address."""

    username: str
    address: str | None
    failures: int
    since: dt.datetime
    until: dt.datetime
    known: bool


def locks() -> list[Lock]:
    """Accounts locked now, latest first."""
    cool_off = get_cool_off()
    assert cool_off is not None  # a setting of this portal
    now = real_now()
    attempts = list(
        AccessAttempt.objects.filter(
            attempt_time__gte=now - cool_off, failures_since_start__gte=get_failure_limit(None, None)
        ).order_by("-attempt_time", "-id")
    )
    known = set(
        User.objects.filter(username__in={attempt.username for attempt in attempts}).values_list("username", flat=True)
    )
    return [
        Lock(
            username=attempt.username or "",
            address=attempt.ip_address,
            failures=attempt.failures_since_start,
            since=attempt.attempt_time,
            until=attempt.attempt_time + cool_off,
            known=attempt.username in known,
        )
        for attempt in attempts
    ]


def appointable_roles(actor: Actor, bureau: Bureau | None) -> list[Role]:
    """Roles the actor may give in a bureau (None: in the portal), in the order of the list."""
    from foundation.accounts.may import may

    return [
        role
        for role in Role
        if (role in ADMIN_ROLES) == (bureau is None)
        and may(actor, "post.create", Post(bureau=bureau, role=role, valid_from=business_today()))
    ]
