"""What the monitoring room hears and tells: an entry that left, message kinds, subject addresses, who reads its files, tasks of
the home page.
"""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cultivation.events import EntryLeft
from enterprises.events import EnterpriseMoved
from enterprises.home import home_tasks
from foundation.accounts.actor import SYSTEM, Actor
from foundation.accounts.events import PathsRebuilt, ReportingLineChanged
from foundation.accounts.may import action_labels, may
from foundation.core.events import on
from foundation.core.registries import SubjectKind, real_data_probes, subjects
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.kinds import FileReader, file_readers
from foundation.documents.models import StoredFile
from foundation.notifications import kinds
from monitoring import handlers_chasing
from monitoring.actions.returns_opening import follow_firms, waive_after
from monitoring.models import MonthlyReturn, ReturnImport
from monitoring.papers import PROOF, SHEET, SOURCE
from monitoring.tasks_of_firm import month_tasks

BOTH = (kinds.INBOX, kinds.MAIL)
_ABSENT = no("没有这个文件，或它不在您的职责范围内。")

subjects.register("monthly_return", SubjectKind("月报", lambda pk: reverse("monitoring:return", args=[pk])))
subjects.register("return_import", SubjectKind("月报导入", lambda pk: reverse("monitoring:return_import", args=[pk])))
real_data_probes.register("月报", lambda: MonthlyReturn.objects.exists())
home_tasks.register("monitoring.months", month_tasks)
action_labels.register("return.rerouted", "调整月报的责任路径")
action_labels.register("return_import.accept", "采用月报导入行")
action_labels.register("return_import.refuse", "不采用月报导入行")


@on(EntryLeft)
def end_duty(event: EntryLeft) -> None:
    """The months from the leaving on need not be reported."""
    waive_after(entry_id=event.entry_id, until=event.until, decision_id=event.decision_id)


@on(EnterpriseMoved)
def follow_firm(event: EnterpriseMoved) -> None:
    """Open months go with the firm to its new bureau."""
    follow_firms(enterprise_ids=[event.enterprise_id], actor=SYSTEM)


@on(PathsRebuilt)
def follow_paths(event: PathsRebuilt) -> None:
    """Open months follow the lines of the day; the firms' own paths have been written by their room before."""
    if event.changed_bureau_ids:
        follow_firms(actor=SYSTEM, bureau_ids=event.changed_bureau_ids)


@on(ReportingLineChanged)
def follow_line(event: ReportingLineChanged) -> None:
    """The same for a line that is in force at once."""
    if event.effective:
        follow_firms(actor=SYSTEM)


# ---- files -------------------------------------------------------------------------------------------------


def _through_returns(lookup: str) -> FileReader:
    """A file is read by whoever may view a month it hangs on; one that hangs on none yet is its uploader's alone."""

    def reads(actor: Actor, file: StoredFile) -> Verdict:
        found = list(MonthlyReturn.objects.filter(**{lookup: file.pk})[:50])
        if not found:
            return ok() if actor.user_id is not None and file.uploaded_by_id == actor.user_id else _ABSENT
        return next((verdict for verdict in (may(actor, "return.view", row) for row in found) if verdict), _ABSENT)

    return reads


def _reads_sheet(actor: Actor, file: StoredFile) -> Verdict:
    """The county's workbook names all its firms: it is read inside the bureau alone, never by a firm."""
    own = ReturnImport.objects.visible_to(actor).filter(file=file).exists()
    unattached = actor.user_id is not None and file.uploaded_by_id == actor.user_id
    return ok() if own or unattached else _ABSENT


file_readers.register(PROOF, _through_returns("elsewhere_proof"))
file_readers.register(SOURCE, _through_returns("source"))
file_readers.register(SHEET, _reads_sheet)


# ---- messages ----------------------------------------------------------------------------------------------


def _return(payload: dict[str, Any]) -> str:
    return reverse("monitoring:return", args=[payload["return"]])


kinds.register(
    "monitoring.sent_back",
    title="{name}{month}的月报被退回修改",
    body="{by}：{reason}",
    url=_return,
    label="月报退回",
    channels=BOTH,
    mandatory="不修改就等于没有报送",
)
kinds.register(
    "monitoring.sent_back_above",
    title="{name}{month}的月报被上级退回企业修改",
    body="{by}：{reason}",
    url=_return,
    label="上级退回月报",
)
kinds.register(
    "monitoring.filed_on_behalf",
    title="主管部门已代填{name}{month}的月报",
    body="由{by}据企业提供的材料代填。如与实际不符，请撤回修改或联系主管部门。",
    url=_return,
    label="月报代填",
    channels=BOTH,
)

__all__ = ["end_duty", "follow_firm", "follow_line", "follow_paths", "handlers_chasing"]
