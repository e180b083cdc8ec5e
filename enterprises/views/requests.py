"""Claims and hand-overs: asked by a person, answered by the county."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import evidence
from enterprises.actions import requests as actions
from enterprises.forms import CodeForm, RequestForm
from enterprises.models import Claim, Enterprise, HandOver
from enterprises.models.people import MEMBER_ROLES
from enterprises.queries import open_requests
from enterprises.views.common import own_enterprise, posted
from enterprises.views.registration import CLAIM_KEY
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may, sees
from foundation.accounts.transition import require
from foundation.core.errors import Refused
from foundation.core.verdict import no

_ABSENT = no("没有这份材料，或它不在您的职责范围内。")


@require_http_methods(["GET", "POST"])
def new_claim(request: PortalRequest) -> HttpResponse:
    """The code is registered already: say why the firm is yours, with a paper."""
    require(request.actor, "enterprise.claim")
    return _new(request, hand_over=False)


@require_http_methods(["GET", "POST"])
def new_hand_over(request: PortalRequest) -> HttpResponse:
    """The administrator is lost: ask for another, with the licence."""
    require(request.actor, "enterprise.hand_over")
    return _new(request, hand_over=True)


def _new(request: PortalRequest, *, hand_over: bool) -> HttpResponse:
    own = own_enterprise(request) if hand_over else None
    known = own.uscc if own else request.session.get(CLAIM_KEY, "")
    code = CodeForm(posted(request), initial={"uscc": known})
    form = RequestForm(posted(request), request.FILES or None)
    if not hand_over:
        del form.fields["lost_admin"]
    if request.method == "POST" and code.is_valid() and form.is_valid():
        enterprise = Enterprise.objects.filter(uscc=code.cleaned_data["uscc"]).select_related("bureau").first()
        if enterprise is None:
            code.add_error("uscc", "该代码还没有登记，可以直接登记企业。")
        elif not enterprise.is_active:
            code.add_error("uscc", f"该企业已标为注销。如有误，请联系{enterprise.bureau.name}。")
        else:
            try:
                _open(request, enterprise, form.cleaned_data, hand_over)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                request.session.pop(CLAIM_KEY, None)
                messages.success(request, "已提交，由县级主管部门核对，结果会发到消息里。")
                return redirect("enterprises:my_requests")
    wrong = request.method == "POST" and bool(code.errors or form.errors)
    context = {"code": code, "form": form, "hand_over": hand_over}
    return render(request, "enterprises/request_new.html", context, status=400 if wrong else 200)


def _open(request: PortalRequest, enterprise: Enterprise, answers: dict[str, Any], hand_over: bool) -> None:
    file = evidence.take(answers["evidence"], actor=request.actor, enterprise=enterprise, purpose=evidence.REQUEST)
    common = {
        "enterprise": enterprise,
        "user": request.user,
        "evidence": file,
        "reason": answers["reason"],
        "actor": request.actor,
    }
    if hand_over:
        actions.open_hand_over(lost_admin=answers["lost_admin"], **common)
    else:
        actions.open_claim(**common)


@require_http_methods(["GET", "POST"])
def my_requests(request: PortalRequest) -> HttpResponse:
    """What one has asked for, and its answer; an open one can be taken back."""
    rows: list[Any] = []
    for model in (Claim, HandOver):
        mine = model.objects.filter(user_id=request.actor.user_id).select_related("enterprise", "evidence")
        rows += mine.order_by("-pk")
    if request.method == "POST":
        kind, _, number = request.POST.get("request", "").partition(":")
        chosen = next((row for row in rows if row.subject_kind == kind and str(row.pk) == number), None)
        if chosen is None:
            raise Refused(_ABSENT)
        actions.withdraw(request=chosen, actor=request.actor)
        messages.success(request, "已撤回。")
        return redirect("enterprises:my_requests")
    lines = [
        {
            "request": row,
            "noun": "认领" if isinstance(row, Claim) else "更换管理员",
            "open": row.state == Claim.State.OPEN,
            "tone": {"open": "wait", "granted": "ok", "refused": "no"}.get(row.state, "mo"),
            "file_url": evidence.url_of(row.evidence),
        }
        for row in sorted(rows, key=lambda row: row.opened_at, reverse=True)
    ]
    return render(request, "enterprises/my_requests.html", {"lines": lines})


@require_safe
def queue(request: PortalRequest) -> HttpResponse:
    """What waits for this bureau's answer."""
    require(request.actor, "enterprise.decide_claim")
    claims, hand_overs = open_requests(request.actor)
    lines: list[dict[str, Any]] = [
        {"request": row, "noun": noun, "place": f"enterprises:{row.subject_kind}"}
        for noun, rows in (("认领", claims), ("更换管理员", hand_overs))
        for row in rows
    ]
    lines.sort(key=lambda line: line["request"].opened_at)
    return render(request, "enterprises/requests.html", {"lines": lines})


@require_http_methods(["GET", "POST"])
def claim(request: PortalRequest, pk: int) -> HttpResponse:
    """One claim with its paper beside the record of the firm."""
    row = Claim.objects.select_related("enterprise__bureau", "user", "evidence").filter(pk=pk).first()
    return _decide(request, row, "enterprise.decide_claim")


@require_http_methods(["GET", "POST"])
def hand_over(request: PortalRequest, pk: int) -> HttpResponse:
    """One hand-over."""
    row = HandOver.objects.select_related("enterprise__bureau", "user", "evidence").filter(pk=pk).first()
    return _decide(request, row, "enterprise.decide_hand_over")


def _decide(request: PortalRequest, row: Any, action: str) -> HttpResponse:
    if row is None or not sees(request.actor, row):
        raise Refused(_ABSENT)
    if not request.actor.is_official:
        return redirect("enterprises:my_requests")
    verdict = may(request.actor, action, row)
    refused, opinion = "", request.POST.get("opinion", "")
    if request.method == "POST":
        grant = request.POST.get("action") == "grant"
        try:
            if isinstance(row, Claim):
                role = request.POST.get("role", "")
                actions.decide_claim(claim_id=row.pk, grant=grant, opinion=opinion, role=role, actor=request.actor)
            else:
                actions.decide_hand_over(hand_over_id=row.pk, grant=grant, opinion=opinion, actor=request.actor)
        except Refused as refusal:
            if refusal.status == 409:
                raise
            refused = str(refusal)
        else:
            messages.success(request, "已同意。" if grant else "已答复不同意。")
            return redirect("enterprises:requests")
    admins = row.enterprise.memberships.filter(valid_to__isnull=True).select_related("user")
    context = {
        "row": row,
        "is_claim": isinstance(row, Claim),
        "noun": "认领" if isinstance(row, Claim) else "更换管理员",
        "people": admins,
        "roles": MEMBER_ROLES,
        "verdict": verdict,
        "open": row.state == Claim.State.OPEN,
        "file_url": evidence.url_of(row.evidence),
        "refused": refused,
        "opinion": opinion,
    }
    return render(request, "enterprises/request.html", context, status=400 if refused else 200)
