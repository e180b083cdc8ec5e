"""The SMS channel: one signed HTTP conversation per message with a gateway, as docs/sms-gateway.md describes it for whoever
writes the bridge to a carrier (B.1.5).

The portal speaks one protocol of its own; a bureau's supplier translates. Without a gateway the channel is off: kinds with SMS
then go by inbox and mail alone, and the preferences page and the page 发送异常 say so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import http.client
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

import phonenumbers
from django.conf import settings

from foundation.core.clock import current_installation, real_now
from foundation.journal.record import sha256
from foundation.notifications.outcome import Outcome

VERSION = 1
"""Version of the protocol; stands in the signature and in the body."""
ONE_PART = 70
"""UTF-16 units of one SMS with Chinese text; more would be cut into parts and charged for each."""
ANSWER_LIMIT = 64 * 1024
"""Bytes read of an answer."""
SENDER_LENGTH = 12
"""Longest name in 【】; what is left of the 70 belongs to the text."""
REASON_LENGTH = 200
_DIGITS = re.compile(r"\+?\d(?:[\s-]?\d){5,}")


@dataclass(frozen=True, slots=True)
class Short:
    """One short message as it goes over: the carrier's template by our code, its values, and the text they make."""

    template: str
    parameters: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where short messages go, from the settings; ``timeout`` in seconds."""

    url: SplitResult
    key_id: str
    secret: str = field(repr=False)
    sender: str
    timeout: float

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine: the test gateway, or a bridge beside the portal."""
        host = self.url.hostname or ""
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def faults() -> list[str]:
    """What is wrong with the settings, in sentences; empty when the channel is off or complete."""
    if not settings.SMS_GATEWAY_URL:
        return []
    found = []
    url = urlsplit(settings.SMS_GATEWAY_URL)
    if url.scheme not in {"http", "https"} or not url.hostname:
        found.append("SMS_GATEWAY_URL 应为 http(s) 地址。")
    for name in ("SMS_KEY_ID", "SMS_SECRET", "SMS_SENDER"):
        if not getattr(settings, name):
            found.append(f"设置了 SMS_GATEWAY_URL，但缺少 {name}。")
    if len(settings.SMS_SENDER) > SENDER_LENGTH:
        found.append(f"SMS_SENDER 最多 {SENDER_LENGTH} 个字。")
    try:
        quiet_hours()
    except ValueError:
        found.append("SMS_QUIET_FROM 和 SMS_QUIET_UNTIL 应为 21:00 这样的时刻。")
    return found


def gateway() -> Gateway | None:
    """The gateway to use now; None when the channel is off.

    A rehearsal's numbers are invented and may be somebody's: it speaks only to a gateway on its own machine.
    """
    if not settings.SMS_GATEWAY_URL or faults():
        return None
    found = Gateway(
        url=urlsplit(settings.SMS_GATEWAY_URL),
        key_id=settings.SMS_KEY_ID,
        secret=settings.SMS_SECRET,
        sender=settings.SMS_SENDER,
        timeout=settings.SMS_TIMEOUT,
    )
    if current_installation().is_rehearsal and not found.is_here:
        return None
    return found


def why_off() -> str:
    """Why no short message goes out now, in a sentence; empty when the channel is on."""
    if not settings.SMS_GATEWAY_URL:
        return "短信网关没有配置，消息只发站内和邮件。"
    wrong = faults()
    if wrong:
        return f"短信网关设置有误，消息只发站内和邮件：{wrong[0]}"
    return "" if gateway() else "演练库不向外发短信，消息只发站内和邮件。"


# ---- numbers and hours ---------------------------------------------------------------------------------------


def normalise(number: str) -> str:
    """``+8613812345678`` for a mobile number as people write it (without a country: mainland China); empty for anything
    that cannot receive an SMS.
    """
    try:
        parsed = phonenumbers.parse(number, "CN")
    except phonenumbers.NumberParseException:
        return ""
    mobile = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    if not phonenumbers.is_valid_number(parsed) or phonenumbers.number_type(parsed) not in mobile:
        return ""
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def quiet_hours() -> tuple[dt.time, dt.time]:
    """From when until when no SMS goes out; equal times mean never. ValueError for a time nobody can read."""
    return dt.time.fromisoformat(settings.SMS_QUIET_FROM), dt.time.fromisoformat(settings.SMS_QUIET_UNTIL)


def not_before(moment: dt.datetime) -> dt.datetime:
    """The first time at or after ``moment`` (a machine's time: phones ring on real days) at which an SMS may go out."""
    begin, end = quiet_hours()
    now = moment.time()
    over_midnight = begin > end
    quiet = (now >= begin or now < end) if over_midnight else begin <= now < end
    if not quiet:
        return moment
    morning = moment.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return morning + dt.timedelta(days=1) if over_midnight and now >= begin else morning


# ---- the conversation ----------------------------------------------------------------------------------------


def key_of(key: str, number: str) -> str:
    """The idempotency key: the same for the same message and number for ever."""
    return sha256(f"{key}|{number}")[:40]


def units(text: str) -> int:
    """Length of a text as the carrier counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def signature(secret: str, *, path: str, timestamp: str, key: str, body: bytes) -> str:
    """``v1=`` and the HMAC-SHA-256 over version, time, key, path and the body's digest, one a line."""
    lines = [f"v{VERSION}", timestamp, key, path, hashlib.sha256(body).hexdigest()]
    return f"v{VERSION}=" + hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def send(*, number: str, short: Short, key: str, to: Gateway) -> tuple[Outcome, str]:
    """Hand one message to the gateway; returns the outcome and the reason in words (empty when sent).

    Until the connection stands nothing has gone out; from then on only an answer of the protocol tells, and everything
    else is unknown.
    """
    body = json.dumps(
        {
            "version": VERSION,
            "key": key,
            "to": number,
            "sender": to.sender,
            "template": short.template,
            "parameters": short.parameters,
            "text": short.text,
        },
        ensure_ascii=False,
    ).encode()
    path = (to.url.path or "/") + (f"?{to.url.query}" if to.url.query else "")
    timestamp = str(int(real_now().timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "Idempotency-Key": key,
        "X-Tidu-Key-Id": to.key_id,
        "X-Tidu-Timestamp": timestamp,
        "X-Tidu-Signature": signature(to.secret, path=path, timestamp=timestamp, key=key, body=body),
    }
    make = http.client.HTTPSConnection if to.url.scheme == "https" else http.client.HTTPConnection
    connection = make(to.url.hostname or "", to.url.port, timeout=to.timeout)
    try:
        try:
            connection.connect()
        except OSError as error:
            return Outcome.NOT_SENT, f"连接短信网关失败：{_of(error)}"
        try:
            connection.request("POST", path, body=body, headers=headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read(ANSWER_LIMIT)
        except (OSError, http.client.HTTPException) as error:
            return Outcome.UNKNOWN, f"发送途中中断：{_of(error)}"
    finally:
        connection.close()
    return _understood(status, text)


def _of(error: Exception) -> str:
    """The fault in words; its own text may hold addresses and stays out."""
    if isinstance(error, TimeoutError):
        return "没有在时限内答复"
    if isinstance(error, ConnectionRefusedError):
        return "对方没有开着"
    return "对方断开了连接" if isinstance(error, ConnectionError) else type(error).__name__


def _understood(status: int, text: bytes) -> tuple[Outcome, str]:
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if status != 200 or not isinstance(answer, Mapping):
        return Outcome.UNKNOWN, f"短信网关的答复看不懂（HTTP {status}）"
    result, reason = answer.get("result"), _words(answer.get("reason"))
    if result in {"accepted", "duplicate"}:
        return Outcome.SENT, ""
    if result == "refused":
        return Outcome.REFUSED, f"短信网关拒收：{reason}"
    if result == "later":
        return Outcome.NOT_SENT, f"短信网关请稍后再发：{reason}"
    return Outcome.UNKNOWN, f"短信网关的答复看不懂：{_words(result)}"


def _words(text: Any) -> str:
    """The gateway's words without numbers long enough to be a phone's (personal data, and on the row already)."""
    return _DIGITS.sub("…", " ".join(str(text or "没有说明").split()))[:REASON_LENGTH]
