"""Acting authority and handing over a desk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.accounts import desk
from foundation.accounts.actions import authority
from foundation.accounts.actor import Actor
from foundation.accounts.forms import show_errors
from foundation.accounts.forms_guard import AuthorityForm, SuccessorForm
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.models import ActingAuthority, Bureau, Post, User
from foundation.accounts.permissions_guard import LENDABLE, Desk
from foundation.accounts.roles import Role
from foundation.accounts.transition import require
from foundation.core.clock import business_today
from foundation.core.errors import Refused

_PAST = 30


@require_GET
def deputies(request: PortalRequest) -> HttpResponse:
    """Who acts for me, for whom I act; for 岗位管理 everybody in the bureau."""
    actor = request.actor
    if not actor.is_official:
        raise Refused("这一页属于主管部门的岗位。")
    rows = (
        ActingAuthority.objects.visible_to(actor)
        .filter(post__bureau_id=actor.bureau_id)
        .select_related("post__user", "deputy")
        .order_by("-id")
    )
    whole = actor.role == Role.POST_MANAGER
    if not whole:
        rows = rows.filter(post__user_id=actor.user_id) | rows.filter(deputy_id=actor.user_id)
    shown = list(rows[: _PAST * 2])
    context = {
        "present": [_row(actor, row) for row in shown if row.is_open],
        "past": [row for row in shown if not row.is_open][:_PAST],
        "whole": whole,
        "can_give": lendable_posts(actor).exists() and not actor.acting_for,
    }
    return render(request, "accounts/deputies.html", context)


def _row(actor: Actor, row: ActingAuthority) -> dict[str, Any]:
    return {"row": row, "may_end": bool(may(actor, "authority.end", row))}


def lendable_posts(actor: Actor) -> Any:
    """Posts the actor may let somebody act in: one's own, for 岗位管理 all of the bureau."""
    posts = Post.objects.open().filter(bureau_id=actor.bureau_id, role__in=sorted(LENDABLE))
    if actor.role != Role.POST_MANAGER:
        posts = posts.filter(user_id=actor.user_id)
    return posts.select_related("user").order_by("user__name", "id")


@require_http_methods(["GET", "POST"])
def give_authority(request: PortalRequest) -> HttpResponse:
    """Let a colleague act."""
    actor = request.actor
    if not actor.is_official or actor.bureau_id is None:
        raise Refused("这一页属于主管部门的岗位。")
    if actor.acting_for:
        raise Refused("代行的身份不能再授权他人。请由岗位本人或本单位岗位管理人员办理。")
    posts = lendable_posts(actor)
    people = desk.colleagues(actor.user_id or 0, actor.bureau_id)
    form = AuthorityForm(request.POST or None, posts=posts, deputies=people, today=business_today(), own=actor.user_id)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = authority.give_authority(
                actor=actor,
                post_id=data["post"].pk,
                deputy_id=data["deputy"].pk,
                valid_from=data["valid_from"],
                valid_to=data["valid_to"],
                reason=data["reason"],
            )
        except ValidationError as error:
            show_errors(form, error)
        except Refused as refusal:  # what was typed stays on the page
            form.add_error(None, str(refusal.verdict))
        else:
            messages.success(request, f"已授权{made.deputy.name}代行，署名为“{made}”。")
            return redirect("accounts:deputies")
    context = {"form": form, "has_posts": posts.exists(), "has_people": people.exists()}
    return render(request, "accounts/give_authority.html", context, status=422 if form.errors else 200)


@require_POST
def end_authority(request: PortalRequest, pk: int) -> HttpResponse:
    """End it at once."""
    get_object_or_404(ActingAuthority.objects.visible_to(request.actor), pk=pk)
    ended = authority.end_authority(actor=request.actor, authority_id=pk)
    messages.success(request, f"{ended}的代行已结束。")
    return redirect("accounts:deputies")


@require_http_methods(["GET", "POST"])
def hand_over(request: PortalRequest, pk: int) -> HttpResponse:
    """Move everything on somebody's desk to a colleague; first what there is, then the act."""
    actor = request.actor
    person = get_object_or_404(User, pk=pk)
    bureau_id = actor.bureau_id
    if bureau_id is None:
        raise Refused("这一页属于主管部门的岗位。")
    if person.pk != actor.user_id and not Post.objects.filter(user=person, bureau_id=bureau_id).exists():
        raise Http404
    require(actor, "desk.hand_over", Desk(person.pk, bureau_id))
    piles = desk.piles(person.pk, bureau_id)
    people = desk.colleagues(person.pk, bureau_id)
    form = SuccessorForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        moved = desk.hand_over(
            actor=actor,
            user_id=person.pk,
            successor_id=data["successor"].pk,
            bureau_id=bureau_id,
            reason=data["reason"],
        )
        messages.success(request, f"已移交给{data['successor'].name}：{desk.told_in_words(moved)}。")
        return redirect(_back(actor))
    context = {
        "form": form,
        "person": person,
        "own": person.pk == actor.user_id,
        "piles": piles,
        "any": any(pile.number for pile in piles),
        "has_people": people.exists(),
        "bureau": Bureau.objects.get(pk=bureau_id),
        "back": _back(actor),
    }
    return render(request, "accounts/hand_over.html", context, status=422 if form.errors else 200)


def _back(actor: Actor) -> str:
    return reverse("accounts:posts") if actor.role == Role.POST_MANAGER else reverse("accounts:profile")
