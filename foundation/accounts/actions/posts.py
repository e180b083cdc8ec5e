"""Posts: a person gets a role in a bureau from a day; it ends on a day and is never deleted.

Who may is decided in ``permissions.py``: the bureau above makes the posts of bureaus directly below it; a bureau's
own 岗位管理 makes all but 岗位管理 itself; the portal's system administrator makes 岗位管理 of a province and the three
administrators.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from foundation.accounts.actions.authority import end_with_post
from foundation.accounts.actions.people import clean_mobile, create_account
from foundation.accounts.actor import Actor
from foundation.accounts.events import PostEnded
from foundation.accounts.models import Bureau, Post, User
from foundation.accounts.roles import ADMIN_ROLES, Role
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_now, business_today, real_now
from foundation.core.errors import Refused
from foundation.core.events import announce
from foundation.core.text import normalise_name
from foundation.core.verdict import Verdict, no, ok


@dataclass(frozen=True, slots=True)
class Appointment:
    """What came of an appointment; ``one_time_password`` is empty when the person had an account already."""

    post: Post
    user: User
    one_time_password: str


def today_for(bureau_id: int | None) -> dt.date:
    """The day by which a post is judged: business time for officials, the machine's for the three administrators."""
    return business_today() if bureau_id else real_now().date()


@transaction.atomic
def create_post(
    *,
    actor: Actor,
    user: User,
    bureau: Bureau | None,
    role: str,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> Post:
    """Give a person a post. Raises Refused when the actor may not, ValidationError when the post is already held."""
    bureau_id = bureau.pk if bureau else None
    post = Post(user=user, bureau=bureau, role=role, valid_from=valid_from or today_for(bureau_id), valid_to=valid_to)
    require(actor, "post.create", post)
    User.objects.select_for_update().get(pk=user.pk)  # two appointments of one person wait for each other
    verdict = separation(user, role)
    if not verdict:
        raise Refused(verdict)
    post.full_clean()
    if Post.objects.open().filter(user=user, bureau=bureau, role=role).exists():
        raise ValidationError({"role": f"{user.name}已担任{Role(role).label}。"})
    post.save()
    _record(post, "post.create", actor)
    return post


def separation(user: User, role: str) -> Verdict:
    """The three administrators are three people, and none of them an official (GB/T 22239, policy.md h)."""
    held = set(Post.objects.open().filter(user=user).values_list("role", flat=True))
    if role in ADMIN_ROLES and held - {role}:
        return no(f"{user.name}已有其他岗位。系统、审计、安全管理员须由不同的人担任，也不得兼任业务岗位。")
    if role not in ADMIN_ROLES and held & ADMIN_ROLES:
        return no(f"{user.name}是系统、审计或安全管理员，不得兼任业务岗位。")
    return ok()


@transaction.atomic
def appoint(
    *,
    actor: Actor,
    bureau: Bureau | None,
    role: str,
    name: str,
    phone: str,
    email: str = "",
    valid_from: dt.date | None = None,
) -> Appointment:
    """Give a post to the person with this mobile number; somebody without an account gets one with a one-time password.

    One person has one account however many hats: a known number with the same name gets the post added. Raises
    ValidationError when the number belongs to somebody of another name.
    """
    require(
        actor,
        "post.create",
        Post(bureau=bureau, role=role, valid_from=valid_from or today_for(bureau.pk if bureau else None)),
    )
    try:
        mobile = clean_mobile(phone)
    except ValidationError as error:
        raise ValidationError({"phone": error}) from None
    if not mobile:
        raise ValidationError({"phone": "请填写手机号，本人用它登录。"})
    user, once = User.objects.filter(phone=mobile).first(), ""
    if user is None:
        user, once = create_account(actor=actor, name=name, phone=mobile, email=email)
    elif normalise_name(user.name) != normalise_name(name):
        raise ValidationError({"phone": "该手机号已登记在另一个姓名的账号上，请核对号码和姓名。"})
    post = create_post(actor=actor, user=user, bureau=bureau, role=role, valid_from=valid_from)
    return Appointment(post, user, once)


@transaction.atomic
def end_post(*, actor: Actor, post_id: int, last_day: dt.date | None = None, confirmed: bool = False) -> Post:
    """End a post: at once (no day, or today), or after a last day still to come. The row stays.

    Ending the last 岗位管理 of a bureau asks for ``confirmed``. Raises Refused.
    """
    post = Post.objects.select_for_update(of=("self",)).select_related("bureau", "user").filter(pk=post_id).first()
    require(actor, "post.end", post or Post(pk=post_id))
    assert post is not None  # may() refuses an absent post
    today = today_for(post.bureau_id)
    last_day = last_day or today
    if not Post.objects.open().filter(pk=post.pk).exists():
        raise Refused(no(f"{post.user}的这个岗位已经结束。", "请刷新后再看。"))
    if last_day < today:
        raise Refused("停用日期不能早于今天：已经办过的事仍属于当时的岗位。")
    if is_last(post) and not confirmed:
        raise Refused(
            no(
                f"{post.user}是最后一名{post.get_role_display()}，停用后这里将无人管理岗位。",
                "请先任命接替的人；确实要停用的，请勾选确认后再提交。",
            )
        )
    post.valid_to = max(last_day, post.valid_from)
    post.ended_at = (business_now() if post.bureau_id else real_now()) if last_day == today else None
    post.save(update_fields=["valid_to", "ended_at"])
    _record(post, "post.end", actor, {"last_day": post.valid_to.isoformat()})
    if post.ended_at is not None:
        end_with_post(post=post)
    announce(PostEnded(post_id=post.pk, user_id=post.user_id, bureau_id=post.bureau_id, role=post.role))
    return post


def is_last(post: Post) -> bool:
    """Whether nobody else holds this managing role there: 岗位管理 of a bureau, or one of the three administrators."""
    if post.role != Role.POST_MANAGER and post.role not in ADMIN_ROLES:
        return False
    others = Post.objects.held().filter(Q(bureau_id=post.bureau_id), role=post.role).exclude(pk=post.pk)
    return not others.exists()


def _record(post: Post, action: str, actor: Actor, data: dict | None = None) -> None:
    holder = post.bureau.name if post.bureau else "平台"
    record_act(
        subject_kind=Post.subject_kind,
        subject_id=post.pk,
        subject_label=f"{holder} {post.get_role_display()} {post.user.name}",
        action=action,
        actor=actor,
        data={"bureau": post.bureau_id, "role": post.role, "from": post.valid_from.isoformat(), **(data or {})},
    )
