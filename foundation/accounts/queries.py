"""Questions about bureaus, posts and sign-ins."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from axes.helpers import get_cool_off, get_failure_limit
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Count, Q, QuerySet

from foundation.accounts.actor import Actor
from foundation.accounts.models import (
    Authenticator,
    Bureau,
    BureauHands,
    BureauPath,
    Post,
    ReportingLine,
    SignInEvent,
    User,
)
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
    return _second_factor_locks(now) + [
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


def _second_factor_locks(now: dt.datetime) -> list[Lock]:
    wait = dt.timedelta(minutes=settings.SECOND_FACTOR_LOCK_MINUTES)
    devices = Authenticator.objects.filter(
        throttling_failure_count__gte=settings.SECOND_FACTOR_TRIES, throttling_failure_timestamp__gt=now - wait
    ).select_related("user")
    return [
        Lock(
            username=device.user.username,
            address=None,
            failures=device.throttling_failure_count,
            since=device.throttling_failure_timestamp,
            until=device.throttling_failure_timestamp + wait,
            known=True,
        )
        for device in devices.order_by("-throttling_failure_timestamp")
        if device.throttling_failure_timestamp is not None
    ]


def second_factor_counts() -> dict[str, dict[str, int]]:
    """Per role: how many people hold it now and how many of them have a second factor."""
    held = Post.objects.held().order_by().values("role")
    rows = held.annotate(
        people=Count("user", distinct=True),
        enrolled=Count("user", distinct=True, filter=Q(user__second_factor_since__isnull=False)),
    )
    found = {row["role"]: {"people": row["people"], "enrolled": row["enrolled"]} for row in rows}
    return {role.value: found.get(role.value, {"people": 0, "enrolled": 0}) for role in Role}


def people_with_posts(*, show: str, query: str, required: list[str]) -> QuerySet[User]:
    """People with a post (in force or still to begin), by name. ``show``: ``with`` or ``without`` a second factor, ``due``:
    one of their posts needs it and they have none; ``query`` is part of a name or account.
    """
    posts = Post.objects.open()
    if show == "due":
        posts = posts.filter(role__in=required)
    people = User.objects.filter(pk__in=posts.values("user_id"), is_active=True)
    if show in ("due", "without"):
        people = people.filter(second_factor_since__isnull=True)
    elif show == "with":
        people = people.filter(second_factor_since__isnull=False)
    if query:
        people = people.filter(Q(name__icontains=query) | Q(username__icontains=query))
    return people.order_by("name", "pk")


def with_hats(people: list[User], in_force: dict[str, bool]) -> list[dict[str, object]]:
    """People with their posts in words and whether one of them needs a second factor; one statement."""
    posts: dict[int, list[Post]] = defaultdict(list)
    for post in Post.objects.open().filter(user__in=people).select_related("bureau").order_by("id"):
        posts[post.user_id].append(post)
    return [
        {
            "person": person,
            "posts": [
                f"{post.bureau.short_name if post.bureau else '平台'} · {post.get_role_display()}"
                for post in posts[person.pk]
            ],
            "needed": any(in_force.get(post.role, False) for post in posts[person.pk]),
            "is_security": any(post.role == Role.SECURITY_ADMIN for post in posts[person.pk]),
        }
        for person in people
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
