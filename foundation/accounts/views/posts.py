"""Posts of one's own bureau and of those below: list, appoint, end; passwords reset after an identity check."""

from __future__ import annotations

import secrets as system_secrets
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from foundation.accounts import desk, queries, secrets
from foundation.accounts.actions import passwords, posts
from foundation.accounts.actions.second_factor import rules_in_force
from foundation.accounts.actor import Actor
from foundation.accounts.forms import AppointForm, EndPostForm, ResetForm, show_errors
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.models import Bureau, Post, User
from foundation.accounts.permissions_guard import LENDABLE, Desk
from foundation.accounts.roles import Role
from foundation.accounts.transition import require
from foundation.accounts.views.shared import bureau_or_404
from foundation.core.errors import Refused

_SHOWN_SECONDS = 600


@require_GET
def own_posts(request: PortalRequest) -> HttpResponse:
    """Posts of the bureau one works for; for the system administrator those of the three administrators."""
    actor = request.actor
    bureau = Bureau.objects.filter(pk=actor.bureau_id).first() if actor.bureau_id else None
    require(actor, "post.list", bureau)
    return render(request, "accounts/posts.html", posts_context(actor, bureau))


def posts_context(actor: Actor, bureau: Bureau | None) -> dict[str, Any]:
    """Rows of a posts table with what the actor may do to each."""
    present = queries.posts_in(bureau.pk if bureau else None)
    rows = []
    today = posts.today_for(bureau.pk if bureau else None)
    needed = rules_in_force()
    may_hand_over = bureau is not None and bool(may(actor, "desk.hand_over", Desk(0, bureau.pk)))
    may_end_role = {role: _may_end(actor, bureau, role) for role in {*Role}}
    for post in present:
        rows.append(
            {
                "post": post,
                "begins": post.valid_from > today,
                "may_end": may_end_role[Role(post.role)] and not (bureau is None and post.user_id == actor.user_id),
                "may_reset": _may_reset(actor, post, may_end_role[Role(post.role)]),
                "may_hand_over": post.role in LENDABLE and (may_hand_over or _is_own(actor, post)),
                "needs_second": needed.get(post.role, False),
            }
        )
    return {
        "bureau": bureau,
        "rows": rows,
        "ended": queries.ended_posts_in(bureau.pk if bureau else None),
        "can_appoint": bool(queries.appointable_roles(actor, bureau)),
        "vacant": vacancies(bureau, present),
    }


def _is_own(actor: Actor, post: Post) -> bool:
    return post.user_id == actor.user_id and post.bureau_id == actor.bureau_id and not actor.acting_for


def _may_reset(actor: Actor, post: Post, manages: bool) -> bool:
    """Whether the list offers it; an official with posts elsewhere too is refused on the page itself, with the reason."""
    if post.bureau_id is None:  # three rows, and the administrators keep each other's doors by another rule
        return bool(may(actor, "account.reset_for_bureau", post.user))
    return manages and post.user_id != actor.user_id


def _may_end(actor: Actor, bureau: Bureau | None, role: Role) -> bool:
    """Whether a post of this role there may be ended: the same for all posts of a role, so asked once per role."""
    return bool(may(actor, "post.create", Post(bureau=bureau, role=role)))


def vacancies(bureau: Bureau | None, present: list[Post]) -> list[str]:
    """Roles the bureau's own setting of hands needs and nobody holds."""
    if bureau is None:
        return []
    held = {post.role for post in present}
    most = max(row.hands for row in queries.all_hands(bureau.pk))
    needed = [
        Role.HANDLER,
        Role.ARCHIVIST,
        *([Role.SIGNER] if most >= 2 else []),
        *([Role.REVIEWER] if most >= 3 else []),
    ]
    return [role.label for role in (*needed, Role.POST_MANAGER) if role not in held]


@never_cache
@require_http_methods(["GET", "POST"])
def appoint(request: PortalRequest) -> HttpResponse:
    """Give somebody a post; a new person's one-time password is shown on the next page, once."""
    actor = request.actor
    bureau = _wanted_bureau(request)
    roles = queries.appointable_roles(actor, bureau)
    if not roles:
        probe = Role.HANDLER if bureau else Role.SYSTEM_ADMIN
        require(actor, "post.create", Post(bureau=bureau, role=probe))
    today = posts.today_for(bureau.pk if bureau else None)
    form = AppointForm(request.POST or None, roles=roles, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            done = posts.appoint(actor=actor, bureau=bureau, **form.cleaned_data)
        except ValidationError as error:
            show_errors(form, error)
        else:
            told = f"已任命{done.user.name}为{done.post.get_role_display()}。"
            if not done.one_time_password:
                messages.success(request, f"{told}岗位已加在其原有账号上。")
                return redirect(_list_url(actor, bureau))
            return redirect(show_once(request, done.user, done.one_time_password, told, _list_url(actor, bureau)))
    context = {"form": form, "bureau": bureau, "back": _list_url(actor, bureau)}
    return render(request, "accounts/appoint.html", context, status=422 if form.errors else 200)


def _wanted_bureau(request: PortalRequest) -> Bureau | None:
    wanted = request.POST.get("bureau") or request.GET.get("bureau")
    if wanted:
        return bureau_or_404(request.actor, wanted)
    own = request.actor.bureau_id
    return get_object_or_404(Bureau, pk=own) if own else None


def _list_url(actor: Actor, bureau: Bureau | None) -> str:
    if bureau is None or bureau.pk == actor.bureau_id:
        return reverse("accounts:posts")
    return reverse("accounts:bureau", args=[bureau.pk])


@require_http_methods(["GET", "POST"])
def end_post(request: PortalRequest, pk: int) -> HttpResponse:
    """End a post from a day on."""
    post = get_object_or_404(Post.objects.visible_to(request.actor).select_related("bureau", "user"), pk=pk)
    require(request.actor, "post.end", post)
    piles = _piles(request.actor, post)
    form = EndPostForm(
        request.POST or None,
        initial={"last_day": posts.today_for(post.bureau_id)},
        people=desk.colleagues(post.user_id, post.bureau_id or 0) if piles else None,
    )
    last = posts.is_last(post)
    if not last:
        del form.fields["confirmed"]
    back = _list_url(request.actor, post.bureau)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if last and not data["confirmed"]:
            form.add_error("confirmed", "请勾选确认，或先任命接替的人。")
        else:
            try:
                told = _end(request.actor, post, data)
            except Refused as refusal:  # what was typed stays on the page
                form.add_error(None, str(refusal.verdict))
            else:
                messages.success(request, told)
                return redirect(back)
    context = {"form": form, "post": post, "last": last, "back": back, "piles": piles}
    return render(request, "accounts/end_post.html", context, status=422 if form.errors else 200)


def _piles(actor: Actor, post: Post) -> list[desk.Pile]:
    """What would be left lying when the post ends, where the actor may hand it over; empty otherwise."""
    if post.bureau_id is None or not may(actor, "desk.hand_over", Desk(post.user_id, post.bureau_id)):
        return []
    return [pile for pile in desk.piles(post.user_id, post.bureau_id) if pile.number]


@transaction.atomic
def _end(actor: Actor, post: Post, data: dict[str, Any]) -> str:
    """Hand the desk over where a successor was chosen, then end the post: both or nothing. Returns what to tell."""
    moved = ""
    if successor := data.get("successor"):
        found = desk.hand_over(
            actor=actor,
            user_id=post.user_id,
            successor_id=successor.pk,
            bureau_id=post.bureau_id or 0,
            reason=f"{post.get_role_display()}岗位停用",
        )
        moved = f"已移交给{successor.name}：{desk.told_in_words(found)}。"
    ended = posts.end_post(
        actor=actor, post_id=post.pk, last_day=data["last_day"], confirmed=data.get("confirmed", False)
    )
    when = "立即停用" if ended.ended_at else f"将在 {ended.valid_to:%Y-%m-%d} 后停用"
    return f"{post.user.name}的{post.get_role_display()}岗位{when}。{moved}"


@never_cache
@require_http_methods(["GET", "POST"])
def reset_for(request: PortalRequest, pk: int) -> HttpResponse:
    """Reset somebody's password after an identity check."""
    person = User.objects.filter(pk=pk).first()
    require(request.actor, "account.reset_for_bureau", person or User(pk=pk))
    assert person is not None
    form = ResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user, once = passwords.reset_for(actor=request.actor, user_id=pk, request=request, **form.cleaned_data)
        back = {Role.HANDLER: "/", Role.SECURITY_ADMIN: reverse("accounts:locks")}.get(
            Role(request.actor.role), reverse("accounts:posts")
        )
        return redirect(show_once(request, user, once, f"{user.name}的密码已重置。", back))
    return render(
        request, "accounts/reset_for.html", {"form": form, "person": person}, status=422 if form.errors else 200
    )


def show_once(request: PortalRequest, user: User, password: str, told: str, back: str) -> str:
    """Address of a page that shows a one-time password to this official, once and for ten minutes at most."""
    token = system_secrets.token_urlsafe(18)
    secrets.keep(f"shown:{request.user.pk}:{token}", password, _SHOWN_SECONDS)
    request.session["shown_once"] = {"token": token, "user": user.pk, "told": told, "back": back}
    return reverse("accounts:one_time", args=[token])


@never_cache
@require_GET
def one_time(request: PortalRequest, token: str) -> HttpResponse:
    """The one-time password; a second look finds it gone."""
    about = request.session.get("shown_once") or {}
    if about.get("token") != token:
        raise Http404
    password = secrets.take(f"shown:{request.user.pk}:{token}")
    person = get_object_or_404(User, pk=about["user"])
    context = {"password": password, "person": person, "told": about["told"], "back": about["back"]}
    return render(request, "accounts/one_time.html", context)
