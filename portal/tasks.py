"""Celery tasks of the portal."""

from __future__ import annotations

from celery import shared_task

from portal import health


@shared_task(name="portal.heartbeat")
def heartbeat() -> None:
    """A worker is alive and the beat reaches it."""
    health.beat()
