"""A draft as its writer meets it: groups of questions, what is filled, what keeps it from being submitted.

The action asks the same list under lock, so that page and refusal never differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cultivation.eligibility import CrossFinding, FactSet, GateStep, Judgements, gate_verdict
from cultivation.eligibility.gates import MIN_REASON
from cultivation.models import Round
from cultivation.schema import Programme
from cultivation.schema.checks import EvidenceSlot, FileQuestion
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import Level
from foundation.documents.models import StoredFile
from reviews.asked import Asked, asked_of
from reviews.evaluation import (
    Verdicts,
    WindowAnswer,
    evaluate_file,
    findings_for,
    freeze_facts_of,
    programme_of,
    signals_of,
    window_verdict,
)
from reviews.fact_text import differences
from reviews.models import Application, Commitment, Correction, Evidence, Explanation, Submission
from reviews.states import FileState

UNREADABLE = "_unreadable"
"""Key of ``answers`` under which text stands that could not be read: it comes back to the page with its error."""
FACTS, ANSWERS, EVIDENCE, CHECK, COMMITMENT, SUBMIT = "facts", "answers", "evidence", "check", "commitment", "submit"
TITLES = {
    FACTS: "基本信息与年度数据",
    ANSWERS: "申报填写",
    EVIDENCE: "佐证材料",
    CHECK: "核对",
    COMMITMENT: "监测承诺",
    SUBMIT: "提交",
}


@dataclass(frozen=True)
class Block:
    """One thing that keeps the file from being submitted: which group mends it, and the sentence."""

    section: str
    text: str
    hint: str = ""


@dataclass(frozen=True)
class Section:
    """One group of questions in the list beside the page."""

    code: str
    title: str
    tone: str
    word: str


@dataclass(frozen=True)
class Slot:
    """A place for evidence: its rule, the years it is asked for, the files in it."""

    rule: EvidenceSlot
    years: tuple[int | None, ...]
    files: tuple[Evidence, ...]

    def by_year(self) -> list[tuple[int | None, list[Evidence]]]:
        """Files of each year; a slot without years has the one group None."""
        return [
            (year, [row for row in self.files if row.year == year or (year is None and row.year is None)])
            for year in self.years
        ]


@dataclass
class Draft:
    """A file with everything a page of its writer shows. ``declared``: codes of declarations ticked."""

    file: Application
    programme: Programme
    facts: FactSet
    findings: list[CrossFinding]
    window: WindowAnswer
    evidence: list[Evidence]
    explanations: dict[str, str]
    commitment: Commitment | None
    correction: Correction | None
    declared: frozenset[str] = frozenset()
    _verdicts: list[Verdicts] = field(default_factory=list, repr=False)

    @cached_property
    def evaluation(self) -> Verdicts:
        """Every criterion on the firm's present facts; officials have judged nothing yet."""
        return evaluate_file(self.file, self.facts, Judgements())

    @cached_property
    def asked(self) -> Asked:
        """Facts of the firm that this tier asks."""
        return asked_of(self.programme, self.file.tier, self.file.subtype, self.file.year, self.facts)

    @cached_property
    def slots(self) -> list[Slot]:
        """Evidence slots of the tier with their files."""
        years = tuple(range(self.file.year - 3, self.file.year))
        return [
            Slot(
                rule, years if rule.per_year else (None,), tuple(row for row in self.evidence if row.slot == rule.code)
            )
            for rule in self.programme.evidence_for(self.file.tier)
        ]

    @cached_property
    def firm_files(self) -> list[StoredFile]:
        """Files that already stand beside the firm's facts: they need not be uploaded again."""
        ids = {row["evidence"] for row in self.facts.rows.values() if row.get("evidence")}
        return list(StoredFile.objects.filter(pk__in=ids).order_by("pk")) if ids else []

    @property
    def unreadable(self) -> Mapping[str, Any]:
        """Answers as typed that could not be read."""
        return self.file.answers.get(UNREADABLE, {})

    @property
    def open_questions(self) -> list[FileQuestion]:
        """Required questions without an answer."""
        return [item for item in self.programme.questions if item.required and not self.file.answers.get(item.fact)]

    @property
    def unexplained(self) -> list[CrossFinding]:
        """Findings that ask for a reason nobody gave yet."""
        return [item for item in self.findings if not item.stops and not explained(self.explanations, item.key)]

    @property
    def needs_commitment(self) -> bool:
        """The programme asks for the monitoring commitment and it is not there (SC-37, SC-38)."""
        return self.programme.commitment is not None and self.commitment is None

    # ---- what stands in the way ----------------------------------------------------------------------------

    def blocks(self, *, with_declarations: bool = True) -> list[Block]:
        """Everything that keeps the file from being submitted; empty when it may."""
        found: list[Block] = []
        if not self.window.open:
            found.append(Block(SUBMIT, self.window.reason, "请联系受理部门。"))
        found += [Block(CHECK, item.text.rstrip("。"), item.hint) for item in self.findings if item.stops]
        found += [Block(ANSWERS, f"“{item.title}”未填写") for item in self.open_questions]
        found += [Block(ANSWERS, f"“{name}”的内容无法识别", "请按提示改正。") for name in self._unreadable_titles()]
        found += [
            Block(EVIDENCE, f"请上传“{slot.rule.title}”")
            for slot in self.slots
            if slot.rule.required and not slot.files
        ]
        found += [
            Block(CHECK, f"{item.text.rstrip('。')}，请说明原因", f"至少 {MIN_REASON} 个字。")
            for item in self.unexplained
        ]
        stops = gate_verdict(self.evaluation.result, GateStep.SUBMISSION).stops
        found += [Block(CHECK, f"“{item.title}”{item.status}（{item.clause}）", item.text) for item in stops]
        if with_declarations:
            missing = [item.text.rstrip("。") for item in self.programme.declarations if item.code not in self.declared]
            found += [Block(SUBMIT, f"请勾选声明：{text}") for text in missing]
        return found

    def _unreadable_titles(self) -> list[str]:
        titles = {item.fact: item.title for item in self.programme.questions}
        return list(dict.fromkeys(titles.get(name.partition(".")[0], name) for name in self.unreadable))

    # ---- the list beside the page --------------------------------------------------------------------------

    @cached_property
    def sections(self) -> list[Section]:
        """Groups of questions in order, each with a word for how far it is."""
        absent = len(self.asked.missing)
        stops = sum(1 for item in self.findings if item.stops)
        rows = [
            Section(FACTS, TITLES[FACTS], *(("wait", f"缺 {absent} 项") if absent else ("ok", "已填"))),
            Section(ANSWERS, TITLES[ANSWERS], *self._answers_word()),
            Section(EVIDENCE, TITLES[EVIDENCE], *self._evidence_word()),
            Section(CHECK, TITLES[CHECK], *self._check_word(stops)),
        ]
        if self.programme.commitment is not None:
            word = ("ok", "已签署") if self.commitment else ("wait", "未签署")
            rows.append(Section(COMMITMENT, TITLES[COMMITMENT], *word))
        rows.append(Section(SUBMIT, "重新提交" if self.file.revision else TITLES[SUBMIT], "wait", "尚未提交"))
        return rows

    def _answers_word(self) -> tuple[str, str]:
        absent = len(self.open_questions) + len(self._unreadable_titles())
        if absent:
            return "wait", f"缺 {absent} 项"
        return (
            ("ok", "已填")
            if any(self.file.answers.get(item.fact) for item in self.programme.questions)
            else ("mo", "选填")
        )

    def _evidence_word(self) -> tuple[str, str]:
        absent = sum(1 for slot in self.slots if slot.rule.required and not slot.files)
        if absent:
            return "wait", f"缺 {absent} 类"
        return ("ok", f"{len(self.evidence)} 个文件") if self.evidence else ("mo", "尚无文件")

    def _check_word(self, stops: int) -> tuple[str, str]:
        if stops:
            return "no", f"{stops} 项须改正"
        return ("wait", f"{len(self.unexplained)} 项待说明") if self.unexplained else ("ok", "已核对")

    @property
    def progress(self) -> tuple[int, int]:
        """Lines filled and lines in all, for "已填 8 / 11 项"."""
        parts = [(self.asked.done, self.asked.total)]
        required = [item for item in self.programme.questions if item.required]
        parts.append((len(required) - len(self.open_questions), len(required)))
        slots = [slot for slot in self.slots if slot.rule.required]
        parts.append((sum(1 for slot in slots if slot.files), len(slots)))
        explain = [item for item in self.findings if not item.stops]
        parts.append((len(explain) - len(self.unexplained), len(self.findings)))
        if self.programme.commitment is not None:
            parts.append((0 if self.needs_commitment else 1, 1))
        return sum(done for done, _ in parts), sum(total for _, total in parts)


def explained(explanations: Mapping[str, str], key: str) -> bool:
    """Whether a reason long enough to be one was given."""
    return len(explanations.get(key, "").strip()) >= MIN_REASON


def load_draft(file: Application, declared: Iterable[str] = ()) -> Draft:
    """Gather a draft; the number of queries does not depend on how much is in it."""
    return load_drafts([file], declared)[file.pk]


def load_drafts(files: Sequence[Application], declared: Iterable[str] = ()) -> dict[int, Draft]:
    """The same for files by id, in as many queries as for one; files of one round share it."""
    rounds: dict[int, Round] = {}
    for file in files:
        file.round = rounds.setdefault(file.round_id, file.round)
    ticked = frozenset(declared)
    facts, signals = freeze_facts_of(files, ticked), signals_of(files)
    of = {"application__in": [file.pk for file in files]}
    evidence: dict[int, list[Evidence]] = defaultdict(list)
    for row in Evidence.objects.filter(**of, removed_at=None).select_related("file"):
        evidence[row.application_id].append(row)
    told: dict[int, dict[str, str]] = defaultdict(dict)
    for reason in Explanation.objects.filter(**of, kind=Explanation.Kind.CROSS_CHECK):
        told[reason.application_id][reason.code] = reason.text
    commitments = {row.application_id: row for row in Commitment.objects.filter(**of).order_by("id")}
    corrections: dict[int, Correction] = {}
    for correction in Correction.objects.filter(**of, resolved_at=None).prefetch_related("items"):
        corrections.setdefault(correction.application_id, correction)
    found = {}
    for file in files:
        programme = programme_of(file)
        correction_of = corrections.get(file.pk)
        found[file.pk] = Draft(
            file=file,
            programme=programme,
            facts=facts[file.pk],
            findings=findings_for(file, programme, facts[file.pk], signals=signals[file.pk]),
            window=filing_window(file, correction_of),
            evidence=evidence[file.pk],
            explanations=told[file.pk],
            commitment=commitments.get(file.pk),
            correction=correction_of,
            declared=ticked,
        )
    return found


def filing_window(file: Application, correction: Correction | None) -> WindowAnswer:
    """The window a file is submitted in: the firm's own; the handling bureau's where it enters a paper filing.

    A file that was submitted in time and returned for ``correction`` is not shut out by the window: its own day of reply counts.
    """
    if file.state == FileState.RETURNED:
        return WindowAnswer(open=True, late=False, reason="", closes_on=correction.due_on if correction else None)
    level = Level.COUNTY if len(path_ids(file.path)) != 2 else Level.PREFECTURE
    return window_verdict(file.round, file.path, level, enterprise=file.filed_by == Application.FiledBy.ENTERPRISE)


def changes_since(submission: Submission | None, draft: Draft) -> list[dict[str, str]]:
    """What changed since the last submission: facts, answers, files."""
    if submission is None:
        return []
    before = FactSet.from_rows(submission.facts)
    kept = {name for name in (item.fact for item in draft.programme.declarations) if name}
    changed = [row for row in differences(before, draft.facts, draft.programme) if row["fact"] not in kept]
    titles = {rule.code: rule.title for rule in draft.programme.evidence}
    old = {(row["slot"], row["year"], row["sha256"]): row["name"] for row in submission.evidence}
    new = {(row.slot, row.year, row.file.sha256): row.file.name for row in draft.evidence}
    for key in [*(key for key in old if key not in new), *(key for key in new if key not in old)]:
        head = f"{key[1]}年{titles.get(key[0], key[0])}" if key[1] else titles.get(key[0], key[0])
        changed.append({"fact": "", "label": head, "before": old.get(key, "—"), "after": new.get(key, "已移除")})
    return changed
