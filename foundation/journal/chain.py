"""Sealing new entries into one chain, and checking everything that was ever written.

The check needs nothing but the rows: it writes each body again from its decision, hashes it, walks the chain and
compares the day heads with the ledger files kept outside the database.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from foundation.core.clock import real_now
from foundation.journal.models import ChainLink, DayHead, Decision, JournalCheck, JournalEntry
from foundation.journal.record import entry_body, sha256

GENESIS = "0" * 64
_LOCK = 7_238_049
"""Key of the advisory lock that keeps two sealers apart (from the numbers of the two founding notices)."""


def seal(limit: int = 5_000) -> int:
    """Seal up to ``limit`` new entries; returns how many. Entries of open transactions are taken by a later run."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = ChainLink.objects.order_by("-number").first()
        number, previous = (last.number, last.digest) if last else (0, GENESIS)
        now = real_now()
        links = []
        for entry_id, digest in (
            JournalEntry.objects.filter(link=None).order_by("id").values_list("id", "digest")[:limit]
        ):
            number += 1
            previous_digest, previous = previous, sha256(f"{number}|{previous}|{digest}")
            links.append(
                ChainLink(number=number, entry_id=entry_id, previous=previous_digest, digest=previous, sealed_at=now)
            )
        ChainLink.objects.bulk_create(links)
    return len(links)


def close_day(day: dt.date) -> DayHead | None:
    """Write the head of the chain as of now under ``day``, in the database and in the ledger file outside it."""
    with transaction.atomic():
        last = ChainLink.objects.order_by("-number").first()
        if last is None:
            return None
        head, _ = DayHead.objects.get_or_create(day=day, defaults={"number": last.number, "digest": last.digest})
    ledger = Path(settings.JOURNAL_LEDGER)
    ledger.parent.mkdir(parents=True, exist_ok=True)
    known = {line["day"] for line in _ledger_lines(ledger)}
    if head.day.isoformat() not in known:
        with ledger.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"day": head.day.isoformat(), "number": head.number, "digest": head.digest}) + "\n")
    return head


def check() -> Iterator[str]:
    """Sentences naming every row that is not what was written; nothing when the journal is whole."""
    missing = Decision.objects.filter(entry=None).order_by("id").values_list("id", flat=True)
    for decision_id in missing:
        yield f"决定 {decision_id} 没有留痕"
    expected_seq: dict[tuple[str, int], int] = {}
    entries = JournalEntry.objects.select_related("decision").order_by("subject_kind", "subject_id", "seq")
    for entry in entries.iterator(chunk_size=2_000):
        subject = (entry.subject_kind, entry.subject_id)
        wanted = expected_seq.get(subject, 0) + 1
        if entry.seq != wanted:
            yield f"留痕 {entry.pk}：{entry.subject_kind} {entry.subject_id} 缺少第 {wanted} 条"
        expected_seq[subject] = entry.seq
        if sha256(entry.body) != entry.digest:
            yield f"留痕 {entry.pk}：正文与摘要不符（{entry}）"
        elif entry_body(entry.decision, entry.seq, entry.salt) != entry.body:
            yield f"决定 {entry.decision_id}：内容与留痕不符（{entry}）"
    yield from _check_chain()


def run_check(check_id: int, keep: int = 200) -> JournalCheck:
    """Carry out a check asked for by a person and write down the outcome; the first ``keep`` faults are kept by name."""
    row = JournalCheck.objects.get(pk=check_id)
    faults: list[str] = []
    count = 0
    for fault in check():
        count += 1
        if count <= keep:
            faults.append(fault)
    row.faults, row.fault_count, row.entries = faults, count, JournalEntry.objects.count()
    row.state = JournalCheck.State.FAILED if count else JournalCheck.State.PASSED
    row.finished_at = real_now()
    row.save(update_fields=["faults", "fault_count", "entries", "state", "finished_at"])
    return row


def _check_chain() -> Iterator[str]:
    number, previous = 0, GENESIS
    heads: dict[int, list[DayHead]] = defaultdict(list)  # a day without acts ends where the day before did
    for head in DayHead.objects.all():
        heads[head.number].append(head)
    for link in ChainLink.objects.select_related("entry").order_by("number").iterator(chunk_size=2_000):
        number += 1
        if link.number != number:
            yield f"链节 {number} 缺失"
            number = link.number
        if link.previous != previous or link.digest != sha256(f"{link.number}|{link.previous}|{link.entry.digest}"):
            yield f"链节 {link.number}：与前一节或留痕 {link.entry_id} 不符"
        previous = link.digest
        for head in heads.pop(link.number, ()):
            if head.digest != link.digest:
                yield f"日终摘要 {head.day}：与链节 {link.number} 不符"
    for head in (head for left in heads.values() for head in left):
        yield f"日终摘要 {head.day}：链节 {head.number} 已不存在，链尾被截"
    for line in _ledger_lines(Path(settings.JOURNAL_LEDGER)):
        link_digest = ChainLink.objects.filter(number=line["number"]).values_list("digest", flat=True).first()
        if link_digest != line["digest"]:
            yield f"账册 {line['day']}：链节 {line['number']} 与库外账册不符"


def _ledger_lines(ledger: Path) -> list[dict]:
    if not ledger.exists():
        return []
    return [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines() if line.strip()]
