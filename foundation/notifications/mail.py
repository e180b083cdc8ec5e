"""The e-mail channel: one real SMTP conversation per letter, and a clear answer about what became of it."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from foundation.journal.record import sha256
from foundation.notifications.outcome import Outcome


def message_id(key: str, address: str) -> str:
    """The Message-ID of a letter: the same for the same message and address for ever, so that a mail server can
    drop a double.
    """
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    return f"<{sha256(f'{key}|{address}')[:40]}@{host}>"


def send(*, address: str, subject: str, body: str, identifier: str) -> tuple[Outcome, str]:
    """Send one letter; returns the outcome and the reason in words (empty when sent)."""
    letter = EmailMessage(
        subject=" ".join(subject.split()), body=body, to=[address], headers={"Message-ID": identifier}
    )
    connection = get_connection(fail_silently=False)
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        return Outcome.NOT_SENT, f"连接邮件服务器失败：{_words(error)}"
    try:
        connection.send_messages([letter])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return _refused(min(codes, default=550)), f"邮件服务器不接受这个地址：{_words(error)}"
    except smtplib.SMTPServerDisconnected as error:
        return Outcome.UNKNOWN, f"发送途中连接中断：{_words(error)}"
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code), f"邮件服务器拒收：{_words(error)}"
    except OSError as error:
        return Outcome.UNKNOWN, f"发送途中连接中断：{_words(error)}"
    finally:
        _close(connection)
    return Outcome.SENT, ""


def _close(connection: object) -> None:
    """End the conversation; the letter's fate is known by now, so an error here changes nothing."""
    try:
        connection.close()  # type: ignore[attr-defined]
    except (OSError, smtplib.SMTPException):
        return


def _refused(code: int) -> Outcome:
    return Outcome.REFUSED if code >= 500 else Outcome.NOT_SENT


def _words(error: Exception) -> str:
    """The server's words without addresses (they are personal data and stand on the row already)."""
    if isinstance(error, smtplib.SMTPResponseException):
        text = (
            error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
        )
        return f"{error.smtp_code} {text}"[:200]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {text.decode(errors='replace')}" for code, text in error.recipients.values())[:200]
    return f"{type(error).__name__} {error}"[:200]
