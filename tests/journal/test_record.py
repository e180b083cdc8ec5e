"""Writing acts: numbered per subject without gaps, hashed without personal data."""

from __future__ import annotations

import json
import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from foundation.core.clock import real_now
from foundation.core.models import Installation
from foundation.journal import chain
from foundation.journal.models import Decision, JournalEntry, OutboxMessage
from foundation.journal.record import Act, ActorLabel, Message, entry_body, record, send, sha256

KIND, TOLD = "accounts.reset_code", {"minutes": 10}
LI_MIN = ActorLabel(7, "李敏", "bureau", 3, "handler", "天元区经科局 · 经办", acting_for="王琪")


def write(*ids: int, kind: str = "application", **extra) -> list[Decision]:
    with transaction.atomic():
        return record([Act(kind, pk, f"株洲示范{pk}", "application.recommend", **extra) for pk in ids], LI_MIN)


def test_numbers_count_per_subject(db):
    write(1, 2)
    write(2)
    write(1, kind="dispatch")
    assert list(JournalEntry.objects.order_by("id").values_list("subject_kind", "subject_id", "seq")) == [
        ("application", 1, 1),
        ("application", 2, 1),
        ("application", 2, 2),
        ("dispatch", 1, 1),
    ]


def test_one_subject_twice_in_one_call(db):
    write(5, 5, 5)
    assert list(JournalEntry.objects.order_by("id").values_list("seq", flat=True)) == [1, 2, 3]


def test_nothing_is_nothing(db):
    assert record([], LI_MIN) == []


def test_acts_of_one_call_share_a_kind(db):
    with pytest.raises(ValueError, match="one subject kind"), transaction.atomic():
        record([Act("a", 1, "x", "y"), Act("b", 1, "x", "y")], LI_MIN)


def test_numbers_beyond_four_bytes(db):
    write(2**40)
    assert JournalEntry.objects.get().subject_id == 2**40


def test_no_personal_data_and_no_texts_in_the_hashed_line(db):
    (decision,) = write(1, opinion="同意推荐", note="电话 13812345678", data={"gap": "312.50"})
    body = decision.entry.body
    for text in ("李敏", "王琪", "同意推荐", "13812345678", "株洲示范"):
        assert text not in body
    assert "天元区经科局 · 经办" in body
    assert json.loads(body)["data"] == {"gap": "312.50"}


def test_equal_texts_have_unequal_digests(db):
    write(1, 2, opinion="同意")
    digests = [json.loads(body)["opinion"] for body in JournalEntry.objects.values_list("body", flat=True)]
    assert digests[0] != digests[1], "else a list of usual sentences would open them all"


def test_the_line_can_be_written_again_from_the_row(db):
    write(1, data={"b": [1, 2.5, None, True], "a": {"深": "层"}, 10: "x", 9: "y"}, opinion="　全角空格\n")
    entry = JournalEntry.objects.select_related("decision").get()
    assert entry_body(entry.decision, entry.seq, entry.salt) == entry.body
    assert sha256(entry.body) == entry.digest
    assert list(chain.check()) == []


def test_figures_enter_as_text(db):
    with pytest.raises(TypeError), transaction.atomic():
        record([Act("a", 1, "x", "y", data={"revenue": Decimal("1.00")})], LI_MIN)


def test_business_time_and_the_machines_time_are_both_kept(db):
    import datetime as dt

    Installation.start_rehearsal(dt.date(2018, 3, 10))
    (decision,) = write(1)
    assert decision.made_at.date() == dt.date(2018, 3, 10)
    assert decision.recorded_at.date() == real_now().date()


def test_a_signature_names_both(db):
    assert write(1)[0].signature == "李敏（代王琪）"


def test_a_message_needs_the_transaction_of_its_act(transactional_db):
    with pytest.raises(RuntimeError):
        send([Message("k", "x", "user", 1)])


def test_a_message_is_written_once_per_key(db):
    with transaction.atomic():
        send([Message("k", KIND, "user", 1, TOLD)])
        send([Message("k", KIND, "user", 2, TOLD), Message("l", KIND, "user", 2, TOLD)])
    assert sorted(OutboxMessage.objects.values_list("key", "recipient_id")) == [("k", 1), ("l", 2)]


@pytest.mark.django_db(transaction=True)
def test_two_writers_on_the_same_subject_leave_no_gap_and_no_double():
    """FAC's race: two clicks at once. Each writer also touches another subject, in opposite order."""
    start, failures = threading.Barrier(4), []

    def work(order: tuple[int, ...]) -> None:
        try:
            start.wait(timeout=10)
            for _ in range(8):
                write(*order)
        except Exception as error:  # told by the assertion below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(order,)) for order in [(1, 2), (2, 1), (1,), (2, 1)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    for subject, expected in ((1, 32), (2, 24)):
        found = sorted(JournalEntry.objects.filter(subject_id=subject).values_list("seq", flat=True))
        assert found == list(range(1, expected + 1))
    assert list(chain.check()) == []


@pytest.mark.django_db(transaction=True)
def test_two_sealers_make_one_chain():
    write(*range(1, 41))
    start, failures = threading.Barrier(3), []

    def work() -> None:
        try:
            start.wait(timeout=10)
            for _ in range(5):
                chain.seal(limit=4)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    while chain.seal():
        pass
    assert list(chain.check()) == []
