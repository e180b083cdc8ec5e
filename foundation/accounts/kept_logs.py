"""The sign-in log and the log of looks at personal data are only written, until their time is over (policy.md h).

A trigger per table refuses UPDATE (but for letting go of a deleted account) and refuses DELETE of rows younger than six
months, by whatever road; which older rows go is the installation's setting (``SIGN_IN_LOG_DAYS``, ``REVEAL_LOG_DAYS``).
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from foundation.accounts.models import RevealEvent, SignInEvent
from foundation.core.clock import real_now

TABLES = ("accounts_signinevent", "accounts_revealevent")
LEAST_DAYS = 183
"""Six months (GB/T 22239, Cybersecurity Law art. 21): no setting goes below."""

FUNCTION = f"""
CREATE OR REPLACE FUNCTION accounts_kept_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '{LEAST_DAYS} days' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.user_id IS NULL AND to_jsonb(NEW) - 'user_id' = to_jsonb(OLD) - 'user_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '登录记录和查看记录只增不改，至少保存六个月：% 不允许 %', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$
"""


def create_statements() -> list[str]:
    """The function and one trigger per table; may be run again."""
    statements = [FUNCTION]
    for table in TABLES:
        statements.append(f"DROP TRIGGER IF EXISTS kept_log ON {table}")
        statements.append(
            f"CREATE TRIGGER kept_log BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION accounts_kept_log()"
        )
    return statements


def drop_statements() -> list[str]:
    """Takes the triggers away again (reverse of the migration)."""
    return [
        *(f"DROP TRIGGER IF EXISTS kept_log ON {table}" for table in TABLES),
        "DROP FUNCTION IF EXISTS accounts_kept_log()",
    ]


def delete_old(now: dt.datetime | None = None) -> tuple[int, int]:
    """Delete rows whose time is over by the machine's clock; returns how many of each log (sign-ins, looks)."""
    now = now or real_now()
    old = lambda days: now - dt.timedelta(days=max(days, LEAST_DAYS))  # noqa: E731
    signed, _ = SignInEvent.objects.filter(at__lt=old(settings.SIGN_IN_LOG_DAYS)).delete()
    looked, _ = RevealEvent.objects.filter(at__lt=old(settings.REVEAL_LOG_DAYS)).delete()
    return signed, looked
