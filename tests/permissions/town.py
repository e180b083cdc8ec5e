"""A place for asking pages: people of every role in a county, its prefecture and its province, and one thing of each kind, twice.

Built through the acts of the rehearsal; what no act makes (another person in a post, a page of a list) is put there directly.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.test import Client

from cultivation.actions import draft_notice, publish_notice
from cultivation.models import Notice, NoticeFile, RosterEntry
from enterprises import evidence as purposes
from enterprises.actions.members import grant_membership, invite
from enterprises.actions.requests import open_claim, open_hand_over
from enterprises.models import Enterprise, Partner, Patent
from foundation.accounts.actions.authority import give_authority
from foundation.accounts.actions.people import own_actor
from foundation.accounts.actor import Actor, actor_for
from foundation.accounts.models import Post, User
from foundation.accounts.roles import BUREAU_ROLES, Role
from foundation.core.clock import real_now
from foundation.core.models import Installation
from foundation.documents.actions.store import store_upload
from foundation.duties.models import Job, Obligation
from foundation.journal.models import Decision, OutboxMessage
from foundation.notifications.models import InboxMessage
from monitoring.models import MonthlyReturn, ReturnImport
from monitoring.months import MONTHLY
from portal.rehearsal import calendar, county, filing, notices, people
from portal.rehearsal.firms import Maker
from portal.rehearsal.people import CHENGDU, HETANG, HUNAN, JINJIANG, SICHUAN, TIANYUAN, ZHUZHOU
from portal.rehearsal.stages import HUNAN_TIER, SICHUAN_TIER
from reviews.actions import planning
from reviews.actions.filing import start_application
from reviews.models import Application, Evidence, SheetImport
from reviews.papers import PAPER_SOURCE
from tests.permissions import town_lifecycle, town_notice, town_province, town_signals

BACKEND = "django.contrib.auth.backends.ModelBackend"
PLACES = {"county": TIANYUAN, "sender": HETANG, "prefecture": ZHUZHOU, "province": HUNAN}
"""Where officials are asked; the sender is a county that has sent its list up."""
ROUND = {"43": HUNAN_TIER, "51": SICHUAN_TIER}
Address = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Thing:
    """Something in an address: the parameters for the own one and for the same in the other province."""

    own: Callable[[Actor | None], Address]
    foreign: Callable[[Actor | None], Address] | None = None
    firm: Enterprise | None = None
    """Whose people are asked in the roles of a firm; the first firm's by default."""


def _same(**kwargs: Any) -> Callable[[Actor | None], Address]:
    return lambda actor: kwargs


class Town:
    """People, rounds, firms and things; see :meth:`things`."""

    def __init__(self) -> None:
        Installation.start_rehearsal(calendar.ISSUED)
        with people.hashed_once():
            self.cast = people.appoint_everybody(calendar.ISSUED)
            self.hunan, self.sichuan = notices.hunan(self.cast), notices.sichuan(self.cast)
            Installation.start_rehearsal(calendar.TODAY)
            self.maker = Maker(11)
            self.dice = random.Random(11)
            self._fill_posts()
            self.firms: dict[str, tuple[Enterprise, Actor]] = {}
            self.members: dict[int, dict[str, Actor]] = {}
            for name, place in (("a", TIANYUAN), ("s", TIANYUAN), ("p", TIANYUAN), ("b", JINJIANG), ("t", JINJIANG)):
                self._firm(name, place)
            for name, place in (("q", JINJIANG), ("r", TIANYUAN), ("u", JINJIANG), ("v", HETANG)):
                self._firm(name, place)
            self.newcomer = self._newcomer()
        self.files = self._applications()
        self._dispatches()

    # ---- people ------------------------------------------------------------------------------------------------

    def _fill_posts(self) -> None:
        """Every role of a bureau is held by somebody of their own in the three bureaus that are asked."""
        for place in (*PLACES.values(), JINJIANG, CHENGDU, SICHUAN):
            for role in sorted(BUREAU_ROLES):
                user = User.objects.create(username=f"asked-{place}-{role}", name=f"演示{place}{role}", is_demo=True)
                Post.objects.create(
                    user=user, bureau=self.cast.bureaus[place], role=role, valid_from=people.HIRED
                )  # fmt: skip

    @cache  # noqa: B019  one town per module
    def official(self, at: str, role: str) -> Actor:
        """The person of a role at a level (``county``) or place (its code)."""
        place = PLACES.get(at, at)
        return actor_for(User.objects.get(username=f"asked-{place}-{role}"))

    @cache  # noqa: B019
    def asked(self, role: str, at: str, firm: Enterprise | None = None) -> Actor | None:
        """Who is asked in a role; None for a visitor."""
        if role == "visitor":
            return None
        if role == "newcomer":
            return own_actor(self.newcomer)
        if role in BUREAU_ROLES:
            return self.official(at, role)
        if role.startswith("enterprise_"):
            return self.members[(firm or self.firms["a"][0]).pk][role]
        name = next(username for username, _, held in people.ADMINISTRATORS if held == role)
        return self.cast.actor(name)

    @staticmethod
    def browser(actor: Actor | None) -> Client:
        """A browser of that person, or a stranger's."""
        client = Client()
        if actor is not None:
            client.force_login(User.objects.get(pk=actor.user_id), BACKEND)
            session = client.session
            session["hat"] = actor.hat.key
            session.save()
        return client

    def _newcomer(self) -> User:
        return User.objects.create(username="asked-newcomer", name="演示新人")

    def _firm(self, name: str, place: str) -> None:
        enterprise, admin = filing.enter(self.maker.firm(place, "met"))
        user = User.objects.create(username=f"asked-member-{name}", name=f"演示成员{name}", is_demo=True)
        grant_membership(enterprise=enterprise, user=user, role=Role.ENTERPRISE_MEMBER)
        self.firms[name] = (enterprise, admin)
        self.members[enterprise.pk] = {"enterprise_admin": admin, "enterprise_member": actor_for(user)}

    # ---- files and lists ---------------------------------------------------------------------------------------

    def _file(self, name: str, *, submit: bool) -> Application:
        enterprise, actor = self.firms[name]
        hunan = (
            enterprise.bureau_id == self.cast.bureaus[TIANYUAN].pk
            or enterprise.bureau_id == self.cast.bureaus[HETANG].pk
        )
        round_, tier = (self.hunan, HUNAN_TIER) if hunan else (self.sichuan, SICHUAN_TIER)
        file = filing.draft(enterprise, round_, actor, tier)
        return filing.complete_and_submit(file, actor) if submit else file

    def _applications(self) -> dict[str, Application]:
        files = {name: self._file(name, submit=False) for name in ("a", "b")}
        files |= {name: self._file(name, submit=True) for name in ("s", "t", "r", "u", "v")}
        for name, place, round_, tier in (
            ("p", TIANYUAN, self.hunan, HUNAN_TIER),
            ("q", JINJIANG, self.sichuan, SICHUAN_TIER),
        ):
            officer = self.cast.handler(place)
            scan = store_upload(
                county.Upload(county.screenshot("paper"), "纸质材料.png"), actor=officer, purpose=PAPER_SOURCE
            )
            files[name] = start_application(
                enterprise=self.firms[name][0], round=round_, tier=tier, actor=officer, paper_source=scan
            )
        return files

    def _dispatches(self) -> None:
        """Tianyuan and Jinjiang have begun a list; Hetang has sent its own up, and a county of Sichuan too."""
        for name, place in (("r", TIANYUAN), ("u", JINJIANG), ("v", HETANG)):
            actor, file = self.cast.handler(place), self.files[name]
            county.check(file, actor, county.proof_for(actor), calendar.TODAY)
            county.judge(file, actor)
            county.recommend([file], self.cast, place)
        self.dispatch = county.start_list(self.hunan, self.cast, TIANYUAN)
        self.dispatch_foreign = county.start_list(self.sichuan, self.cast, JINJIANG)
        sent = county.start_list(self.hunan, self.cast, HETANG)
        self.sent = county.seal_and_send(sent, self.cast, HETANG)
        self.table = self.sent.document
        self.plan = planning.start_plan(round=self.hunan, actor=self.cast.handler(ZHUZHOU))

    # ---- things ------------------------------------------------------------------------------------------------

    def things(self) -> dict[str, Thing]:
        """What the column ``about`` names."""
        a, b = self.firms["a"][0], self.firms["b"][0]
        found = {
            "": Thing(_same()),
            "firm": Thing(_same(pk=a.pk), _same(pk=b.pk)),
            "firm_profile": Thing(_same(pk=a.pk, owner="profile"), _same(pk=b.pk, owner="profile")),
            "firm_line": Thing(_same(pk=a.pk, kind="patents"), _same(pk=b.pk, kind="patents")),
            "bureau": self._pair(self.cast.bureaus[TIANYUAN].pk, self.cast.bureaus[JINJIANG].pk),
            "round": self._pair(self.hunan.pk, self.sichuan.pk),
            "start": Thing(_same(round_id=self.hunan.pk), firm=self.firms["p"][0]),
            "blank": Thing(_same(round_id=self.hunan.pk, tier=HUNAN_TIER)),
            "programme": Thing(_same(code=self.hunan.family.code)),
            "version": Thing(_same(pk=self.hunan.version_id)),
            "job": Thing(self._job, self._job_of_another),
            "message": Thing(self._message, self._message_of_another),
            "token": Thing(_same(token="no-such-token")),
            "letter": Thing(_same(pk=0)),
            "dispatch": self._pair(self.dispatch.pk, self.dispatch_foreign.pk),
            "dispatch_sent": self._pair(self.sent.pk, self.dispatch_foreign.pk),
            "plan": Thing(_same(pk=self.plan.pk), _same(pk=0)),
        }
        found |= {name: self._pair(*ids) for name, ids in town_province.things(self).items()}
        own, foreign = town_province.things(self)["publishing"]
        found["publishing_sheet"] = Thing(_same(pk=own, form="csv"), _same(pk=foreign, form="csv"))
        for name, (own_notice, other_notice) in town_notice.things(self).items():
            found[name] = Thing(_same(**own_notice), _same(**other_notice))
        found |= self._of_people() | self._of_files() | self._of_notices() | self._of_firms() | self._of_months()
        firms = {"proposal": "p", "proposal_heard": "r"}
        for name, (own_row, other_row) in town_lifecycle.things(self).items():
            firm = self.firms[firms[name]][0] if name in firms else None
            found[name] = self._pair(own_row, other_row, firm)
        found["proposal_paper"] = Thing(
            _same(pk=found["proposal_heard"].own(None)["pk"], kind="letter"),
            _same(pk=0, kind="letter"),
            self.firms["r"][0],
        )
        found["form"] = Thing(_same(form="csv"))
        return found | {name: self._pair(*ids) for name, ids in town_signals.things(self).items()}

    @staticmethod
    def _pair(own: int, foreign: int, firm: Enterprise | None = None) -> Thing:
        return Thing(_same(pk=own), _same(pk=foreign), firm)

    def _of_people(self) -> dict[str, Thing]:
        own, foreign = (self.official(place, "reviewer").user_id for place in (TIANYUAN, JINJIANG))
        posts = [Post.objects.get(user_id=user).pk for user in (own, foreign)]
        return {
            "person": self._pair(own or 0, foreign or 0),
            "post": self._pair(*posts),
            "authority": self._pair(*(self._authority(place) for place in (TIANYUAN, JINJIANG))),
        }

    def _authority(self, place: str) -> int:
        """The reviewer of a place is away; the archivist acts."""
        away, deputy = self.official(place, "reviewer"), self.official(place, "archivist")
        given = give_authority(
            actor=away, post_id=Post.objects.get(user_id=away.user_id).pk, deputy_id=deputy.user_id or 0,
            valid_from=calendar.TODAY, valid_to=calendar.TODAY, reason="演示",
        )  # fmt: skip
        return given.pk

    def _of_files(self) -> dict[str, Thing]:
        files, firms = self.files, {name: firm for name, (firm, _) in self.firms.items()}
        stored = [self._stored(name) for name in ("a", "b")]
        rows = [
            Evidence.objects.create(application=files[name], slot="x", file=file, added_at=real_now(), added_by="x").pk
            for name, file in zip("ab", stored, strict=True)
        ]
        sheets = [
            SheetImport.objects.create(
                round=self.hunan, bureau=self.cast.bureaus[place], path="", file=stored[0], uploaded_at=real_now()
            ).pk
            for place in (TIANYUAN, JINJIANG)
        ]
        table = self.table
        assert table is not None
        return {
            "draft": self._pair(files["a"].pk, files["b"].pk),
            "submitted": self._pair(files["s"].pk, files["t"].pk, firms["s"]),
            "paper": self._pair(files["p"].pk, files["q"].pk, firms["p"]),
            "draft_evidence": Thing(_same(pk=files["a"].pk, row=rows[0]), _same(pk=files["b"].pk, row=rows[1])),
            "evidence": self._pair(stored[0].pk, stored[1].pk),
            "sheet_import": self._pair(*sheets),
            "document": Thing(_same(pk=table.pk), _same(pk=0)),
            "dispatch_table": Thing(_same(pk=self.sent.pk, form="pdf"), _same(pk=self.dispatch_foreign.pk, form="pdf")),
            "code": Thing(_same(code=table.reference)),
        }

    def _stored(self, name: str) -> Any:
        firm, actor = self.firms[name]
        upload = county.Upload(county.screenshot("evidence"), "佐证.png")
        return store_upload(upload, actor=actor, purpose=purposes.FACTS, owner=("enterprise", firm.pk))

    def _of_notices(self) -> dict[str, Thing]:
        values = {"title": "演示通知", "to_bureaus": "各有关单位", "issued_on": calendar.TODAY, "issuers": ["演示单位"]}
        drafts = [draft_notice(actor=self.cast.handler(place), **values) for place in (HUNAN, SICHUAN)]
        sent = [publish_notice(actor=self.cast.handler(place), **values) for place in (ZHUZHOU, CHENGDU)]
        files = [NoticeFile.objects.create(notice=draft, file=self._stored("a"), title="附件").pk for draft in drafts]
        known = [
            Notice.objects.get(bureau=self.cast.bureaus[place], parent__isnull=False) for place in (ZHUZHOU, CHENGDU)
        ]
        return {
            "notice": self._pair(known[0].pk, known[1].pk),
            "notice_draft": self._pair(drafts[0].pk, drafts[1].pk),
            "notice_unsigned": self._pair(sent[0].pk, sent[1].pk),
            "notice_file": Thing(_same(pk=drafts[0].pk, file_pk=files[0]), _same(pk=drafts[1].pk, file_pk=files[1])),
        }

    def _of_firms(self) -> dict[str, Thing]:
        a, b = self.firms["a"][0], self.firms["b"][0]
        asker = User.objects.create(username="asked-asker", name="演示求助人")
        claims, hand_overs, invitations = [], [], []
        for firm, admin in (self.firms["a"], self.firms["b"]):
            scan = store_upload(
                county.Upload(county.screenshot("licence"), "执照.png"), actor=own_actor(asker),
                purpose=purposes.REQUEST, owner=("enterprise", firm.pk),
            )  # fmt: skip
            given: Any = {"enterprise": firm, "user": asker, "evidence": scan, "actor": own_actor(asker)}
            claims.append(open_claim(**given).pk)
            hand_overs.append(open_hand_over(**given).pk)
            invitations.append(
                invite(enterprise=firm, address="x@example.com", role=Role.ENTERPRISE_MEMBER, actor=admin)
            )

        def lines(model: Any) -> list[int]:
            return [model.objects.filter(enterprise=firm).order_by("pk").first().pk for firm in (a, b)]

        members = [firm.memberships.get(role=Role.ENTERPRISE_MEMBER).pk for firm in (a, b)]
        rows = {"patent": lines(Patent), "partner": lines(Partner), "membership": members}
        rows["firm_invitation"] = [invitation.pk for invitation, _ in invitations]
        found = {
            name: Thing(_same(pk=a.pk, row=own), _same(pk=b.pk, row=foreign)) for name, (own, foreign) in rows.items()
        }
        found |= {"claim": self._pair(*claims), "hand_over": self._pair(*hand_overs)}
        return found | {"invitation": Thing(_same(token=invitations[0][1]))}

    def _of_months(self) -> dict[str, Thing]:
        """A month still to be filled in and one reported, of a firm in Tianyuan and one in Jinjiang; a county's workbook."""
        drafts = [self._month(name, "2018-01") for name in ("a", "b")]
        filed = [self._month(name, "2017-12", state=MonthlyReturn.State.SUBMITTED) for name in ("a", "b")]
        books = [
            ReturnImport.objects.create(
                bureau=self.cast.bureaus[place], programme=self.hunan.family, period="2018-01", file=self._stored("a"),
                uploaded_at=real_now(), errors=[],
            ).pk
            for place in (TIANYUAN, JINJIANG)
        ]  # fmt: skip
        return {"month": self._pair(*drafts), "month_filed": self._pair(*filed), "month_sheet": self._pair(*books)}

    def _month(self, name: str, period: str, state: str = "draft") -> int:
        firm, path = self.firms[name][0], self.files[name].path
        programme = self.files[name].round.family
        entry = RosterEntry.objects.filter(enterprise=firm).first() or RosterEntry.objects.create(
            enterprise=firm, programme=programme, province=programme.province, tier="x", tier_title="x", year=2018, batch=1,
            name=firm.name, region=firm.region, path=path, since=calendar.TODAY, decision=self.decision(),
        )  # fmt: skip
        done = {"status": "done", "done_at": real_now(), "done_by": "x"} if state == "submitted" else {}
        duty = Obligation.objects.create(
            owner_kind="enterprise", owner_id=firm.pk, kind=MONTHLY, period=period, subject_kind="roster_entry",
            subject_id=entry.pk, path=path, opened_at=real_now(), due_on=calendar.TODAY, **done,
        )  # fmt: skip
        row = MonthlyReturn.objects.create(
            obligation=duty, entry=entry, enterprise=firm, bureau=firm.bureau, path=path, period=period, state=state,
            enterprise_name=firm.name, submitted_at=real_now() if done else None,
        )  # fmt: skip
        return row.pk

    # ---- what belongs to a person --------------------------------------------------------------------------------

    @staticmethod
    def job_for(actor: Actor) -> Address:
        """A finished job the person started under this hat."""
        now = real_now()
        job = Job.objects.create(
            kind="reviews.queue_export", label="演示", user_id=actor.user_id, hat_key=actor.hat.key, actor_label="x",
            state=Job.State.DONE, created_at=now, finished_at=now,
        )  # fmt: skip
        return {"pk": job.pk}

    def _job(self, actor: Actor | None) -> Address:
        wears_none = actor is None or actor.user_id == self.newcomer.pk
        return self.job_for(self.firms["b"][1] if actor is None or wears_none else actor)

    def _job_of_another(self, actor: Actor | None) -> Address:
        return self.job_for(self.firms["b"][1])

    @staticmethod
    def message_values(kind: str, number: int | None) -> dict[str, Any]:
        """Columns of a message to somebody."""
        outbox = OutboxMessage.objects.create(
            key=f"town:{kind}:{number}:{InboxMessage.objects.count()}", kind="x", recipient_kind=kind,
            recipient_id=number or 0, created_at=real_now(),
        )  # fmt: skip
        return {
            "recipient_kind": kind, "recipient_id": number, "kind": "x", "title": "演示", "created_at": real_now(),
            "outbox": outbox,
        }  # fmt: skip

    def _message_for(self, user_id: int | None) -> Address:
        return {"pk": InboxMessage.objects.create(**self.message_values("user", user_id)).pk}

    @staticmethod
    def decision() -> Decision:
        """Some decision, for rows that must name one."""
        found = Decision.objects.order_by("pk").first()
        assert found is not None
        return found

    def _message(self, actor: Actor | None) -> Address:
        return self._message_for(actor.user_id if actor is not None else self.firms["b"][1].user_id)

    def _message_of_another(self, actor: Actor | None) -> Address:
        return self._message_for(self.firms["b"][1].user_id)
