"""Papers of a dispatch: the 汇总表 and the cultivation plan as frozen documents, and who reads the files behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cultivation.models import ProgrammeVersion
from foundation.accounts.actor import Actor
from foundation.accounts.may import may, sees
from foundation.core.errors import Refused
from foundation.core.events import on
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.events import DocumentSealed, DocumentVoided
from foundation.documents.kinds import DocumentKind, file_readers, register_kind
from foundation.documents.layouts import cn_date, letter_snapshot, table_snapshot
from foundation.documents.models import FrozenDocument, StoredFile
from foundation.spreadsheets import Sheet
from reviews.models import Application, CultivationPlan, Dispatch, PlanMeasure, SheetImport
from reviews.sheets import summary_sheet, typed_rows
from reviews.states import DISPATCH_LIVE, DispatchState

TABLE_KIND, PLAN_KIND = "reviews.summary_table", "reviews.cultivation_plan"
PLAN_FILE, SHEET_IMPORT = "reviews.plan", "reviews.sheet_import"
_ABSENT = no("没有这个文件，或它不在您的职责范围内。")


# ---- the table ---------------------------------------------------------------------------------------------


def sheet_of(snapshot: Mapping[str, Any]) -> Sheet:
    """The sheet spec a stored table was made with: that of its immutable programme version and round year."""
    version = ProgrammeVersion.objects.get(digest=snapshot["sheet"]["programme"])
    return summary_sheet(version.programme_document, snapshot["round"]["year"])


def table_paper(snapshot: Mapping[str, Any], sheet: Sheet | None = None) -> dict[str, Any]:
    """The stored snapshot as a page: the annex's columns in order, real years in the head, 填报人 at the foot (HN-30…33)."""
    spec = sheet or sheet_of(snapshot)
    rows = typed_rows(spec, [row["cells"] for row in snapshot["rows"]])
    paper = table_snapshot(
        spec, rows, heads=snapshot["heads"], feet=snapshot["feet"], seal=True, total=f"共 {len(rows)} 户企业"
    )
    for column in paper["columns"]:
        if column["years"]:
            # The unit on a line of its own: a narrow column would break it in the middle.
            column["title"] = column["title"].replace("（", "\n（")
    return {**paper, "number": snapshot.get("number", "")}


def _table_layout(document: FrozenDocument) -> Mapping[str, Any]:
    return table_paper(document.snapshot)


register_kind(DocumentKind(TABLE_KIND, "企业汇总表", layout=_table_layout, public_title="推荐企业汇总表"))


# ---- the plan ----------------------------------------------------------------------------------------------


def plan_letter(plan: CultivationPlan, measures: list[PlanMeasure], to: str) -> dict[str, Any]:
    """The plan as a letter: goals, measures with owner and day, organisation; an uploaded file becomes its annex (HN-26)."""
    body: list[tuple[str, str]] = []
    if plan.goals.strip():
        body.append(("h2", "一、培育目标"))
        body += [("p", line.strip()) for line in plan.goals.splitlines() if line.strip()]
    if measures:
        body.append(("h2", f"{_number(body)}、培育措施"))
        categories = {item.code: item.title for item in plan.round.programme.activity_categories}
        for number, measure in enumerate(measures, start=1):
            body.append(("p", f"{number}. {measure_line(measure, categories)}"))
    if plan.organisation.strip():
        body.append(("h2", f"{_number(body)}、组织保障"))
        body += [("p", line.strip()) for line in plan.organisation.splitlines() if line.strip()]
    if not body:
        body.append(("p", f"{plan.title}见附件。"))
    return letter_snapshot(to=to, body=body, annexes=[plan.file.name] if plan.file else [], seal=True)


def _number(body: list[tuple[str, str]]) -> str:
    return "一二三"[sum(kind == "h2" for kind, _ in body)]


def measure_line(measure: PlanMeasure, categories: Mapping[str, str]) -> str:
    """One measure in a sentence: for whom, what, who answers for it, until when."""
    about = measure.application.enterprise_name if measure.application else categories.get(measure.category, "")
    ends = [f"责任单位：{measure.owner}" if measure.owner else ""]
    ends.append(f"完成时间：{cn_date(measure.due_on)}" if measure.due_on else "")
    tail = "；".join(end for end in ends if end)
    return f"{about}：{measure.text}".lstrip("：") + (f"（{tail}）" if tail else "")


register_kind(
    DocumentKind(
        PLAN_KIND, "培育工作计划", template="documents/pdf/letter.html", style="letter", public_title="培育工作计划"
    )
)


def _reads_plan_file(actor: Actor, file: StoredFile) -> Verdict:
    """The bureau that made the plan; those above once it was sent up with its dispatch."""
    plan = CultivationPlan.objects.filter(file_id=file.pk).order_by("-revision").first()
    if plan is None:
        own = actor.user_id is not None and file.uploaded_by_id == actor.user_id
        return ok() if own else _ABSENT
    if plan.bureau_id == actor.bureau_id:
        return may(actor, "application.list_queue")
    sent = Dispatch.objects.visible_to(actor).filter(plan__file_id=file.pk)
    return ok() if sent.exists() else _ABSENT


def _reads_import(actor: Actor, file: StoredFile) -> Verdict:
    """The bureau that uploaded the workbook; whoever sees a file that was typed from it reads it as its paper source."""
    found = SheetImport.objects.filter(file_id=file.pk).first()
    if found is not None and sees(actor, found):
        return ok()
    if Application.objects.visible_to(actor).filter(paper_source_id=file.pk).exists():
        return ok()
    own = actor.user_id is not None and file.uploaded_by_id == actor.user_id
    return ok() if own else _ABSENT


file_readers.register(PLAN_FILE, _reads_plan_file)
file_readers.register(SHEET_IMPORT, _reads_import)


# ---- the table's own fate follows its dispatch -------------------------------------------------------------


@on(DocumentSealed)
def seal_belongs_to_the_dispatch(event: DocumentSealed) -> None:
    """A stamp on the table is a step of its dispatch: refused where it would leave the dispatch behind."""
    if event.kind == TABLE_KIND and Dispatch.objects.filter(document=event.document_id, state="signed").exists():
        raise Refused(no("汇总表的盖章扫描件请在报送页面上传。", "请从“报送”进入本轮报送。"))


@on(DocumentVoided)
def void_belongs_to_the_dispatch(event: DocumentVoided) -> None:
    """The table of a dispatch under way is not declared void by itself: the dispatch is recalled or returned."""
    live = Dispatch.objects.filter(document=event.document_id, state__in=DISPATCH_LIVE - {DispatchState.DRAFT})
    if event.kind == TABLE_KIND and live.exists():
        raise Refused(no("这份汇总表正随报送办理，不能单独作废。", "请在报送页面撤回，汇总表随之作废。"))
