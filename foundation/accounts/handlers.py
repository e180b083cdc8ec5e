"""Sign-ins, failures and lock-outs as Django and axes tell them, written into the sign-in log."""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from foundation.accounts import sign_in_log
from foundation.accounts.middleware import HAT_KEY, SEEN_KEY
from foundation.accounts.models import SignInEvent, User
from foundation.core.clock import real_now


@receiver(user_logged_in, dispatch_uid="accounts.signed_in")
def signed_in(sender: Any, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    """A visit begins with the hat worn last time."""
    sign_in_log.note(SignInEvent.Kind.SIGNED_IN, user=user, request=request)
    if request is not None and hasattr(request, "session"):
        request.session[HAT_KEY] = user.last_hat
        request.session[SEEN_KEY] = int(real_now().timestamp())


@receiver(user_login_failed, dispatch_uid="accounts.failed")
def failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """A wrong password, or any password while the account is locked."""
    locked = bool(getattr(request, "axes_locked_out", False))
    kind = SignInEvent.Kind.LOCKED if locked else SignInEvent.Kind.FAILED
    sign_in_log.note(kind, username=str(credentials.get("username") or ""), request=request)


@receiver(user_locked_out, dispatch_uid="accounts.locked")
def locked(sender: Any, request: HttpRequest, username: str | None = None, **kwargs: Any) -> None:
    """The failure that locked the account."""
    sign_in_log.note(SignInEvent.Kind.LOCKED, username=username or "", request=request, detail="连续失败，锁定")


@receiver(user_logged_out, dispatch_uid="accounts.signed_out")
def signed_out(sender: Any, request: HttpRequest | None, user: User | None, **kwargs: Any) -> None:
    """Leaving by the person's own will; an expired visit is logged where it expires."""
    if user is not None and not getattr(request, "session_expired", False):
        sign_in_log.note(SignInEvent.Kind.SIGNED_OUT, user=user, request=request)
