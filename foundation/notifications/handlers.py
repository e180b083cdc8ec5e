"""What the notifications room does when somebody writes into the outbox or a job ends, and the kinds of the rooms
below it.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from foundation.core.context import unread_counters
from foundation.core.events import on
from foundation.duties.runner import JobFinished
from foundation.journal.record import Message, MessagesWritten, send
from foundation.notifications import checks, kinds
from foundation.notifications.queries import unread

log = logging.getLogger(__name__)

unread_counters.register("notifications.inbox", unread)


@on(MessagesWritten)
def nudge(event: MessagesWritten) -> None:
    """Deliver soon after the commit; the beat would come by itself a few seconds later. Unknown kinds are told at
    once where strict.
    """
    if getattr(settings, "STRICT_MESSAGES", False):
        for message in event.messages:
            kinds.known(message.kind).render({"secret": "", **message.payload})
    if not any(callback is _nudge for _, callback, *_ in connection.run_on_commit):  # one is enough for a transaction
        transaction.on_commit(_nudge, robust=True)


def _nudge() -> None:
    from foundation.notifications.tasks import deliver

    try:
        deliver.apply_async(retry=False)
    except Exception:
        log.exception("no broker for the nudge; the beat delivers")


@on(JobFinished)
def tell_owner(event: JobFinished) -> None:
    """One message when a job is over, to the person who started it."""
    job = event.job
    if job.user_id is None:
        return
    send(
        [
            Message(
                key=f"job:{job.pk}:{job.attempt}:{job.created_at.timestamp():.0f}",
                kind="duties.job_finished",
                recipient_kind="user",
                recipient_id=job.user_id,
                payload={
                    "job": job.pk,
                    "label": job.label,
                    "state": job.get_state_display(),
                    "message": job.message,
                    "done": job.done,
                },
            )
        ]
    )


kinds.register(
    "duties.job_finished",
    title="“{label}”{state}",
    body=lambda p: "".join([f"共办 {p['done']} 项。" if p["done"] else "", p["message"] or ""]),
    url=lambda p: reverse("duties:job", args=[p["job"]]),
    label="后台任务结束",
)

# The accounts room stands below this one and cannot register its kinds itself.
kinds.register(
    "accounts.reset_code",
    title="重置密码的验证码",
    body=(
        "验证码：{secret}，{minutes} 分钟内有效，只能使用一次。"
        "如果不是您本人申请，请忽略本邮件，并不要把验证码告诉任何人。"
    ),
    label="重置密码验证码",
    channels=(kinds.MAIL,),
    mandatory="您本人申请的验证码只能发到邮箱。",
    secret=True,
)
kinds.register(
    "accounts.authority_given",
    title="{deputy}代{principal}办理（{role}）",
    body="期限：{from} 至 {to}。代行人从右上角切换到“（代{principal}）”的身份办理，署名写明代谁；到期自动结束。",
    url=lambda p: reverse("accounts:deputies"),
    label="代行开始",
    channels=(kinds.INBOX, kinds.MAIL),
)
kinds.register(
    "accounts.authority_ended",
    title="{deputy}代{principal}办理（{role}）已结束",
    body="原定期限：{from} 至 {to}。",
    url=lambda p: reverse("accounts:deputies"),
    label="代行结束",
)
kinds.register(
    "accounts.desk_handed_over",
    title="{from}的经办事项已移交给{to}",
    body="{bureau}：{what}。",
    url=lambda p: "/",
    label="移交经办事项",
    channels=(kinds.INBOX, kinds.MAIL),
)
kinds.register(
    "accounts.second_factor_reset",
    title="您的二次验证已由{by}解除",
    body="如果不是您本人要求的，请立即修改密码并联系安全管理员。岗位要求二次验证的，下次登录后请重新启用。",
    url=lambda p: reverse("accounts:second_factor"),
    label="二次验证解除",
    channels=(kinds.INBOX, kinds.MAIL),
    mandatory="账号安全的通知不能关闭。",
)

__all__ = ["checks"]
