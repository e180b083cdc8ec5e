"""Bureaus: those below, one of them, its contact block, its hands, who it answers to."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from foundation.accounts import queries
from foundation.accounts.actions import bureaus
from foundation.accounts.forms import BureauForm, ContactForm, HandsForm, LineForm, NewBureauForm, show_errors
from foundation.accounts.http import PortalRequest
from foundation.accounts.may import may
from foundation.accounts.models import Bureau, BureauPath
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import Level, Role
from foundation.accounts.transition import require
from foundation.accounts.views.posts import posts_context
from foundation.accounts.views.shared import bureau_or_404
from foundation.core.clock import business_today
from foundation.core.errors import Refused


@require_GET
def below(request: PortalRequest) -> HttpResponse:
    """Bureaus directly below with who works there; for the system administrator the provinces."""
    actor = request.actor
    require(actor, "bureau.list_below")
    if actor.role == Role.SYSTEM_ADMIN:
        own, rows = None, queries.provinces()
    else:
        own = Bureau.objects.get(pk=actor.bureau_id or 0)
        rows = queries.directly_below(own.pk)
    query = request.GET.get("q", "").strip()
    if query:
        rows = rows.filter(name__icontains=query)
    staffed = queries.staffed(rows)
    unmanned = sum(1 for row in staffed if not row.managers)
    if request.GET.get("show") == "unmanned":
        staffed = [row for row in staffed if not row.managers]
    context = {
        "own": own,
        "rows": staffed,
        "q": query,
        "show": request.GET.get("show", ""),
        "unmanned": unmanned,
        "can_create": bool(own and may(actor, "bureau.create", own)),
    }
    return render(request, "accounts/below.html", context)


@require_GET
def own_bureau(request: PortalRequest) -> HttpResponse:
    """The bureau one works for."""
    if request.actor.bureau_id is None:
        raise Refused("这一页属于主管部门的岗位。")
    return redirect("accounts:bureau", pk=request.actor.bureau_id)


@require_GET
def bureau(request: PortalRequest, pk: int) -> HttpResponse:
    """One bureau: posts, contact, hands, reporting lines."""
    actor = request.actor
    found = bureau_or_404(actor, pk)
    context = posts_context(actor, found) | {
        "hands": queries.all_hands(found.pk),
        "lines": queries.lines_of(found.pk),
        "today": business_today(),
        "is_own": found.pk == actor.bureau_id,
        "can_contact": bool(may(actor, "bureau.edit_contact", found)),
        "can_hands": bool(may(actor, "bureau.set_hands", found)),
        "can_line": bool(may(actor, "bureau.set_line", found)),
        "can_edit": bool(may(actor, "bureau.update", found)),
    }
    return render(request, "accounts/bureau.html", context)


@require_http_methods(["GET", "POST"])
def edit_contact(request: PortalRequest, pk: int) -> HttpResponse:
    """Change the contact block."""
    found = bureau_or_404(request.actor, pk)
    require(request.actor, "bureau.edit_contact", found)
    form = ContactForm(request.POST or None, initial={name: getattr(found, name) for name in bureaus.CONTACT_FIELDS})
    if request.method == "POST" and form.is_valid():
        bureaus.edit_contact(actor=request.actor, bureau_id=pk, **form.cleaned_data)
        messages.success(request, "联系人已保存，此后的通知和表格使用新的联系人。")
        return redirect("accounts:bureau", pk=pk)
    context = {"form": form, "bureau": found, "heading": "修改联系人", "told": "印在通知、汇总表上，也供企业联系。"}
    return render(request, "accounts/bureau_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def set_hands(request: PortalRequest, pk: int) -> HttpResponse:
    """Set the hands of every kind of act."""
    found = bureau_or_404(request.actor, pk)
    require(request.actor, "bureau.set_hands", found)
    form = HandsForm(request.POST or None, present=queries.all_hands(pk))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            for act, hands, distinct in form.wanted():
                bureaus.set_hands(actor=request.actor, bureau_id=pk, act=act, hands=hands, distinct=distinct)
        messages.success(request, "办理道数已保存，对此后新办的事项生效。")
        return redirect("accounts:bureau", pk=pk)
    counts = queries.staffed(Bureau.objects.filter(pk=pk))[0].counts
    staff = [(role.label, counts[role.value]) for role in (Role.HANDLER, Role.REVIEWER, Role.SIGNER)]
    context = {"form": form, "bureau": found, "staff": staff}
    return render(request, "accounts/hands.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def set_line(request: PortalRequest, pk: int) -> HttpResponse:
    """Let a bureau answer to another one from a day on."""
    found = bureau_or_404(request.actor, pk)
    require(request.actor, "bureau.set_line", found)
    form = LineForm(
        request.POST or None, superiors=_possible_superiors(found), initial={"valid_from": business_today()}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            bureaus.set_line(
                actor=request.actor,
                bureau_id=pk,
                superior_id=None if data["ends"] else data["superior"].pk,
                stage=data["stage"],
                valid_from=data["valid_from"],
                source=data["source"],
            )
        except Refused as refusal:  # what was typed stays on the page
            form.add_error(None, str(refusal.verdict))
        else:
            messages.success(request, "隶属关系已保存。")
            return redirect("accounts:bureau", pk=pk)
    context = {"form": form, "bureau": found, "lines": queries.lines_of(pk), "today": business_today()}
    return render(request, "accounts/line.html", context, status=422 if form.errors else 200)


def _possible_superiors(bureau: Bureau) -> QuerySet[Bureau]:
    """Province and prefectures of the same province."""
    path = (
        BureauPath.objects.filter(bureau=bureau, current=True).order_by("stage").values_list("path", flat=True).first()
    )
    top = path_ids(path)[0] if path else bureau.pk
    same = BureauPath.objects.filter(current=True, path__startswith=f"/{top}/").values("bureau_id")
    return Bureau.objects.filter(pk__in=same, active=True).exclude(level=Level.COUNTY).exclude(pk=bureau.pk)


@require_http_methods(["GET", "POST"])
def edit_bureau(request: PortalRequest, pk: int) -> HttpResponse:
    """Correct the name of a bureau."""
    found = bureau_or_404(request.actor, pk)
    require(request.actor, "bureau.update", found)
    form = BureauForm(
        request.POST or None, initial={"pk": found.pk, "name": found.name, "short_name": found.short_name}
    )
    if request.method == "POST" and form.is_valid():
        try:
            bureaus.update_bureau(actor=request.actor, bureau_id=pk, **form.cleaned_data)
        except ValidationError as error:
            show_errors(form, error)
        else:
            messages.success(request, "单位名称已保存。")
            return redirect("accounts:bureau", pk=pk)
    told = "名称由区划名推定，请按挂牌名称改正。" if found.generated else "此前生成的文件仍用原名称。"
    context = {"form": form, "bureau": found, "heading": "修改单位名称", "told": told}
    return render(request, "accounts/bureau_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def new_bureau(request: PortalRequest, pk: int) -> HttpResponse:
    """Add a bureau or other recommender under this one."""
    superior = bureau_or_404(request.actor, pk)
    require(request.actor, "bureau.create", superior)
    form = NewBureauForm(request.POST or None, superior=superior, today=business_today())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        region = data.pop("region")
        try:
            made = bureaus.create_bureau(
                actor=request.actor, superior=superior, region_id=region.pk if region else None, **data
            )
        except ValidationError as error:
            show_errors(form, error)
        else:
            messages.success(request, f"已增设{made.short_name}。下一步：任命它的岗位管理人员。")
            return redirect("accounts:bureau", pk=made.pk)
    context = {"form": form, "bureau": superior, "heading": "增设下级单位", "told": f"隶属于{superior.name}"}
    return render(request, "accounts/bureau_form.html", context, status=422 if form.errors else 200)
