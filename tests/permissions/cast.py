"""Who is asked, and about what: one actor per post of a small country, subjects in every state and relation.

Only what a rule looks up lies in the database; the rest are rows in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cultivation.models import (
    Notice,
    NoticeAddressee,
    NoticeFile,
    NoticeReceipt,
    Programme,
    ProgrammeVersion,
    RosterEntry,
    RosterImport,
    Round,
)
from enterprises.models import Claim, Enterprise, EnterprisePath, HandOver
from foundation.accounts.actor import SYSTEM, VISITOR, Actor, Hat
from foundation.accounts.models import BureauHands
from foundation.accounts.paths import bureau_path
from foundation.accounts.roles import BUREAU_ROLES, Act
from foundation.core.clock import business_today, real_now
from foundation.documents.models import FrozenDocument, StoredFile
from foundation.duties.models import Job
from foundation.journal.models import Decision
from foundation.notifications.models import InboxMessage
from foundation.reference.models import Region
from monitoring.models import MonthlyReturn, ReturnImport
from reviews.dispatch_papers import TABLE_KIND
from reviews.form_paper import FORM_KIND
from reviews.models import Application, CultivationPlan, Dispatch, Evidence, Proposal, SheetImport
from reviews.states import DispatchState, FileState, ProposalState
from tests.accounts.world import World, build
from tests.permissions import cast_notice, cast_province, cast_signals
from tests.permissions.table import ADMINS, FIRM

PLACES = ("hn", "zz", "ty", "lk", "sc", "cd", "jj")
NEWCOMER_HAT = Hat("visitor", "visitor", "尚无身份")


@dataclass(frozen=True, slots=True)
class Person:
    """An actor with what the table calls them and where they stand."""

    actor: Actor
    role: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.role}@{self.place or '-'}"


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to be asked about: its state, and in which relation a person stands to it."""

    state: str
    obj: Any
    relation: Callable[[Person], str]


class Cast:
    """The country of the accounts tests with firms: ``one`` in Tianyuan, ``other`` in Jinjiang, ``paper`` typed by Tianyuan."""

    def __init__(self) -> None:
        self.world: World = build()
        today = business_today()
        self.paths = {key: bureau_path(bureau.pk, "", today) for key, bureau in self.world.bureaus.items()}
        self.region = Region.objects.get_or_create(
            pk=430211,
            defaults={"level": "county", "kind": "市辖区", "code": "430211", "name": "天元区", "sort_key": "430211"},
        )[0]
        self.one = self._firm("one", "ty", 1)
        self.closed = self._firm("closed", "ty", 2, state="closed")
        self.paper = self._firm("paper", "ty", 3, typed=True)
        self.paper_closed = self._firm("paper_closed", "ty", 4, typed=True, state="closed")
        self.other = self._firm("other", "jj", 5)
        self.asker = self.world.person("asker")
        self.decision = self._decision()
        self.people = list(self._people())

    # ---- people ----------------------------------------------------------------------------------------------

    def _people(self) -> Iterator[Person]:
        for place in PLACES:
            for role in sorted(BUREAU_ROLES):
                yield Person(self.world.actor(f"{place}_{role}"), str(role), place)
        for role in ADMINS:
            yield Person(self.world.actor(role), role)
        for name, firm in (("one", self.one), ("other", self.other)):
            for role in FIRM:
                user = self.world.person(f"{name}_{role}")
                yield Person(
                    Actor(user.pk, user.name, Hat("enterprise", role, "演示企业", holder_id=firm.pk)), role, name
                )
        # Who asked for a claim: somebody without a hat, and the same under the hat of another firm.
        yield Person(Actor(self.asker.pk, "asker", NEWCOMER_HAT), "newcomer", "asker")
        for role in FIRM:
            hat = Hat("enterprise", role, "演示企业", holder_id=self.other.pk)
            yield Person(Actor(self.asker.pk, "asker", hat), role, "asker")
        stranger = self.world.person("stranger")
        yield Person(Actor(stranger.pk, "stranger", NEWCOMER_HAT), "newcomer", "stranger")
        yield Person(VISITOR, "visitor")
        yield Person(SYSTEM, "system")

    def bureau(self, place: str) -> Any:
        """The bureau of a place."""
        return self.world.bureaus[place]

    # ---- rows a rule looks up ----------------------------------------------------------------------------------

    def _firm(self, name: str, place: str, number: int, *, typed: bool = False, state: str = "active") -> Enterprise:
        firm = Enterprise.objects.create(
            uscc=f"9143021100000000{number:02}",
            name=f"演示{name}有限公司",
            region=self.region,
            bureau=self.bureau(place),
            entered_by_bureau=self.bureau(place) if typed else None,
            registered_at=real_now(),
            state=state,
        )
        EnterprisePath.objects.create(enterprise=firm, path=self.paths[place])
        return firm

    @staticmethod
    def _decision() -> Decision:
        return Decision.objects.create(
            subject_kind="x", subject_id=1, subject_label="x", action="x", hat_kind="x", hat_role="x", hat_label="x",
            made_at=real_now(), recorded_at=real_now(),
        )  # fmt: skip

    # ---- where somebody stands ---------------------------------------------------------------------------------

    def _on_path(self, place: str, *, firm: Enterprise | None = None, levels: bool = False, paper: bool = False):
        """Relations to something handled by ``place`` that belongs to ``firm``."""
        path = self.paths[place]

        def relation(person: Person) -> str:
            actor = person.actor
            if actor.is_enterprise:
                own = firm is not None and actor.enterprise_id == firm.pk
                return ("own_paper" if paper and levels else "own") if own else "foreign"
            if not actor.is_official:
                return "-"
            if actor.bureau_id == self.bureau(place).pk:
                if levels and actor.level == "prefecture" and not paper:
                    return "handling_own_level"
                return "handling_paper" if paper else "handling"
            if actor.answers_for(path):
                return f"above_{actor.level}" if levels else "above"
            return "aside"

        return relation

    # ---- subjects ----------------------------------------------------------------------------------------------

    def enterprises(self) -> Iterator[Subject]:
        for firm in (self.one, self.closed, self.paper, self.paper_closed):
            typed = firm.entered_by_bureau_id is not None
            relation = self._on_path("ty", firm=firm)

            def worded(person: Person, relation: Any = relation, typed: bool = typed) -> str:
                found = relation(person)
                return "handling_paper" if typed and found == "handling" else found

            yield Subject(firm.state, firm, worded)
        # The closed firm has no people in the cast; ask its own as the state demands.
        closed = Enterprise.objects.get(pk=self.one.pk)
        closed.state = "closed"
        yield Subject("closed", closed, self._on_path("ty", firm=self.one))

    def applications(self) -> Iterator[Subject]:
        for place, paper in (("ty", False), ("ty", True), ("zz", False), ("zz", True)):
            for state in FileState:
                file = Application(
                    pk=1, enterprise_id=self.one.pk, bureau_id=self.bureau(place).pk, path=self.paths[place], state=state,
                    filed_by="bureau" if paper else "enterprise", revision=0 if state == FileState.DRAFT else 1,
                )  # fmt: skip
                yield Subject(state, file, self._on_path(place, firm=self.one, levels=True, paper=paper))

    def dispatches(self) -> Iterator[Subject]:
        for sender, receiver in (("ty", "zz"), ("zz", "hn")):
            ids = {self.bureau(sender).pk: "sender", self.bureau(receiver).pk: "receiver"}
            path = self.paths[sender]

            def relation(person: Person, ids: dict[int, str] = ids, path: str = path) -> str:
                actor = person.actor
                if not actor.is_official or actor.bureau_id is None:
                    return "-"
                return ids.get(actor.bureau_id) or ("above" if actor.answers_for(path) else "aside")

            for state in DispatchState:
                row = Dispatch(
                    pk=1, from_bureau=self.bureau(sender), to_bureau=self.bureau(receiver), path=path, state=state
                )
                yield Subject(state, row, relation)

    def _own(self, place: str) -> Callable[[Person], str]:
        def relation(person: Person) -> str:
            if not person.actor.is_official:
                return "-"
            return "own" if person.place == place else "other"

        return relation

    def plans(self) -> Iterator[Subject]:
        for final in (False, True):
            plan = CultivationPlan(pk=1, bureau_id=self.bureau("zz").pk, final=final)
            yield Subject("final" if final else "draft", plan, self._own("zz"))

    def imports(self) -> Iterator[Subject]:
        yield Subject("-", SheetImport(pk=1, bureau_id=self.bureau("zz").pk, path=self.paths["zz"]), self._own("zz"))

    def _requests(self, model: type[Claim] | type[HandOver]) -> Iterator[Subject]:
        base = self._on_path("ty", firm=self.one)

        def relation(person: Person) -> str:
            return "asker" if person.actor.user_id == self.asker.pk else base(person)

        for state in model.State:
            yield Subject(state, model(pk=1, enterprise=self.one, user_id=self.asker.pk, state=state), relation)

    def claims(self) -> Iterator[Subject]:
        yield from self._requests(Claim)

    def hand_overs(self) -> Iterator[Subject]:
        yield from self._requests(HandOver)

    def roster(self) -> Iterator[Subject]:
        for state, until in (("-", None), ("left", business_today())):
            entry = RosterEntry(pk=1, enterprise_id=self.one.pk, path=self.paths["ty"], until=until)
            yield Subject(state, entry, self._on_path("ty", firm=self.one))

    def proposals(self) -> Iterator[Subject]:
        """Made by the county, decided by the prefecture; a firm's own wish; one not adopted after the firm had been heard."""
        base, decider = self._on_path("ty", firm=self.one), self.bureau("zz").pk

        def relation(person: Person) -> str:
            return "decider" if person.actor.bureau_id == decider else base(person)

        common = {"pk": 1, "enterprise_id": self.one.pk, "path": self.paths["ty"], "bureau": self.bureau("zz")}
        for state in ProposalState:
            yield Subject(state, Proposal(state=state, proposed_by_id=self.bureau("ty").pk, **common), relation)
        yield Subject("wish", Proposal(state="draft", source="own_wish", **common), relation)
        heard = Proposal(state="dropped", hearing_from=business_today(), proposed_by_id=self.bureau("ty").pk, **common)
        yield Subject("dropped_heard", heard, relation)

    def roster_imports(self) -> Iterator[Subject]:
        for state in RosterImport.State:
            yield Subject(state, RosterImport(pk=1, bureau_id=self.bureau("zz").pk, state=state), self._own("zz"))

    def months(self) -> Iterator[Subject]:
        relation = self._on_path("ty", firm=self.one)
        for state in MonthlyReturn.State:
            row = MonthlyReturn(
                pk=1, enterprise_id=self.one.pk, bureau_id=self.bureau("ty").pk, path=self.paths["ty"], state=state,
                period="2018-07",
            )  # fmt: skip
            yield Subject(state, row, relation)

    def month_imports(self) -> Iterator[Subject]:
        yield Subject("-", ReturnImport(pk=1, bureau_id=self.bureau("zz").pk), self._own("zz"))

    def rounds(self) -> Iterator[Subject]:
        def relation(person: Person) -> str:
            actor = person.actor
            if not actor.is_official:
                return "-"
            if person.place == "hn":
                return "keeper"
            return "below" if actor.hat.paths[0].startswith(self.paths["hn"]) else "aside"

        for state in Round.State:
            yield Subject(state, Round(pk=1, bureau=self.bureau("hn"), path=self.paths["hn"], state=state), relation)

    def notices(self) -> Iterator[Subject]:
        """Notices of the province and of a prefecture, to one county each; in Sichuan's bureau two hands are set."""
        for signed, forwarded in ((False, False), (True, False), (True, True)):
            notice = self._notice("hn", to="zz", signed=signed, forwarded=forwarded)
            word = "forwarded" if forwarded else "signed" if signed else "addressed"
            yield Subject("published", notice, self._notice_relation("hn", {"zz": word}, reached=True))
        yield Subject("published", self._notice("zz", to="ty"), self._notice_relation("zz", {"ty": "addressed"}, True))
        quiet = self._notice("hn", to="zz", enterprises="")
        yield Subject("published", quiet, self._notice_relation("hn", {"zz": "addressed"}, reached=False))
        yield Subject("draft", self._notice("hn", state="draft"), self._notice_relation("hn", {}, reached=False))
        BureauHands.objects.create(bureau=self.bureau("sc"), act=Act.NOTICE, hands=2, distinct=True)
        signer = self.world.people["sc_signer"].pk
        for drafter, word in ((None, "issuer_two_hands"), (signer, "drafter_two_hands")):
            for state in Notice.State:
                notice = self._notice("sc", to="cd", state=state, enterprises="", drafter=drafter)
                found = {"sc": word} | ({"cd": "addressed"} if state == "published" else {})
                yield Subject(state, notice, self._notice_relation("sc", found, reached=False))

    def _notice(
        self,
        place: str,
        *,
        to: str = "",
        state: str = "published",
        enterprises: str = "有关企业",
        signed: bool = False,
        forwarded: bool = False,
        drafter: int | None = None,
    ) -> Notice:
        notice = Notice.objects.create(
            bureau=self.bureau(place), path=self.paths[place], title="演示通知", issued_on=business_today(), state=state,
            to_bureaus="有关单位", to_enterprises=enterprises, drafted_by_id=drafter,
            published_at=real_now() if state == "published" else None,
        )  # fmt: skip
        if to:
            NoticeAddressee.objects.create(notice=notice, bureau=self.bureau(to))
        if signed:
            NoticeReceipt.objects.create(
                notice=notice, bureau=self.bureau(to), signed_by="x", signed_at=real_now(), decision=self.decision
            )
        if forwarded:
            Notice.objects.create(
                bureau=self.bureau(to),
                path=self.paths[to],
                parent=notice,
                root=notice,
                title="转发",
                issued_on=business_today(),
            )
        return notice

    def _notice_relation(self, place: str, found: dict[str, str], reached: bool) -> Callable[[Person], str]:
        path = self.paths[place]

        def relation(person: Person) -> str:
            actor = person.actor
            if actor.is_enterprise:
                return "reached" if reached and actor.enterprise_id == self.one.pk else "unreached"
            if not actor.is_official:
                return "-"
            if person.place in found:
                return found[person.place]
            if person.place == place:
                return "issuer"
            if actor.answers_for(path):
                return "above"
            return "below" if actor.hat.paths[0].startswith(path) else "aside"

        return relation

    def documents(self) -> Iterator[Subject]:
        application = self._saved_application()
        for released in (True, False):
            for state in FrozenDocument.State:
                table = FrozenDocument(
                    pk=1, kind=TABLE_KIND, issuer_kind="bureau", issuer_id=self.bureau("ty").pk, issuer_name="演示单位",
                    path=self.paths["ty"], state=state, pdf_id=1, released_at=real_now() if released else None,
                )  # fmt: skip
                yield Subject(state, table, self._table_relation(released))
        for state in FrozenDocument.State:
            form = FrozenDocument(
                pk=2, kind=FORM_KIND, issuer_kind="enterprise", issuer_id=self.one.pk, issuer_name=self.one.name,
                path=self.paths["ty"], state=state, pdf_id=1, about_kind="application", about_id=application.pk,
            )  # fmt: skip

            def relation(person: Person) -> str:
                if person.role == "system":
                    return "of_firm"
                found = self._on_path("ty", firm=self.one)(person)
                # Not released: no bureau has it, neither the firm's own nor one above.
                return {"handling": "above_unreleased", "above": "above_unreleased"}.get(found, found)

            yield Subject(state, form, relation)

    def _table_relation(self, released: bool) -> Callable[[Person], str]:
        base = self._on_path("ty")

        def relation(person: Person) -> str:
            if person.role == "system":
                return "of_bureau"
            found = base(person)
            return {"handling": "issuer", "above": "above" if released else "above_unreleased"}.get(found, found)

        return relation

    def _saved_application(self) -> Application:
        programme = Programme.objects.create(code="test", title="测试", short_title="测试", province="43")
        version = ProgrammeVersion.objects.create(
            programme=programme, number=1, digest="0" * 64, document={}, document_number="测试〔2018〕1号",
            effective_from=business_today(), published_at=real_now(), published_by="x",
        )  # fmt: skip
        round_ = Round.objects.create(
            version=version, family=programme, bureau=self.bureau("hn"), path=self.paths["hn"], year=2018, stage="",
            title="测试轮次", opens_on=business_today(),
        )  # fmt: skip
        return Application.objects.create(
            round=round_, programme_version=version, enterprise=self.one, bureau=self.bureau("ty"), path=self.paths["ty"],
            tier="reserve", year=2018, state=FileState.SUBMITTED, revision=1, number="TEST-1", enterprise_name="演示",
            created_at=real_now(), saved_at=real_now(), submitted_at=real_now(),
        )  # fmt: skip

    def files(self) -> Iterator[Subject]:
        application = self._saved_application()
        base = self._on_path("ty", firm=self.one)

        def uploaded_by(user_id: int | None) -> Callable[[Person], str]:
            return lambda person: "uploader" if user_id and person.actor.user_id == user_id else base(person)

        firm = ("enterprise", self.one.pk)
        yield Subject("enterprise.evidence", self._file("enterprise.evidence", firm), base)
        asked = self._file("enterprise.request", firm, self.asker.pk)
        yield Subject("enterprise.request", asked, uploaded_by(self.asker.pk))
        evidence = self._file("reviews.evidence", firm)
        Evidence.objects.create(application=application, slot="x", file=evidence, added_at=real_now())
        yield Subject("reviews.evidence", evidence, base)
        uploader = self.world.people["ty_handler"].pk
        loose = self._file("reviews.check_proof", ("bureau", self.bureau("ty").pk), uploader)
        yield Subject("unattached", loose, uploaded_by(uploader))
        pdf = self._file("document.pdf", ("bureau", self.bureau("ty").pk))
        FrozenDocument.objects.create(
            kind=TABLE_KIND, title="表", reference="TEST-1", about_kind="dispatch", about_id=1, about_label="x",
            issuer_kind="bureau", issuer_id=self.bureau("ty").pk, issuer_name="演示单位", path=self.paths["ty"], snapshot={},
            snapshot_version=1, digest="0" * 64, dated=business_today(), rehearsal=True, created_at=real_now(),
            recorded_at=real_now(), created_by="x", pdf=pdf, released_at=real_now(),
        )  # fmt: skip
        yield Subject("document.pdf", pdf, base)
        annex = self._file("cultivation.notice", ("bureau", self.bureau("hn").pk))
        NoticeFile.objects.create(notice=self._notice("hn", to="zz"), file=annex, title="附件")
        yield Subject("cultivation.notice", annex, self._notice_relation("hn", {"zz": "addressed"}, reached=True))

    @staticmethod
    def _file(purpose: str, owner: tuple[str, int], uploader: int | None = None) -> StoredFile:
        return StoredFile.objects.create(
            sha256="0" * 64, size=1, content_type="application/pdf", name="x.pdf", purpose=purpose, owner_kind=owner[0],
            owner_id=owner[1], uploaded_by_id=uploader, uploaded_by="x", uploaded_at=real_now(),
        )  # fmt: skip

    def jobs(self) -> Iterator[Subject]:
        states = [*Job.State, "with_file", "expired"]
        owners = [(person.actor.user_id, person.actor.hat.key) for person in self.people]
        for user_id, key in dict.fromkeys(owners):
            for state in states:
                special = state in ("with_file", "expired")
                job = Job(pk=1, user_id=user_id, hat_key=key, state="done" if special else state)
                job.filename = "x.xlsx" if special else ""
                job.expired_at = real_now() if state == "expired" else None

                def relation(person: Person, user_id: int | None = user_id, key: str = key) -> str:
                    if person.role in ("visitor", "newcomer"):
                        return "-"
                    if person.actor.user_id != user_id:
                        return "foreign"
                    if user_id is None:
                        return "own" if person.role == "system" else "foreign"
                    return "own" if person.actor.hat.key == key else "other_hat"

                yield Subject(state, job, relation)

    def messages(self) -> Iterator[Subject]:
        holders = {("user", one.actor.user_id) for one in self.people if one.actor.user_id}
        holders |= {("bureau", self.bureau("ty").pk), ("enterprise", self.one.pk)}
        for kind, number in sorted(holders):
            message = InboxMessage(pk=1, recipient_kind=kind, recipient_id=number)

            def relation(person: Person, kind: str = kind, number: int = number) -> str:
                actor = person.actor
                if kind == "user":
                    return "own" if actor.user_id == number else "foreign"
                return "office" if (actor.hat.kind, actor.hat.holder_id) == (kind, number) else "foreign"

            yield Subject("-", message, relation)

    @staticmethod
    def nothing() -> Iterator[Subject]:
        """An act without an object: officials differ by the level of their bureau."""
        yield Subject("-", None, lambda person: person.actor.level or "-")


SUBJECTS: dict[str, Callable[[Cast], Iterator[Subject]]] = {
    "-": lambda cast: cast.nothing(),
    "application": Cast.applications,
    "enterprise": Cast.enterprises,
    "claim": Cast.claims,
    "hand_over": Cast.hand_overs,
    "dispatch": Cast.dispatches,
    "plan": Cast.plans,
    "sheet_import": Cast.imports,
    "roster_entry": Cast.roster,
    "roster_import": Cast.roster_imports,
    "proposal": Cast.proposals,
    "monthly_return": Cast.months,
    "return_import": Cast.month_imports,
    "round": Cast.rounds,
    "notice": Cast.notices,
    "document": Cast.documents,
    "file": Cast.files,
    "job": Cast.jobs,
    "message": Cast.messages,
    "approval": cast_province.approvals,
    "publishing": cast_province.publishings,
    "public_notice": cast_notice.notices,
    "objection": cast_notice.objections,
    "signal": cast_signals.signals,
}
