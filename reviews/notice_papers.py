"""The paper of a public notice: a letter with its ordered list, frozen when it is posted (P-03, P-08)."""

from __future__ import annotations

from typing import Any

from foundation.core.errors import Refused
from foundation.core.events import on
from foundation.core.verdict import no
from foundation.documents.events import DocumentVoided
from foundation.documents.kinds import DocumentKind, register_kind
from foundation.documents.layouts import cn_date
from reviews.models import PublicNotice
from reviews.states import NoticeState

NOTICE_KIND = "reviews.public_notice"
COLUMNS = (("序号", 8), ("企业名称", 44), ("所属市县", 22), ("层级", 26))
"""What the public reads of a firm, with the widths on the page: name, place, tier, nothing else."""

register_kind(
    DocumentKind(
        NOTICE_KIND,
        "公示",
        template="reviews/pdf/public_notice.html",
        style="list",
        public_title="拟认定企业名单的公示",
    )
)


def notice_snapshot(notice: PublicNotice) -> dict[str, Any]:
    """Everything the paper prints: the words, the days, the contacts, the list with name, place and tier alone.

    Between name parts stand full-width spaces: a justified line would stretch others.
    """
    assert notice.starts_on is not None
    assert notice.ends_on is not None
    days = f"{cn_date(notice.starts_on)}至{cn_date(notice.ends_on)}（{notice.working_days}个工作日）"
    text = [line.strip() for line in notice.body.splitlines() if line.strip()]
    if notice.earlier is not None:
        text.insert(0, f"{notice.earlier.title}因故重新公示：{notice.earlier.restart_reason}")
    text.append(f"公示时间：{days}。")
    text.append(
        "公示期间如有异议，请以书面形式提出，也可以在平台的公示页面上提交。以单位名义反映的，须加盖单位公章；"
        "以个人名义反映的，须署真实姓名并留联系方式。"
    )
    contacts = [
        ("业务联系", notice.business_name, notice.business_phone, notice.business_email),
        ("监督联系", notice.discipline_name, notice.discipline_phone, notice.discipline_email),
    ]
    return {
        "body": text,
        "contacts": [
            {"label": label, "text": "，".join(part.replace(" ", "　") for part in parts if part)}
            for label, *parts in contacts
            if any(parts)
        ],
        "address": notice.address,
        "columns": [{"title": title, "width": str(width)} for title, width in COLUMNS],
        "rows": [[str(row.rank), row.name, row.region, row.tier] for row in notice.rows.order_by("rank")],
        "days": [notice.starts_on, notice.ends_on],
        "programme": notice.round.version.digest,
    }


@on(DocumentVoided)
def void_belongs_to_the_notice(event: DocumentVoided) -> None:
    """The paper of a notice under way is not declared void by itself: the notice is given anew."""
    live = PublicNotice.objects.filter(document=event.document_id, state__in=(NoticeState.RUNNING, NoticeState.CLOSED))
    if event.kind == NOTICE_KIND and live.exists():
        raise Refused(no("这份公示仍然有效，不能单独作废。", "请在公示页面办理“重新公示”，原件随之作废。"))
