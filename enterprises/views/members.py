"""People of an enterprise, and the link of an invitation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from enterprises.actions import members as actions
from enterprises.forms import InviteForm
from enterprises.handlers import INVITATION_KEY
from enterprises.models import Invitation
from enterprises.views.common import (
    firm_context,
    missing,
    own_enterprise,
    posted,
    seen_enterprise,
    whole_number,
)
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.middleware import HAT_KEY
from foundation.accounts.transition import require
from foundation.core.clock import real_now
from foundation.core.errors import Refused


@require_http_methods(["GET", "POST"])
def members(request: PortalRequest, pk: int) -> HttpResponse:
    """Members and open invitations; a new invitation shows its link once."""
    enterprise = seen_enterprise(request, pk)
    if not request.actor.is_enterprise:
        raise missing()
    manage = may(request.actor, "enterprise.manage_members", enterprise)
    form = InviteForm(posted(request))
    link, invited = "", None
    if request.method == "POST":
        require(request.actor, "enterprise.manage_members", enterprise)
        if form.is_valid():
            try:
                invited, token = actions.invite(
                    enterprise=enterprise,
                    address=form.cleaned_data["address"],
                    name=form.cleaned_data["name"],
                    role=form.cleaned_data["role"],
                    actor=request.actor,
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                link = request.build_absolute_uri(reverse("enterprises:invitation", args=[token]))
                form = InviteForm()
    now = real_now()
    invitations = [
        {"invitation": row, "expired": row.expires_at <= now}
        for row in enterprise.invitations.filter(state=Invitation.State.OPEN)
    ]
    people = enterprise.memberships.filter(valid_to__isnull=True).select_related("user").order_by("-role", "pk")
    context = firm_context(
        request,
        enterprise,
        "members",
        people=people,
        invitations=invitations,
        manage=manage,
        form=form,
        link=link,
        invited=invited,
        own_id=request.actor.user_id,
        requests=enterprise.claims.filter(state="open").select_related("user"),
    )
    status = 400 if request.method == "POST" and form.errors else 200
    return render(request, "enterprises/members.html", context, status=status)


@require_POST
def member(request: PortalRequest, pk: int) -> HttpResponse:
    """Another role, the end of a membership, or leaving."""
    enterprise = seen_enterprise(request, pk)
    row = whole_number(request.POST.get("row"))
    if row is None:
        raise missing()
    role = request.POST.get("role", "")
    if role:
        actions.change_role(enterprise=enterprise, membership_id=row, role=role, actor=request.actor)
        messages.success(request, "角色已更改。")
    else:
        own = enterprise.memberships.filter(pk=row, user_id=request.actor.user_id).exists()
        actions.end_membership(enterprise=enterprise, membership_id=row, actor=request.actor)
        if own:
            request.session.pop(HAT_KEY, None)
            messages.success(request, f"您已退出{enterprise.name}。")
            return redirect("/")
        messages.success(request, "已移出成员。")
    return redirect("enterprises:members", pk=enterprise.pk)


@require_POST
def cancel_invitation(request: PortalRequest, pk: int, row: int) -> HttpResponse:
    """Take a link back."""
    enterprise = seen_enterprise(request, pk)
    actions.cancel_invitation(enterprise=enterprise, invitation_id=row, actor=request.actor)
    messages.success(request, "邀请已取消。")
    return redirect("enterprises:members", pk=enterprise.pk)


@login_not_required
@require_http_methods(["GET", "POST"])
def invitation(request: PortalRequest, token: str) -> HttpResponse:
    """The link: shows who invites; who is signed in accepts by a button, others sign in first and it is used then."""
    found = actions.open_invitation(token)
    signed_in = request.user.is_authenticated
    if request.method == "POST" and found is not None:
        if not signed_in:
            request.session[INVITATION_KEY] = token
            query = urlencode({"next": reverse("enterprises:overview")})
            return redirect(f"{reverse('accounts:sign_in')}?{query}")
        membership = actions.accept_invitation(token=token, user=request.user, actor=request.actor)  # type: ignore[arg-type]
        request.session[HAT_KEY] = f"enterprise:{membership.enterprise_id}:{membership.role}"
        messages.success(request, f"您已加入{found.enterprise.name}。")
        return redirect("enterprises:overview")
    context = {"invitation": found, "signed_in": signed_in, "own": own_enterprise(request) if signed_in else None}
    return render(request, "enterprises/invitation.html", context, status=200 if found else 410)
