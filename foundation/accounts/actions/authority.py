"""Acting authority (代行): given with dates and a reason, ended by hand, by the post's end or by the calendar.

A deputy signs as 张三（代李四）. Who may give and end is in ``permissions_guard.py``; that one person never counts as two
hands is ``Actor.persons``.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.models import ActingAuthority, Post, User
from foundation.accounts.roles import Role
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.journal.record import Message


@transaction.atomic
def give_authority(
    *, actor: Actor, post_id: int, deputy_id: int, valid_from: dt.date, valid_to: dt.date, reason: str
) -> ActingAuthority:
    """Let a colleague wear the hat of a post from a day to a day (both included, business days).

    Raises Refused when the actor may not or the post is over, ValidationError by field for dates and people that do not
    fit: no deputy for oneself, only somebody with a post in the same bureau, nobody who holds the role anyway, one
    deputy at a time.
    """
    post = Post.objects.select_for_update(of=("self",)).select_related("bureau", "user").filter(pk=post_id).first()
    deputy = User.objects.filter(pk=deputy_id, is_active=True).first()
    wanted = ActingAuthority(
        post=post, deputy=deputy, valid_from=valid_from, valid_to=valid_to, reason=(reason or "").strip()
    )
    require(actor, "authority.give", wanted)
    assert post is not None  # may() refuses an absent post or person
    assert deputy is not None
    _check_people(post, deputy)
    _check_dates(post, valid_from, valid_to)
    if not wanted.reason:
        raise ValidationError({"reason": "请写明代行的理由，例如：休假、出差、学习。"})
    overlapping = ActingAuthority.objects.filter(
        post=post, ended_at__isnull=True, valid_from__lte=valid_to, valid_to__gte=valid_from
    ).select_related("deputy")
    if other := overlapping.first():
        raise ValidationError(
            {
                "valid_from": f"这几天已由{other.deputy}代行（{other.valid_from:%Y-%m-%d} 至 {other.valid_to:%Y-%m-%d}）。"
            }
        )
    wanted.granted_by = f"{actor.hat.office} {actor.signature}"[:160]
    wanted.granted_at = business_now()
    wanted.save()
    wanted.decision = record_act(
        subject_kind=ActingAuthority.subject_kind,
        subject_id=wanted.pk,
        subject_label=f"{post.user.name} {post.get_role_display()} 由{deputy.name}代行",
        action="authority.give",
        actor=actor,
        note=wanted.reason,
        data=_facts(wanted),
        messages=[
            _message(wanted, "accounts.authority_given", person)
            for person in {deputy.pk, post.user_id} - {actor.user_id}
        ],
    )
    wanted.save(update_fields=["decision"])
    return wanted


def _check_people(post: Post, deputy: User) -> None:
    theirs = Post.objects.held().filter(user=deputy, bureau_id=post.bureau_id).values_list("role", flat=True)
    if not theirs:
        raise ValidationError({"deputy": f"{deputy.name}在本单位没有在任岗位，不能代行。"})
    if post.role in theirs:
        raise ValidationError({"deputy": f"{deputy.name}本人就担任{post.get_role_display()}，不必代行。"})


def _check_dates(post: Post, valid_from: dt.date, valid_to: dt.date) -> None:
    if not Post.objects.open().filter(pk=post.pk).exists():
        raise Refused(no(f"{post.user}的这个岗位已经结束，不能授权他人代行。"))
    if valid_to < valid_from:
        raise ValidationError({"valid_to": "最后一天不得早于第一天。"})
    if valid_from < business_today():
        raise ValidationError({"valid_from": "代行不能从过去的日期开始：已经办过的事属于当时的人。"})
    if (valid_to - valid_from).days >= settings.ACTING_MAX_DAYS:
        raise ValidationError({"valid_to": f"一次代行最长 {settings.ACTING_MAX_DAYS} 天，到期可以再授权。"})
    if post.valid_to is not None and valid_to > post.valid_to:
        raise ValidationError({"valid_to": f"{post.user.name}的岗位到 {post.valid_to:%Y-%m-%d} 为止。"})


@transaction.atomic
def end_authority(*, actor: Actor, authority_id: int) -> ActingAuthority:
    """End an authority at once: the deputy's hat is gone with their next page. Raises Refused."""
    row = (
        ActingAuthority.objects.select_for_update(of=("self",))
        .select_related("post__user", "post__bureau", "deputy")
        .filter(pk=authority_id)
        .first()
    )
    require(actor, "authority.end", row or ActingAuthority(pk=authority_id))
    assert row is not None  # may() refuses an absent authority
    if not row.is_open:
        raise Refused(no("这项代行已经结束。", "请刷新后再看。"))
    _end(row, actor)
    return row


def _end(row: ActingAuthority, actor: Actor) -> None:
    row.ended_at, row.ended_by = business_now(), f"{actor.hat.office} {actor.signature}".strip()[:160]
    row.save(update_fields=["ended_at", "ended_by"])
    record_act(
        subject_kind=ActingAuthority.subject_kind,
        subject_id=row.pk,
        subject_label=f"{row.post.user.name} {row.post.get_role_display()} 由{row.deputy.name}代行",
        action="authority.end",
        actor=actor,
        data=_facts(row),
        messages=[
            _message(row, "accounts.authority_ended", person)
            for person in {row.deputy_id, row.post.user_id} - {actor.user_id}
        ],
    )


def end_with_post(*, post: Post) -> int:
    """A post is over: authorities that hang on it end, and those of a deputy who has no post left in the bureau."""
    about = Q(post=post)
    if not Post.objects.open().filter(user_id=post.user_id, bureau_id=post.bureau_id).exists():
        about |= Q(deputy_id=post.user_id, post__bureau_id=post.bureau_id)
    rows = list(ActingAuthority.objects.open().filter(about).select_related("post__user", "deputy").order_by("pk"))
    for row in rows:
        _end(row, SYSTEM)
    return len(rows)


def _facts(row: ActingAuthority) -> dict[str, object]:
    return {
        "post": row.post_id,
        "bureau": row.post.bureau_id,
        "role": row.post.role,
        "principal": row.post.user_id,
        "deputy": row.deputy_id,
        "from": row.valid_from.isoformat(),
        "to": row.valid_to.isoformat(),
    }


def _message(row: ActingAuthority, kind: str, person_id: int) -> Message:
    return Message(
        f"{kind}:{row.pk}:{person_id}",
        kind,
        "user",
        person_id,
        {
            "principal": row.post.user.name,
            "deputy": row.deputy.name,
            "role": Role(row.post.role).label,
            "from": row.valid_from.isoformat(),
            "to": row.valid_to.isoformat(),
        },
    )
