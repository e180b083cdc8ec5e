"""Floor 6: the portal itself; puts the rooms together."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
