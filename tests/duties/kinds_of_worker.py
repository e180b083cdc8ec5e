"""Included by the worker process of tests/soak/test_job_killed.py (``celery worker --include``)."""

from tests.duties import kinds

kinds.register()
