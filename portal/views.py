"""The door: a home page per role, public pages."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from foundation.accounts import privacy
from foundation.accounts.http import PortalRequest
from foundation.accounts.roles import ADMIN_ROLES
from foundation.core.registries import panels_for
from portal import overview
from portal.rehearsal.accounts import sign_in_as


@login_not_required
@require_GET
def home(request: PortalRequest) -> HttpResponse:
    """Visitors see what this is; enterprises go to their home; officials see what waits; administrators their pages."""
    actor = request.actor
    if not request.user.is_authenticated:
        return render(request, "portal/welcome.html", {"panels": panels_for("welcome", actor, None)})
    if actor.is_enterprise:
        return redirect("enterprises:home")
    desk = overview.Desk(actor)
    if actor.is_official:
        context = {
            "todo": overview.todo_for(desk),
            "figures": overview.figures_for(desk),
            "panels": panels_for("work", actor, None),
        }
        return render(request, "portal/work.html", context)
    if actor.role in ADMIN_ROLES:
        return render(request, "portal/administration.html", {"todo": overview.todo_for(desk)})
    return render(request, "portal/no_hat.html")


@login_not_required
@require_GET
def public_page(request: PortalRequest, name: str) -> HttpResponse:
    """使用帮助, 隐私说明, 无障碍说明."""
    return render(request, f"portal/{name}.html", privacy.notice_facts() if name == "privacy" else {})


@login_not_required
@require_POST
def demo_sign_in(request: PortalRequest) -> HttpResponse:
    """Put on a demo account with one press: in a rehearsal database, for accounts marked as demo, and nowhere else."""
    sign_in_as(request, request.POST.get("user", ""))
    return redirect("portal:home")
