"""Every invariant is zero in a rehearsal that has come all the way, and one when its sentence is broken (B.3)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection, transaction

from portal import invariants

pytestmark = pytest.mark.django_db

OLD = "now() - interval '1 hour'"
LIST = "(SELECT min(id) FROM reviews_dispatch WHERE state IN ('sent', 'received'))"
FILE = "(SELECT min(application_id) FROM reviews_dispatchitem WHERE NOT held AND dispatch_id = " + LIST + ")"
MESSAGE = "(SELECT min(o.id) FROM journal_outboxmessage o JOIN notifications_inboxmessage i ON i.outbox_id = o.id)"
LETTER = (
    "INSERT INTO notifications_delivery (outbox_id, channel, address, message_id, state, attempts, next_try_at, claimed_at, error)"
    f" VALUES ({MESSAGE}, 'mail', 'a@example.org', 'x', '{{}}', 1, now(), {OLD}, '')"
)
DAILY = (
    "INSERT INTO duties_dailyrun (name, day, state, summary, started_at)"
    f" VALUES ('test.broken', '2018-03-12', 'running', '', {OLD})"
)
CLAIM = (
    "INSERT INTO monitoring_chaseclaim (obligation_id, rung, channel, day, recipient_kind, recipient_id, message_key, by_hand, at)"
    " VALUES ((SELECT min(id) FROM duties_obligation), 'T', 'mail', '2018-03-12', 'enterprise', 1, 'nowhere', false, now())"
)
JOB = (
    "INSERT INTO duties_job (kind, label, hat_key, actor_label, params, state, done, total, message, result_url, attempt,"
    " cancel_requested, created_at, started_at, heartbeat_at, filename, content_type, file_path, file_sha256{})"
    " VALUES ('test', '', '', '', '{{}}', '{}', 0, 1, '', '', 1, false, now(), now(), " + OLD + ", {})"
)

BROKEN: dict[str, str] = {
    "journal": "UPDATE journal_journalentry SET salt = 'x' WHERE id = (SELECT min(id) FROM journal_journalentry)",
    "one_decision_per_step": (
        "UPDATE journal_decision SET from_state = 'merged' WHERE id = (SELECT max(id) FROM journal_decision"
        " WHERE subject_kind = 'dispatch' AND from_state = 'sealed' AND to_state = 'sent')"
    ),
    "one_state_per_file": f"UPDATE reviews_application SET state = 'merged' WHERE id = {FILE}",
    "one_state_per_dispatch": f"UPDATE reviews_dispatch SET state = 'sealed' WHERE id = {LIST}",
    "submitted_is_frozen": f"DELETE FROM reviews_submission WHERE application_id = {FILE} AND revision = 1",
    "sent_whole": f"UPDATE reviews_application SET state = 'recommended' WHERE id = {FILE}",
    "sent_has_papers": f"UPDATE reviews_dispatch SET sent_at = NULL WHERE id = {LIST}",
    "on_one_list": (
        "INSERT INTO reviews_dispatch (round_id, from_bureau_id, to_bureau_id, path, batch, state, version, title, reporter_name,"
        " reporter_phone, late, created_at, received_by) SELECT round_id, from_bureau_id, to_bureau_id, path, 9, 'draft', 0, title, '',"
        f" '', false, now(), '' FROM reviews_dispatch WHERE id = {LIST};"
        f" UPDATE reviews_dispatch SET state = 'sent' WHERE id = {LIST};"
        " INSERT INTO reviews_dispatchitem (dispatch_id, application_id, rank, held)"
        f" SELECT (SELECT max(id) FROM reviews_dispatch), {FILE}, 1, false"
    ),
    "files": "UPDATE documents_storedfile SET size = size + 1 WHERE id = (SELECT min(id) FROM documents_storedfile)",
    "exports": JOB.format(
        ", file_size, expires_at, finished_at", "done", "'x.xlsx', 'x', '1/abc', 'abc', 3, now(), now()"
    ),
    "papers_are_made": (
        f"UPDATE documents_frozendocument SET pdf_id = NULL, recorded_at = {OLD}"
        " WHERE id = (SELECT min(id) FROM documents_frozendocument WHERE state = 'sealed')"
    ),
    "outbox_is_emptied": f"UPDATE journal_outboxmessage SET state = 'waiting', created_at = {OLD} WHERE id = {MESSAGE}",
    "outbox_no_orphan": f"UPDATE journal_outboxmessage SET state = 'claimed' WHERE id = {MESSAGE}",
    "outbox_reaches_somebody": f"DELETE FROM notifications_inboxmessage WHERE outbox_id = {MESSAGE}",
    "sent_means_all_sent": LETTER.format("unknown"),
    "no_lost_sender": LETTER.format("claimed"),
    "no_lost_job": JOB.format("", "running", "'', '', '', ''"),
    "daily_runs_end": DAILY,
    "listed_is_on_the_roster": f"UPDATE reviews_application SET state = 'listed' WHERE id = {FILE}",
    "reminded_by_a_message": CLAIM,
}


@pytest.fixture(scope="module")
def rehearsal(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[None]:
    """The demo as far as the dispatches, with its messages delivered; rolled back at the end of the module."""
    before = django_settings.MEDIA_ROOT, django_settings.JOURNAL_LEDGER
    folder = tmp_path_factory.mktemp("invariants")
    with django_db_blocker.unblock():
        block = transaction.atomic()
        block.__enter__()
        django_settings.MEDIA_ROOT, django_settings.JOURNAL_LEDGER = (
            folder / "files",
            folder / "ledger" / "journal.jsonl",
        )
        try:
            call_command("demo", stage="dispatch", seed=1, stdout=io.StringIO())
            from foundation.notifications.delivery import open_batch

            while open_batch():
                pass
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM duties_obligation")
                assert cursor.fetchone()[0]
            yield
        finally:
            transaction.set_rollback(True)
            block.__exit__(None, None, None)
            django_settings.MEDIA_ROOT, django_settings.JOURNAL_LEDGER = before


@pytest.fixture(autouse=True)
def folders(rehearsal: None, settings: Any, own_folders: None, tmp_path_factory: Any) -> None:
    """The rehearsal's folders, not this test's own empty ones."""
    settings.MEDIA_ROOT = next(tmp_path_factory.getbasetemp().glob("invariants*")) / "files"


def counts() -> dict[str, int]:
    return {invariant.name: count for invariant, count in invariants.check()}


def test_all_hold_in_a_rehearsal() -> None:
    assert counts() == dict.fromkeys(BROKEN, 0)
    out = io.StringIO()
    call_command("invariants", stdout=out)
    assert "合计，全部相符" in out.getvalue()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_one_is_counted(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL session_replication_role = replica"
        )  # past triggers, as a tamperer or a bug below them would
        cursor.execute(BROKEN[name])
    assert counts()[name] >= 1
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("invariants", stdout=out)
    assert ended.value.code == 1
    assert name in out.getvalue()
