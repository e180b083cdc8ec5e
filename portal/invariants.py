"""What must always be true of the whole database, each as one count of the rows that break it: zero, whatever was killed when.

Most of it the database itself forbids (constraints); these are the sentences no single constraint can say. ``manage.py invariants``
prints them for an operator, ``make soak`` asks them after every kill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from foundation.documents.models import StoredFile
from foundation.journal import chain

PATIENCE_MINUTES = 15
"""What waits or is under way for longer has been lost: the beat looks every few seconds, a dead sender is noticed after ten minutes."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """One sentence and how many rows break it."""

    name: str
    label: str
    count: Callable[[], int]


def _sql(text: str) -> Callable[[], int]:
    def count() -> int:
        with connection.cursor() as cursor:
            cursor.execute(text.replace("{patience}", f"interval '{PATIENCE_MINUTES} minutes'"))
            return int(cursor.fetchone()[0])

    return count


def _journal() -> int:
    return sum(1 for _ in chain.check())


def _files() -> int:
    """Rows of the file store whose bytes are not there, or not as many as were stored."""
    root = Path(settings.MEDIA_ROOT)
    found = 0
    for row in StoredFile.objects.only("sha256", "size").order_by("pk").iterator(chunk_size=2_000):
        path = root / row.storage_name
        found += not path.is_file() or path.stat().st_size != row.size
    return found


def _exports() -> int:
    """Exports that can still be fetched whose file is not there."""
    from foundation.duties import exports
    from foundation.duties.models import Job

    kept = Job.objects.exclude(filename="").filter(expired_at=None)
    return sum(not exports.path_of(job).is_file() for job in kept.iterator(chunk_size=2_000))


def _steps(question: str) -> Callable[[], int]:
    return _sql(_STEPS + question)


#: State-changing decisions of things with a state, in order, each with the state the one before left behind. An act that leaves the
#: state as it was (a check, a note) is passed over, and so is one that speaks of no state at all.
_STEPS = """
    WITH steps AS (
        SELECT id, subject_kind, subject_id, action, from_state, to_state,
               lag(to_state) OVER (PARTITION BY subject_kind, subject_id ORDER BY id) AS before,
               row_number() OVER (PARTITION BY subject_kind, subject_id ORDER BY id DESC) AS back
        FROM journal_decision
        WHERE subject_kind IN ('application', 'dispatch') AND to_state <> '' AND from_state <> to_state
    )
"""

INVARIANTS: tuple[Invariant, ...] = (
    # ---- the act -----------------------------------------------------------------------------------------------
    Invariant("journal", "留痕、链和库外账册一致", _journal),
    Invariant(
        "one_decision_per_step",
        "每一步只有一个决定，且接着上一步的状态",
        _steps("SELECT count(*) FROM steps WHERE before IS NOT NULL AND from_state <> '' AND from_state <> before"),
    ),
    Invariant(
        "one_state_per_file",
        "申报材料的状态就是最后一个决定的结果",
        _steps(
            "SELECT count(*) FROM steps s JOIN reviews_application a ON a.id = s.subject_id"
            " WHERE s.subject_kind = 'application' AND s.back = 1 AND a.state <> s.to_state"
        ),
    ),
    Invariant(
        "one_state_per_dispatch",
        "报送的状态就是最后一个决定的结果",
        _steps(
            "SELECT count(*) FROM steps s JOIN reviews_dispatch d ON d.id = s.subject_id"
            " WHERE s.subject_kind = 'dispatch' AND s.back = 1 AND d.state <> s.to_state"
        ),
    ),
    Invariant(
        "submitted_is_frozen",
        "提交过的材料每次都有快照",
        _sql(
            "SELECT count(*) FROM reviews_application a WHERE a.state NOT IN ('draft', 'withdrawn') AND a.revision <>"
            " (SELECT count(*) FROM reviews_submission s WHERE s.application_id = a.id)"
        ),
    ),
    # ---- the list on its way -------------------------------------------------------------------------------------
    Invariant(
        "sent_whole",
        "报出的名单没有一户留在原处",
        _sql(
            "SELECT count(*) FROM reviews_dispatchitem i JOIN reviews_dispatch d ON d.id = i.dispatch_id"
            " JOIN reviews_application a ON a.id = i.application_id"
            " WHERE d.state IN ('sent', 'received') AND NOT i.held AND a.state IN ('draft', 'submitted', 'recommended')"
        ),
    ),
    Invariant(
        "sent_has_papers",
        "报出的名单有已盖章的汇总表",
        _sql(
            "SELECT count(*) FROM reviews_dispatch d LEFT JOIN documents_frozendocument f ON f.id = d.document_id"
            " WHERE d.state IN ('sent', 'received') AND (f.id IS NULL OR f.state <> 'sealed' OR d.sent_at IS NULL)"
        ),
    ),
    Invariant(
        "on_one_list",
        "一份材料不同时在同一单位的两份在办报送里",
        _sql(
            "SELECT count(*) FROM (SELECT i.application_id FROM reviews_dispatchitem i"
            " JOIN reviews_dispatch d ON d.id = i.dispatch_id WHERE d.state IN ('draft', 'signed', 'sealed', 'sent')"
            " AND NOT i.held GROUP BY i.application_id, d.from_bureau_id HAVING count(*) > 1) twice"
        ),
    ),
    # ---- papers and files ----------------------------------------------------------------------------------------
    Invariant("files", "文件库里的每个文件都在", _files),
    Invariant("exports", "还能下载的导出文件都在", _exports),
    Invariant(
        "papers_are_made",
        f"{PATIENCE_MINUTES} 分钟前冻结的文书都已生成 PDF",
        _sql(
            "SELECT count(*) FROM documents_frozendocument WHERE pdf_id IS NULL AND state <> 'void'"
            " AND recorded_at < now() - {patience}"
        ),
    ),
    # ---- messages ------------------------------------------------------------------------------------------------
    Invariant(
        "outbox_is_emptied",
        f"没有等了 {PATIENCE_MINUTES} 分钟还没处理的消息",
        _sql("SELECT count(*) FROM journal_outboxmessage WHERE state = 'waiting' AND created_at < now() - {patience}"),
    ),
    Invariant(
        "outbox_no_orphan",
        "发送中的消息都有还没发完的邮件或短信，发完的没有",
        _sql(
            "SELECT count(*) FROM journal_outboxmessage o WHERE (o.state = 'claimed') <> EXISTS"
            " (SELECT 1 FROM notifications_delivery d WHERE d.outbox_id = o.id AND d.state IN ('waiting', 'claimed'))"
        ),
    ),
    Invariant(
        "outbox_reaches_somebody",
        "处理过的消息进了收件箱，或发了邮件、短信",
        _sql(
            "SELECT count(*) FROM journal_outboxmessage o WHERE o.state IN ('claimed', 'sent', 'unknown')"
            " AND NOT EXISTS (SELECT 1 FROM notifications_inboxmessage i WHERE i.outbox_id = o.id)"
            " AND NOT EXISTS (SELECT 1 FROM notifications_delivery d WHERE d.outbox_id = o.id)"
        ),
    ),
    Invariant(
        "sent_means_all_sent",
        "记为已发的消息，每封邮件、每条短信都已发",
        _sql(
            "SELECT count(*) FROM journal_outboxmessage o JOIN notifications_delivery d ON d.outbox_id = o.id"
            " WHERE o.state = 'sent' AND d.state <> 'sent'"
        ),
    ),
    Invariant(
        "no_lost_sender",
        f"没有发了 {PATIENCE_MINUTES} 分钟还没有结果的邮件或短信",
        _sql("SELECT count(*) FROM notifications_delivery WHERE state = 'claimed' AND claimed_at < now() - {patience}"),
    ),
    # ---- work ----------------------------------------------------------------------------------------------------
    Invariant(
        "no_lost_job",
        f"没有 {PATIENCE_MINUTES} 分钟没有动静的后台任务",
        _sql(
            "SELECT count(*) FROM duties_job WHERE state = 'running' AND coalesce(heartbeat_at, started_at) < now() - {patience}"
        ),
    ),
    Invariant(
        "daily_runs_end",
        f"每日任务没有中断 {PATIENCE_MINUTES} 分钟而没有重做的",
        _sql("SELECT count(*) FROM duties_dailyrun WHERE state = 'running' AND started_at < now() - {patience}"),
    ),
    # ---- the roster and its duty -----------------------------------------------------------------------------------
    Invariant(
        "listed_is_on_the_roster",
        "列入名单的材料都有名单条目",
        _sql(
            "SELECT count(*) FROM reviews_application a WHERE a.state = 'listed' AND NOT EXISTS"
            " (SELECT 1 FROM cultivation_rosterentry e WHERE e.application_id = a.id)"
        ),
    ),
    Invariant(
        "reminded_by_a_message",
        "每条催报记录都有它的消息",
        _sql(
            "SELECT count(*) FROM monitoring_chaseclaim c WHERE NOT EXISTS"
            " (SELECT 1 FROM journal_outboxmessage o WHERE o.key = c.message_key)"
        ),
    ),
)


def check() -> Iterator[tuple[Invariant, int]]:
    """Every invariant with the number of rows that break it."""
    for invariant in INVARIANTS:
        yield invariant, invariant.count()
