"""My account: hats, contact, password, last sign-ins."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.accounts import queries
from foundation.accounts.actions import passwords, people
from foundation.accounts.forms import ChangePasswordForm, ProfileForm, profile_initial, show_errors
from foundation.accounts.http import PortalRequest
from foundation.accounts.middleware import HAT_KEY
from foundation.accounts.models import Post
from foundation.accounts.views.shared import person_of
from foundation.accounts.views.sign_in import next_page


@require_GET
def profile(request: PortalRequest) -> HttpResponse:
    """What I am here, how I am reached, who has been at my door."""
    actor, person = request.actor, person_of(request)
    hats = sorted((actor.hat, *actor.others), key=lambda hat: hat.label)
    context = {
        "person": person,
        "worn": actor.hat,
        "hats": [hat for hat in hats if hat.kind != "visitor"],
        "posts": Post.objects.filter(user=person).select_related("bureau").order_by("-valid_from", "-id")[:30],
        "held": set(Post.objects.held().filter(user=person).values_list("pk", flat=True)),
        "events": queries.last_sign_ins(person),
    }
    return render(request, "accounts/profile.html", context)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def edit_profile(request: PortalRequest) -> HttpResponse:
    """Change one's own phone and mail address."""
    form = ProfileForm(request.POST or None, initial=profile_initial(person_of(request)))
    if request.method == "POST" and form.is_valid():
        try:
            people.edit_own(actor=request.actor, user=person_of(request), **form.cleaned_data)
        except ValidationError as error:
            show_errors(form, error)
        else:
            messages.success(request, "联系方式已保存。")
            return redirect("accounts:profile")
    return render(request, "accounts/profile_edit.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
def change_password(request: PortalRequest) -> HttpResponse:
    """Change one's own password; also the first page after signing in with a one-time password."""
    form = ChangePasswordForm(request.POST or None)
    user = person_of(request)
    due = passwords.password_is_due(user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            passwords.change_password(actor=request.actor, user=user, old=data["old"], new=data["new"], request=request)
        except ValidationError as error:
            show_errors(form, error)
        else:
            update_session_auth_hash(request, user)  # this visit goes on, others of the person end
            messages.success(request, "密码已修改。")
            return HttpResponseRedirect(next_page(request) if due else "/accounts/me/")
    context = {
        "form": form,
        "due": due,
        "first": user.must_change_password,
        "days": settings.PASSWORD_MAX_AGE_DAYS,
        "next": request.POST.get("next") or request.GET.get("next") or "",
    }
    return render(request, "accounts/change_password.html", context, status=422 if form.errors else 200)


@require_POST
def switch_hat(request: PortalRequest) -> HttpResponse:
    """Put on another hat; goes home, since the page just seen may not exist for it."""
    hat = people.switch_hat(actor=request.actor, user=person_of(request), key=request.POST.get("hat", ""))
    request.session[HAT_KEY] = hat.key
    messages.success(request, f"现在的身份：{hat.label}")
    return HttpResponseRedirect(next_page(request))
