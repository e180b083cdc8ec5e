"""Where subjects of this room are shown, how its messages read, who reads its files."""

from __future__ import annotations

from django.urls import reverse

from cultivation import (
    desk,
    handlers_roster,  # noqa: F401 - registers the roster's own
)
from cultivation.models import NoticeFile, RosterEntry
from foundation.accounts.actor import Actor
from foundation.accounts.may import action_labels, sees
from foundation.core.registries import SubjectKind, real_data_probes, subjects
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.kinds import file_readers
from foundation.documents.models import StoredFile
from foundation.notifications import kinds

NOTICE_FILE = "cultivation.notice"
"""Purpose of files attached to notices."""

subjects.register("notice", SubjectKind("通知", lambda pk: reverse("cultivation:notice", args=[pk])))
subjects.register("round", SubjectKind("申报轮次", lambda pk: reverse("cultivation:round", args=[pk])))
subjects.register("programme_version", SubjectKind("项目版本", lambda pk: reverse("cultivation:version", args=[pk])))
real_data_probes.register("培育名单", lambda: RosterEntry.objects.exists())

kinds.register(
    "cultivation.notice_published",
    title="{by}发来通知：{title}",
    body="请签收；需要转发的，在通知页写明本单位的联系人和期限。",
    url=lambda payload: reverse("cultivation:notice", args=[payload["notice"]]),
    label="收到通知",
)
kinds.register(
    "cultivation.window_changed",
    title="{title}：{level}截止日改为{closes_on}",
    body="调整理由见轮次页的记录。",
    url=lambda payload: reverse("cultivation:round", args=[payload["round"]]),
    label="申报窗口调整",
)


def reads_notice_file(actor: Actor, file: StoredFile) -> Verdict:
    """Whoever sees a notice reads what is attached to it; before that the bureau that uploaded it (ZZ-09)."""
    if actor.is_official and (file.owner_kind, file.owner_id) == ("bureau", actor.bureau_id):
        return ok()
    for attached in NoticeFile.objects.filter(file=file).select_related("notice"):
        if sees(actor, attached.notice):
            return ok()
    return no("没有这个文件，或它不在您的职责范围内。")


file_readers.register(NOTICE_FILE, reads_notice_file)
action_labels.register("notice.hand_over", "移交通知草稿")

__all__ = ["desk"]
