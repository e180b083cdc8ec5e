"""Background jobs of this room."""

from __future__ import annotations

from cultivation.actions.roster_import import read_import
from cultivation.models import RosterImport
from foundation.duties import jobs
from foundation.duties.runner import JobFailed, JobRun

READ_LIST = "cultivation.read_roster_import"


@jobs.kind(READ_LIST, label="读取以前公布的名单", permission="roster_import.make")
def read_list(job: JobRun) -> None:
    """Read and match a large workbook; delivered twice it does nothing the second time (HN-22)."""
    source = RosterImport.objects.visible_to(job.actor).filter(pk=job.params["import"]).first()
    if source is None:
        raise JobFailed("没有这次导入，或它不在您的职责范围内。")
    job.progress(0, total=1, message="正在读取和核对")
    source = read_import(import_id=source.pk, actor=job.actor)
    if source.state == RosterImport.State.FAILED:
        raise JobFailed(source.problem)
    job.progress(1, message=f"已读入 {source.rows.count()} 行", force=True)
