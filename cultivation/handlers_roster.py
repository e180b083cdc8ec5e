"""What imports of earlier lists tell, where they are shown, who reads their files (HN-22)."""

from __future__ import annotations

from django.urls import reverse

from cultivation import roster_paths  # noqa: F401 - hears of moves
from cultivation.models import RosterImport
from foundation.accounts.actor import Actor
from foundation.accounts.may import action_labels, sees
from foundation.core.registries import SubjectKind, subjects
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.kinds import file_readers
from foundation.documents.models import StoredFile
from foundation.notifications import kinds

EARLIER_LIST = "cultivation.earlier_list"
"""Purpose of an uploaded list."""

subjects.register(
    "roster_import", SubjectKind("以前名单导入", lambda pk: reverse("cultivation:roster-import", args=[pk]))
)
subjects.register("roster_entry", SubjectKind("名单记录", lambda pk: reverse("cultivation:roster-entry", args=[pk])))
for _act, _words in (
    ("roster_import.read", "读取名单"),
    ("roster_import.dismiss", "不采用名单中的行"),
    ("roster_import.drop", "放弃导入"),
):
    action_labels.register(_act, _words)

kinds.register(
    "cultivation.entered_earlier",
    title="{name}已按以前公布的名单列入{tier}",
    body="依据：{title}。列入名单的企业按项目规定填报监测月报。",
    url=lambda payload: reverse("cultivation:my-roster"),
    label="按以前名单列入",
    channels=(kinds.INBOX, kinds.MAIL),
)


def _reads(actor: Actor, file: StoredFile) -> Verdict:
    """Whoever sees the import; before that whoever uploaded the file."""
    found = list(RosterImport.objects.filter(file_id=file.pk))
    if not found and actor.user_id is not None and file.uploaded_by_id == actor.user_id:
        return ok()
    if any(sees(actor, one) for one in found):
        return ok()
    return no("没有这个文件，或它不在您的职责范围内。")


file_readers.register(EARLIER_LIST, _reads)
