"""A whole province of invented firms: registered, filed, listed, a year of returns, by the set-wise cores (B.3).

The functions are those of the pages; only their sets are larger. A bureau enters its firms from paper, files for them and types
their months, each county in sets that one transaction holds. The steps are methods, so that a test can do the same one by one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction

from cultivation.models import RosterEntry, Round
from enterprises.actions.facts import save_fields_of, save_figures_of
from enterprises.actions.lists import choose_all
from enterprises.actions.register import Newcomer, Registration, register_enterprises
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.core.clock import business_today, one_installation_per_unit_of_work
from foundation.core.models import Installation
from foundation.documents.actions.store import store_upload
from foundation.documents.models import StoredFile
from foundation.reference import queries as reference
from foundation.reference import regions
from monitoring import months
from monitoring.actions.returns import Filled, submit_many
from monitoring.actions.returns_opening import open_months
from monitoring.models import MonthlyReturn
from monitoring.papers import SOURCE
from portal.rehearsal import calendar, county, filing, people, province
from portal.rehearsal.people import HUNAN, ZHUZHOU
from portal.rehearsal.played import begin_day
from portal.rehearsal.scale_firms import MOST, ScaleFirm, scale_firm
from portal.rehearsal.scale_people import Place, WideCast, appoint, counties
from portal.rehearsal.stages import HUNAN_TIER, Built
from reviews.actions.county import give_opinions_of, recommend, record_checks
from reviews.actions.filing import save_answers_of, start_applications, submit_all
from reviews.actions.sending import receive
from reviews.models import Application, CheckRecord
from reviews.papers import PAPER_SOURCE

SET = 500
"""Firms of one transaction: every one holds locks until its end, and the database keeps a fixed number of them."""
FILE_SET = 100
"""Files of one transaction: each carries its frozen answer."""
MONTH_SET = 200
PERIODS = 12
REPORTING = 5
"""Prefectures whose lists have gone up; the files of the others lie with their counties."""
SILENT = 33
"""One listed firm of so many stops reporting half-way."""
FIRMS_OF_A_LIST = 20
"""At least so many firms a county's list has."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many firms there are, how many of them file, how many of those are listed."""

    firms: int
    files: int
    listed: int

    @classmethod
    def of(cls, firms: int) -> Size:
        """In the proportions of a province: 100 000 firms, 5 000 files, 2 000 listed."""
        if not 1 <= firms <= MOST:
            raise ValueError(f"between 1 and {MOST} firms")
        return cls(firms, -(-firms // 20), -(-firms // 50))


@dataclass(slots=True)
class Scale:
    """One run: the officials, the round, the numbers, what was made so far."""

    cast: WideCast
    round_: Round
    seed: int
    size: Size
    reporting: list[Place]
    waiting: list[Place]
    tell: Callable[[str], None]
    filers: dict[str, list[tuple[ScaleFirm, int]]] = field(default_factory=lambda: defaultdict(list))
    """Firms that file with their ids, by the code of the county."""
    month_of: dict[int, int] = field(default_factory=dict)
    papers: dict[tuple[str, str], StoredFile] = field(default_factory=dict)
    items: dict[tuple[str, str], Any] = field(default_factory=dict)

    def run(self) -> None:
        """From an empty register to the end of the year."""
        with one_installation_per_unit_of_work():
            self._at(calendar.FILING)
            self._enter_firms()
            self.tell("申报")
            for place in self.filers:
                self._file(place)
            self.tell("名单企业：核查、研判、推荐、报送")
            self._list()
            self.tell("十二个月月报")
            self._report()
            self.tell("在办材料：核查、研判、推荐")
            self._work_on()

    # ---- the year's order ----------------------------------------------------------------------------------

    def _at(self, day: dt.date) -> None:
        if business_today() < day:
            begin_day(day)
        else:
            Installation.start_rehearsal(day)

    def _enter_firms(self) -> None:
        self.tell(f"登记 {self.size.firms} 家企业与近三年数据")
        by_county: dict[str, list[ScaleFirm]] = defaultdict(list)
        for number in range(self.size.firms):
            place = self._place_of(number)
            by_county[place.code].append(
                scale_firm(self.seed, number, place.code, place.region_id, files=number < self.size.files)
            )
            if len(by_county[place.code]) == SET:
                self._enter(by_county.pop(place.code))
        for firms in by_county.values():
            self._enter(firms)

    def _place_of(self, number: int) -> Place:
        """The listed firms in the counties of the prefectures that reported, the other filing ones outside, the rest everywhere."""
        if number < self.size.listed:
            return self.reporting[number % len(self.reporting)]
        if number < self.size.files:
            return self.waiting[number % len(self.waiting)]
        everywhere = len(self.reporting) + len(self.waiting)
        place = number % everywhere
        return self.reporting[place] if place < len(self.reporting) else self.waiting[place - len(self.reporting)]

    def _enter(self, firms: Sequence[ScaleFirm]) -> None:
        """A set of firms of one county: registration, figures, and what those that file tell besides."""
        actor = self.cast.handler(firms[0].place)
        with transaction.atomic():
            ids = [firm.pk for firm in self.register(firms, actor)]
            pairs = list(zip(firms, ids, strict=True))
            self.figures({pk: {(y, f, "audited"): v for (y, f), v in one.figures.items()} for one, pk in pairs}, actor)
            filing_ones = [(one, pk) for one, pk in pairs if one.number < self.size.files]
            if filing_ones:
                self.fields({pk: _profile(one) for one, pk in filing_ones}, actor)
                self.choices([(pk, item) for one, pk in filing_ones for item in self._items(one)], actor)
                self.filers[firms[0].place] += filing_ones
                self.month_of |= {pk: one.month for one, pk in filing_ones}

    def _file(self, place: str) -> None:
        actor, paper = self.cast.handler(place), self._paper(place, PAPER_SOURCE)
        for part in _parts(sorted(pk for _, pk in self.filers[place]), FILE_SET):
            with transaction.atomic():
                firms = list(Enterprise.objects.filter(pk__in=part).prefetch_related("paths").order_by("pk"))
                files = self.start(firms, actor, paper)
                codes = [item.code for item in self.round_.programme.activity_categories]
                answers = {file.pk: {"activity_categories": codes[file.enterprise_id % 3 :: 3]} for file in files}
                self.answer(answers, {file.pk: file.version for file in files}, actor)
                declared = frozenset(item.code for item in self.round_.programme.declarations)
                _all_well(self.submit([file.pk for file in files], actor, declared))

    def _list(self) -> None:
        """Counties judge and recommend, send their lists; prefectures merge, plan and report; the province receives."""
        self._at(calendar.REVIEW)
        places = [place for place in self.reporting if self.filers[place.code]]
        for place in places:
            self._judge(self._files(place.code), place.code, calendar.REVIEW)
            self._recommend(self._files(place.code), place.code)
        self._at(calendar.DISPATCHED)
        for place in places:
            with transaction.atomic():
                county.seal_and_send(county.start_list(self.round_, self.cast, place.code), self.cast, place.code)
        for prefecture in dict.fromkeys(place.prefecture for place in places):
            with transaction.atomic():
                self._at(calendar.MERGED)
                province.receive_and_merge(self.round_, self.cast, prefecture)
                province.plan(self.round_, self.cast, prefecture)
                self._at(calendar.REPORTED)
                province.send_up(self.round_, self.cast, prefecture)
        self._at(calendar.RECEIVED)
        for dispatch in province.arrived(self.round_, HUNAN, self.cast):
            receive(dispatch_id=dispatch.pk, actor=self.cast.handler(HUNAN))

    def _report(self) -> None:
        """Twelve months open one after the other; the bureaus type what their firms report."""
        period = months.period_of(calendar.RECEIVED)
        entries = list(RosterEntry.objects.filter(until__isnull=True, round=self.round_).order_by("pk"))
        stops = {entry.pk for number, entry in enumerate(entries) if number % SILENT == SILENT - 1}
        for number in range(PERIODS):
            self._at(months.last_day(period) + dt.timedelta(days=3))
            open_months(business_today())
            rows = MonthlyReturn.objects.filter(
                period=period, state=MonthlyReturn.State.DRAFT, entry__round=self.round_
            )
            if number >= PERIODS // 2:
                rows = rows.exclude(entry_id__in=stops)
            by_county: dict[int, list[tuple[int, int]]] = defaultdict(list)
            for pk, firm, bureau in rows.order_by("pk").values_list("pk", "enterprise_id", "bureau_id"):
                by_county[bureau].append((pk, firm))
            for place in self.reporting:
                actor = self.cast.handler(place.code)
                for part in _parts(by_county[place.bureau_id], MONTH_SET):
                    filled = {pk: _month(self.month_of[firm], number) for pk, firm in part}
                    _all_well(self.months(filled, actor, self._paper(place.code, SOURCE)))
            period = months.shift(period, 1)

    def _work_on(self) -> None:
        """Of the files that lie with their counties a third is checked and judged, another third recommended besides."""
        today, worked_on = business_today(), 0
        for place in self.waiting:
            ids = self._files(place.code)
            turns = {pk: (worked_on + number) % 3 for number, pk in enumerate(ids)}
            worked_on += len(ids)
            self._judge([pk for pk in ids if turns[pk]], place.code, today)
            self._recommend([pk for pk in ids if turns[pk] == 2], place.code)

    def _judge(self, ids: Sequence[int], place: str, on: dt.date) -> None:
        if not ids:
            return
        actor, programme = self.cast.handler(place), self.round_.programme
        proof = county.proof_for(actor)
        items = programme.opinion_items_for(HUNAN_TIER)
        for part in _parts(ids, FILE_SET):
            with transaction.atomic():
                for rule in programme.checks_for(HUNAN_TIER):
                    self.check(part, actor, rule.code, rule.sources[0], on, proof)
                self.opine(part, actor, {item.code: (True, county.LINE) for item in items})

    def _recommend(self, ids: Sequence[int], place: str) -> None:
        for actor in dict.fromkeys((self.cast.handler(place), self.cast.signer(place))):
            waiting = Application.objects.filter(pk__in=ids, state="submitted").order_by("pk")
            for part in _parts(list(waiting.values_list("pk", flat=True)), FILE_SET):
                _all_well(self.recommend(part, actor))

    def _files(self, place: str) -> list[int]:
        firms = [pk for _, pk in self.filers[place]]
        rows = Application.objects.filter(round=self.round_, enterprise_id__in=firms).order_by("pk")
        return list(rows.values_list("pk", flat=True))

    def _items(self, one: ScaleFirm) -> list[Any]:
        """Entries of the catalogues the firm chooses; each is looked up once."""
        wanted = (("key_industry", one.trade.key_industry), ("chain", one.trade.chain))
        found = []
        for kind, code in wanted:
            if code and (kind, code) not in self.items:
                place = regions.find(HUNAN, business_today())
                self.items[kind, code] = reference.catalogue_items(place, business_today(), kind=kind).get(code=code)
            if code:
                found.append(self.items[kind, code])
        return found

    def _paper(self, place: str, purpose: str) -> StoredFile:
        """The scan a bureau types from: one for all its firms."""
        key = (place, purpose)
        if key not in self.papers:
            scan = county.Upload(filing.audit_report(2017), "企业纸质材料（演示）.pdf")
            self.papers[key] = store_upload(scan, actor=self.cast.handler(place), purpose=purpose)
        return self.papers[key]

    # ---- the acts, each on a set ---------------------------------------------------------------------------

    def register(self, firms: Sequence[ScaleFirm], actor: Actor) -> list[Enterprise]:
        """Enter firms into the register on behalf."""
        newcomers = [Newcomer(registration(one)) for one in firms]
        return register_enterprises(newcomers=newcomers, actor=actor, on_behalf=True)

    def figures(self, cells: dict[int, dict[tuple[int, str, str], str]], actor: Actor) -> None:
        """Three years of figures."""
        _no_errors(save_figures_of(cells=cells, actor=actor).values())

    def fields(self, fields: dict[int, dict[str, Any]], actor: Actor) -> None:
        """What a firm tells of itself."""
        _no_errors(save_fields_of(fields=fields, actor=actor, owner="profile").values())

    def choices(self, choices: list[tuple[int, Any]], actor: Actor) -> None:
        """Entries of the province's catalogues."""
        choose_all(choices=choices, actor=actor)

    def start(self, firms: Sequence[Enterprise], actor: Actor, paper: StoredFile) -> list[Application]:
        """Open the drafts."""
        return start_applications(
            enterprises=firms, round=self.round_, tier=HUNAN_TIER, actor=actor, paper_source=paper
        )

    def answer(self, changes: dict[int, dict[str, Any]], versions: dict[int, int], actor: Actor) -> None:
        """Answer what the notice asks of the files."""
        save_answers_of(changes=changes, versions=versions, actor=actor)

    def submit(self, ids: Sequence[int], actor: Actor, declared: frozenset[str]) -> dict[int, Any]:
        """Submit the files."""
        return submit_all(ids=ids, actor=actor, declared=declared)

    def check(self, ids: Sequence[int], actor: Actor, code: str, source: str, on: dt.date, proof: StoredFile) -> None:
        """One clean check of the files."""
        record_checks(
            ids=ids, actor=actor, code=code, source=source, checked_on=on, result=CheckRecord.Result.CLEAN, proof=proof
        )

    def opine(self, ids: Sequence[int], actor: Actor, answers: dict[str, tuple[bool, str]]) -> None:
        """All opinion items of the files."""
        give_opinions_of(ids=ids, actor=actor, answers=answers)

    def recommend(self, ids: Sequence[int], actor: Actor) -> dict[int, Any]:
        """One hand on the files."""
        return recommend(ids=ids, actor=actor, opinion="同意推荐（演示）。")

    def months(self, filled: dict[int, Filled], actor: Actor, source: StoredFile) -> dict[int, Any]:
        """Months of firms, from their paper."""
        return submit_many(ids=filled, actor=actor, filled=filled, source=source)


def registration(one: ScaleFirm) -> Registration:
    """What is typed to register a firm."""
    return Registration(
        uscc=one.uscc,
        name=one.name,
        region_id=one.region_id,
        industry_code=one.trade.industry,
        legal_representative=one.legal_representative,
        registered_on=one.registered_on,
        is_legal_person=True,
        contact_name=one.contact_name,
        contact_phone=one.contact_phone,
        contact_email=one.contact_email,
    )


def _profile(one: ScaleFirm) -> dict[str, Any]:
    return {
        "above_scale": "yes",
        "main_product": one.trade.product,
        "niche": one.trade.niche,
        "niche_rank_province": str(one.rank),
        "niche_rank_year": "2017",
        "niche_rank_source": "行业协会统计（演示）",
        "srdi": ["specialised", "refined"],
        "former_individual_business": "no",
    }


def _month(revenue: int, number: int) -> Filled:
    """A steady month: a few percent up and down."""
    amount = (Decimal(revenue) * (100 + number % 4) / 100).quantize(Decimal("0.01"))
    main = (amount * 94 / 100).quantize(Decimal("0.01"))
    return Filled(
        {
            "nature": "normal",
            "revenue": amount,
            "main_revenue": main,
            "profit_and_tax": (amount * 9 / 100).quantize(Decimal("0.01")),
            "rd_expenditure": (amount * 4 / 100).quantize(Decimal("0.01")),
            "employees": 120,
        }
    )


def _parts(rows: Sequence[Any], length: int) -> Iterator[list[Any]]:
    for start in range(0, len(rows), length):
        yield list(rows[start : start + length])


def _all_well(verdicts: dict[int, Any]) -> None:
    """What is refused here is a fault of the rehearsal."""
    refused = [str(verdict) for verdict in verdicts.values() if not verdict]
    if refused:
        raise RuntimeError(refused[0])


def _no_errors(saved: Iterable[Any]) -> None:
    wrong = next((one.errors for one in saved if one.errors), None)
    if wrong:
        raise RuntimeError(str(wrong))


def prepare(built: Built, seed: int, size: Size, tell: Callable[[str], None], kind: type[Scale] = Scale) -> Scale:
    """Officials for all counties of Hunan, and who reports: as many counties of five prefectures as have a list to send."""
    tell("各县市区经办人员")
    places = counties(built.hunan)
    with people.hashed_once(), transaction.atomic():
        cast = appoint(built.cast, places)
    above = [code for code in dict.fromkeys(place.prefecture for place in places) if code != ZHUZHOU][:REPORTING]
    able = [place for place in places if place.prefecture in above]
    # Counties of the five in turn, so that a small run has a list of one county and a large one of all.
    reporting = able[: max(1, min(len(able), size.listed // FIRMS_OF_A_LIST))]
    waiting = [place for place in places if place.prefecture not in above]
    return kind(cast, built.hunan, seed, size, reporting, waiting, tell)
