"""Worker and web killed with -9 at moments chosen by a seed, thirty of a bulk recommendation, thirty of a dispatch, thirty of a
night's chasing: each time everything comes to its end by itself or by pressing once more, and the invariants print 0 (B.3).

SOAK_MOMENTS=5 SOAK_SEED=7 make soak for another, shorter walk.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.soak.house import Broken, Clerk, House, until

MOMENTS = int(os.environ.get("SOAK_MOMENTS", "30"))
SEED = int(os.environ.get("SOAK_SEED", "2018"))
HETANG = "荷塘区经科局"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Web, worker, beat, a mail server and an SMS gateway."""
    import environ

    database = environ.Env().db("DATABASE_URL")
    database["NAME"] = f"test_{database['NAME']}"
    built = House(tmp_path_factory.mktemp("soak"), database)
    built.sow()
    built.reset()
    built.begin_all()
    yield built
    built.end()


@dataclass
class Told:
    """What a scenario's thirty moments came to."""

    name: str
    undisturbed: float
    killed: dict[str, int] = field(default_factory=lambda: {"worker": 0, "web": 0, "both": 0})
    recovery: list[float] = field(default_factory=list)
    halfway: int = 0
    unknown: int = 0

    def __str__(self) -> str:
        slowest, middle = max(self.recovery), sorted(self.recovery)[len(self.recovery) // 2]
        whom = "、".join(f"{name} {number}" for name, number in self.killed.items() if number)
        return (
            f"\n{self.name}: undisturbed {self.undisturbed:.1f} s; {sum(self.killed.values())} kills ({whom}), {self.halfway} of them while"
            " something was under way; in order again after"
            f" {middle:.1f} s at the median, {slowest:.1f} s at most; {self.unknown} letters unknown; invariants 0 after each"
        )


def walk(
    house: House, name: str, start: str, act: Callable[[], None], finished: Callable[[], None], targets: tuple[str, ...]
) -> Told:
    """Do ``act`` once in peace, then MOMENTS times with a kill somewhere between its beginning and its end.

    ``act`` is what a person does and ends when their work is done; it may raise ``Broken`` and is then done again, as a person presses
    once more. ``finished`` asserts what must have come out.
    """
    house.again(start)
    begun = time.monotonic()
    act()
    until(house.quiet, "everything is done", house)
    told = Told(name, time.monotonic() - begun)
    finished()
    house.check(f"{name}, undisturbed")
    dice = random.Random(f"{SEED} {name}")
    for moment in range(1, MOMENTS + 1):
        target, delay = dice.choice(targets), dice.uniform(0, 0.9 * told.undisturbed)
        house.again(start)
        where = f"{name}, moment {moment}: {target} killed after {delay:.2f} s (seed {SEED})"
        trouble: list[BaseException] = []

        def person(trouble: list[BaseException] = trouble) -> None:
            try:
                press_until_done(house, act)
            except BaseException as error:
                trouble.append(error)

        thread = threading.Thread(target=person)
        thread.start()
        time.sleep(delay)
        told.halfway += thread.is_alive() or not house.quiet()
        names = ("worker", "web") if target == "both" else (target,)
        for one in names:
            house.kill(one)
        killed_at = time.monotonic()
        for one in names:
            house.begin(one)
        thread.join(180)
        assert not thread.is_alive(), where
        assert not trouble, f"{where}: {trouble}"
        until(house.quiet, f"everything is done ({where})", house)
        told.recovery.append(time.monotonic() - killed_at)
        told.killed[target] += 1
        told.unknown += house.lost()
        finished()
        house.check(where)
        print(f"{where}; in order again {told.recovery[-1]:.1f} s later, {house.lost()} unknown", flush=True)
    return told


def press_until_done(house: House, act: Callable[[], None]) -> None:
    """Again whenever the line broke, once the portal answers."""
    for _ in range(8):
        until(house.answers, "the web server answers", house)
        try:
            act()
            return
        except Broken:
            time.sleep(0.2)
    raise AssertionError("pressed eight times in vain")


# ---- a bulk recommendation ---------------------------------------------------------------------------------------


def test_a_bulk_recommendation(house: House) -> None:
    start = house.prepare("queue")
    house.again(start)
    (bureau, round_), *_ = house.rows(
        "SELECT b.id, a.round_id FROM accounts_bureau b JOIN reviews_application a ON a.bureau_id = b.id WHERE b.short_name = %s LIMIT 1",
        HETANG,
    )
    ids = [
        str(pk)
        for (pk,) in house.rows(
            "SELECT id FROM reviews_application a WHERE bureau_id = %s AND state = 'submitted'"
            " AND EXISTS (SELECT 1 FROM reviews_opinionrecord o WHERE o.application_id = a.id) ORDER BY id",
            bureau,
        )
    ]
    assert len(ids) >= 40

    def act() -> None:
        clerk = Clerk(house, "demo-ht")
        clerk.sign_in()
        clerk.wear(f"bureau:{bureau}:signer")
        # Whoever is not sure presses again: what is done already is refused file by file.
        clerk.post(
            "/reviews/queue/bulk/",
            page=f"/reviews/queue/?round={round_}",
            action="recommend",
            ids=ids,
            opinion="同意推荐",
        )

    def finished() -> None:
        assert house.number(
            "SELECT count(*) FROM reviews_application WHERE bureau_id = %s AND state = 'recommended'", bureau
        ) == len(ids)
        steps = house.number(
            "SELECT count(*) FROM journal_decision WHERE subject_kind = 'application' AND subject_id = ANY(%s)"
            " AND from_state = 'submitted' AND to_state = 'recommended'",
            [int(pk) for pk in ids],
        )
        assert steps == len(ids), "one decision for each"
        assert not house.number("SELECT count(*) FROM duties_job WHERE state <> 'done'")
        told = house.number(
            "SELECT count(*) FROM journal_outboxmessage WHERE kind = 'reviews.recommended' AND decision_id IN (SELECT id FROM"
            " journal_decision WHERE subject_kind = 'application' AND subject_id = ANY(%s))",
            [int(pk) for pk in ids],
        )
        assert told == len(ids), "each firm is told once"

    print(walk(house, "bulk recommendation", start, act, finished, ("worker", "worker", "web", "both")))


# ---- a dispatch ----------------------------------------------------------------------------------------------------


def test_a_dispatch_signed_sealed_and_sent(house: House) -> None:
    start = house.prepare("list")
    house.again(start)
    (pk, bureau), *_ = house.rows(
        "SELECT d.id, d.from_bureau_id FROM reviews_dispatch d JOIN accounts_bureau b ON b.id = d.from_bureau_id"
        " WHERE b.short_name = %s AND d.state = 'draft'",
        HETANG,
    )
    page = f"/reviews/dispatches/{pk}/"
    state = "SELECT state FROM reviews_dispatch WHERE id = %s"

    def act() -> None:
        """What the page says is next, until it is sent: the person looks before pressing."""
        clerk = Clerk(house, "demo-ht")
        clerk.sign_in()
        clerk.wear(f"bureau:{bureau}:signer")
        for _ in range(40):
            now = house.rows(state, pk)[0][0]
            if now == "draft":
                clerk.post(f"{page}sign/", page=page, opinion="同意报送")
            elif now == "signed":
                table = clerk.get(f"{page}table.pdf")
                if table.startswith(b"%PDF"):
                    clerk.post(f"{page}seal/", page=page, file=("scan.pdf", table))
                else:
                    time.sleep(0.5)  # the worker is still printing it
            elif now == "sealed":
                clerk.post(f"{page}send/", page=page)
            else:
                return
        raise AssertionError(f"the list never left: {now}")

    def finished() -> None:
        assert house.rows(state, pk) == [("sent",)]
        steps = house.rows(
            "SELECT from_state, to_state FROM journal_decision WHERE subject_kind = 'dispatch' AND subject_id = %s"
            " AND from_state <> to_state ORDER BY id",
            pk,
        )
        assert steps == [("draft", "signed"), ("signed", "sealed"), ("sealed", "sent")], steps
        left = "SELECT count(*) FROM reviews_dispatchitem i JOIN reviews_application a ON a.id = i.application_id WHERE i.dispatch_id = %s"
        assert house.number(left + " AND a.state <> 'at_prefecture'", pk) == 0
        assert house.number(left, pk) >= 40
        arrived = "SELECT count(*) FROM journal_outboxmessage WHERE kind = 'reviews.dispatch_sent' AND (payload->>'dispatch')::int = %s"
        assert house.number(arrived, pk) == 1

    print(walk(house, "dispatch", start, act, finished, ("web", "web", "worker", "both")))


# ---- a night's chasing -----------------------------------------------------------------------------------------------


def test_a_nights_chasing(house: House) -> None:
    start = house.prepare("night")
    due = "SELECT count(*) FROM monitoring_chaseclaim WHERE day = '2018-06-12'"

    def act() -> None:
        """The night's task reaches a worker once; who takes it over from a killed one is the queue's business."""
        if not house.number("SELECT count(*) FROM duties_dailyrun WHERE day = '2018-06-12'"):
            house.ask("duties.run_for_today")
        until(
            lambda: (
                house.number(
                    "SELECT count(*) FROM duties_dailyrun WHERE day = '2018-06-12' AND name = 'monitoring.chase' AND state = 'done'"
                )
                == 1
            ),
            "the night's chasing is written",
            house,
        )

    expected: dict[str, int] = {}

    def finished() -> None:
        found = {
            "claims": house.number(due),
            "letters": house.number("SELECT count(*) FROM notifications_delivery d JOIN journal_outboxmessage o ON o.id = d.outbox_id"
                                    " WHERE o.key LIKE 'chase:%%' AND d.channel = 'mail'"),
            "texts": house.number("SELECT count(*) FROM notifications_delivery d JOIN journal_outboxmessage o ON o.id = d.outbox_id"
                                  " WHERE o.key LIKE 'chase:%%' AND d.channel = 'sms'"),
        }  # fmt: skip
        if not expected:
            expected.update(found)
            assert min(found.values()) > 0, found
            print(f"\nthe night: {found}")
        assert found == expected, "the same reminders as in an undisturbed night"
        sent = house.number(
            "SELECT count(*) FROM notifications_delivery WHERE state = 'sent' AND claimed_at IS NOT NULL"
        )
        gone = len(house.post_office.book.letters) + len(house.gateway.desk.taken)
        assert sent <= gone <= sent + house.lost(), (
            "what is written down as sent went out; what went out is sent or unknown"
        )
        assert house.lost() <= 1, "one sender, one letter on its way"

    print(walk(house, "night", start, act, finished, ("worker",)))
