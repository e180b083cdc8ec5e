"""Tags and filters of the look: status words, figures, dates, list heads, pagers, error summaries.

What stands in a table row is written here in Python (``format_html``), never as a template of its own: a list of a
hundred rows must not load a hundred templates.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page as ListPage
from django.http import QueryDict
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from foundation.core.addresses import row_url
from foundation.core.clock import business_today
from foundation.core.money import MISSING, format_pct, format_wan
from foundation.core.rendering import form_errors
from foundation.core.text import mask_email, mask_phone, mask_uscc
from foundation.core.verdict import Verdict

register = template.Library()

TONES = ("ok", "wait", "no", "mo", "dai")
WEEKDAYS = "一二三四五六日"

#: Outcome of a criterion -> (tone, word for officials and the public, word for the enterprise).
OUTCOMES = {
    "met": ("ok", "符合", "符合"),
    "not_met": ("no", "不符合", "不符合"),
    "undetermined": ("wait", "待定", "待定"),
    "needs_judgement": ("mo", "需研判", "由主管部门研判"),
}


# ---- status ------------------------------------------------------------------------------------------------
@register.simple_tag(name="tag")
def status_tag(tone: str, text: Any, title: str = "") -> SafeString:
    """``{% tag "ok" "符合" %}``: a status, told by a word, a colour and a shape. Tones: ok wait no mo dai."""
    if tone not in TONES:
        raise ValueError(f"unknown tone {tone!r}; one of {', '.join(TONES)}")
    if title:
        return format_html('<span class="tag t-{}" title="{}">{}</span>', tone, title, text)
    return format_html('<span class="tag t-{}">{}</span>', tone, text)


@register.simple_tag
def outcome(result: Any, reader: str = "official") -> SafeString:
    """Status tag of a criterion's outcome. ``result`` is the outcome or anything with an attribute ``outcome``."""
    value = getattr(result, "outcome", result)
    tone, word, own = OUTCOMES[str(getattr(value, "value", value))]
    return status_tag(tone, own if reader == "enterprise" else word)


@register.simple_tag
def gap(text: str) -> SafeString:
    """Distance to a threshold in red: ``{% gap "差 312.50 万元" %}``; nothing for an empty text."""
    return format_html('<span class="gap">{}</span>', text) if text else mark_safe("")


@register.simple_tag
def due_tag(day: dt.date | None) -> SafeString:
    """Days left until ``day`` (business clock): grey, amber from three days, red once late."""
    if day is None:
        return format_html("{}", MISSING)
    left = (_local_date(day) - business_today()).days
    tone = "no" if left < 0 else "wait" if left <= 3 else "mo"
    return status_tag(tone, days_left(day), title=cn_date(day))


@register.simple_tag
def act(
    verdict: Verdict,
    label: str,
    *,
    name: str = "action",
    value: str = "",
    primary: bool = False,
    tone: str = "",
    opens: str = "",
) -> SafeString:
    """A button for an act as ``may()`` answered it.

    Allowed: a submit button ``name=value``, or one that opens the dialog ``opens``. Refused: a greyed button that can
    still be reached by keyboard and says why; the page prints the reasons with ``{% why_not %}``.
    """
    look = " btn-primary" if primary else f" btn-{tone}" if tone else ""
    if not verdict:
        return format_html(
            '<button type="button" class="btn" aria-disabled="true" data-refused title="{}">{}</button>',
            str(verdict),
            label,
        )
    if opens:
        return format_html('<button type="button" class="btn{}" data-open="#{}">{}</button>', look, opens, label)
    return format_html('<button class="btn{}" name="{}" value="{}">{}</button>', look, name, value, label)


@register.simple_tag
def why_not(*verdicts: Verdict) -> SafeString:
    """The reasons and hints of refused verdicts, each once; nothing when all are allowed."""
    told = list(dict.fromkeys(str(verdict) for verdict in verdicts if not verdict and str(verdict)))
    if not told:
        return mark_safe("")
    if len(told) == 1:
        return format_html('<p class="why-not">{}</p>', told[0])
    return format_html(
        '<div class="why-not"><ul>{}</ul></div>', format_html_join("", "<li>{}</li>", ((text,) for text in told))
    )


# ---- figures and names -------------------------------------------------------------------------------------
@register.filter
def wan(value: Decimal | None) -> str:
    """Amount in 万元 with two places: ``12,345.67``; missing is a dash."""
    return format_wan(value) if value is None or isinstance(value, Decimal) else str(value)


@register.filter
def pct(value: Decimal | None) -> str:
    """Percent points with two places: ``12.40%``; missing is a dash."""
    return format_pct(value) if value is None or isinstance(value, Decimal) else str(value)


@register.filter
def thousands(value: int | None) -> str:
    """Whole number with commas: ``1,234``; missing is a dash, never 0."""
    return MISSING if value is None or value == "" else f"{value:,}"


@register.filter
def dash(value: Any) -> Any:
    """The value, or a dash where it is missing or empty (0 stays 0)."""
    return MISSING if value is None or value == "" else value


@register.filter
def uscc(code: str | None) -> SafeString | str:
    """A unified social credit code in even digits that do not break."""
    return format_html('<span class="code">{}</span>', code) if code else MISSING


@register.filter
def uscc_masked(code: str | None) -> SafeString | str:
    """The code with its middle hidden."""
    return format_html('<span class="code">{}</span>', mask_uscc(code)) if code else MISSING


@register.filter
def phone_masked(number: str | None) -> str:
    """``138****5678``."""
    return mask_phone(number) if number else MISSING


@register.filter
def email_masked(address: str | None) -> str:
    """``z***@example.com``."""
    return mask_email(address) if address else MISSING


@register.filter
def file_size(size: int | None) -> str:
    """``48 KB``, ``3.2 MB``; missing is an empty text."""
    if size is None:
        return ""
    return f"{max(1, round(size / 1024))} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"


@register.simple_tag
def file_chip(name: str, url: str = "", size: int | None = None, note: str = "") -> SafeString:
    """A file by kind, name and size; a link when ``url`` is given."""
    stem, dot, ext = name.rpartition(".")
    kind = ext.upper()[:4] if dot and stem else "文件"
    inner = format_html(
        '<span class="ext">{}</span><span class="file-name">{}</span>{}{}',
        kind,
        name,
        format_html('<span class="size">{}</span>', file_size(size)) if size is not None else "",
        format_html('<span class="size">{}</span>', note) if note else "",
    )
    return (
        format_html('<a class="file" href="{}">{}</a>', url, inner)
        if url
        else format_html('<span class="file">{}</span>', inner)
    )


# ---- dates -------------------------------------------------------------------------------------------------
def _local(moment: dt.date | dt.datetime) -> dt.date | dt.datetime:
    """Aware moments in the project's time zone; dates as they are."""
    return timezone.localtime(moment) if isinstance(moment, dt.datetime) and timezone.is_aware(moment) else moment


def _local_date(moment: dt.date | dt.datetime) -> dt.date:
    local = _local(moment)
    return local.date() if isinstance(local, dt.datetime) else local


@register.filter
def cn_date(day: dt.date | None) -> str:
    """``2018年3月12日``."""
    if not day:
        return MISSING
    local = _local(day)
    return f"{local.year}年{local.month}月{local.day}日"


@register.filter
def cn_date_short(day: dt.date | None) -> str:
    """``3月12日``."""
    if not day:
        return MISSING
    local = _local(day)
    return f"{local.month}月{local.day}日"


@register.filter
def cn_day(day: dt.date | None) -> str:
    """``2018年3月12日（星期一）``."""
    return f"{cn_date(day)}（星期{WEEKDAYS[_local_date(day).weekday()]}）" if day else MISSING


@register.filter
def cn_datetime(moment: dt.datetime | None) -> str:
    """``2018年3月12日 9:42`` in the project's time zone."""
    if not moment:
        return MISSING
    local = _local(moment)
    return f"{cn_date(local)} {local.hour}:{local.minute:02d}" if isinstance(local, dt.datetime) else cn_date(local)


@register.filter
def cn_time(moment: dt.datetime | None) -> str:
    """``9:42`` in the project's time zone."""
    if not moment:
        return MISSING
    local = _local(moment)
    return f"{local.hour}:{local.minute:02d}" if isinstance(local, dt.datetime) else MISSING


@register.filter
def days_left(day: dt.date | None) -> str:
    """``还有 4 天``, ``今天截止``, ``逾期 1 天``, counted in calendar days on the business clock."""
    if not day:
        return MISSING
    left = (_local_date(day) - business_today()).days
    if left == 0:
        return "今天截止"
    return f"还有 {left} 天" if left > 0 else f"逾期 {-left} 天"


@register.filter
def days_short(day: dt.date | None) -> str:
    """The same for a narrow column: ``4 天``, ``今天``, ``逾期 1 天``."""
    if not day:
        return MISSING
    left = (_local_date(day) - business_today()).days
    return "今天" if left == 0 else f"{left} 天" if left > 0 else f"逾期 {-left} 天"


# ---- addresses and lists -----------------------------------------------------------------------------------
register.simple_tag(row_url)


def _address(context: Context, **changes: Any) -> str:
    """The page's own query string with changes; None drops a name; the page number is dropped unless set."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else QueryDict(mutable=True)
    query.pop("page", None)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    text = query.urlencode()
    return f"?{text}" if text else "?"


@register.simple_tag(takes_context=True)
def query_string(context: Context, **changes: Any) -> str:
    """``href="{% query_string state="waiting" %}"``: filters stay in the address, the page number is reset."""
    return _address(context, **changes)


@register.simple_tag(takes_context=True)
def sort_th(context: Context, key: str, label: str, css: str = "", first: str = "asc") -> SafeString:
    """A sortable column head ``<th>`` with ``aria-sort``; a second press turns the order (``?sort=-due``)."""
    request = context.get("request")
    now = request.GET.get("sort", "") if request is not None else ""
    state = "ascending" if now == key else "descending" if now == f"-{key}" else ""
    following = f"-{key}" if state == "ascending" or (not state and first == "desc") else key
    return format_html(
        '<th scope="col"{}{}><a class="sort" href="{}">{}</a></th>',
        format_html(' class="{}"', css) if css else "",
        format_html(' aria-sort="{}"', state) if state else "",
        _address(context, sort=following),
        label,
    )


@register.simple_tag(takes_context=True)
def chip(context: Context, label: str, count: int | None = None, **changes: Any) -> SafeString:
    """A filter chip: sets the named parameters in the address; current when the address has them already."""
    request = context.get("request")
    query = request.GET if request is not None else QueryDict()
    current = all(query.get(name, "") == ("" if value is None else str(value)) for name, value in changes.items())
    return format_html(
        '<a class="chip" href="{}"{}>{}{}</a>',
        _address(context, **changes),
        mark_safe(' aria-current="true"') if current else "",
        label,
        "" if count is None else f" {count}",
    )


@register.simple_tag(takes_context=True)
def pager(context: Context, page_obj: ListPage, noun: str = "条") -> SafeString:
    """Pages of a list with the number of rows; nothing at all for an empty list."""
    total = page_obj.paginator.count
    if not total:
        return mark_safe("")
    span = format_html(
        "<span>第 {}–{} {}，共 {} {}</span>", page_obj.start_index(), page_obj.end_index(), noun, f"{total:,}", noun
    )
    if not page_obj.has_other_pages():
        return format_html('<div class="pager">{}</div>', span)
    steps = []
    for number in page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=2, on_ends=1):
        if number == page_obj.number:
            steps.append(format_html('<li><span aria-current="page">{}</span></li>', number))
        elif isinstance(number, int):
            steps.append(
                format_html(
                    '<li><a href="{}" aria-label="第 {} 页">{}</a></li>', _address(context, page=number), number, number
                )
            )
        else:
            steps.append(mark_safe('<li><span class="dots">…</span></li>'))
    before, after = "", ""
    if page_obj.has_previous():
        before = format_html(
            '<li><a rel="prev" href="{}">上一页</a></li>', _address(context, page=page_obj.previous_page_number())
        )
    if page_obj.has_next():
        after = format_html(
            '<li><a rel="next" href="{}">下一页</a></li>', _address(context, page=page_obj.next_page_number())
        )
    return format_html(
        '<nav class="pager" aria-label="分页">{}<ul>{}{}{}</ul></nav>',
        span,
        before,
        format_html_join("", "{}", ((step,) for step in steps)),
        after,
    )


@register.simple_tag
def empty(what: str, hint: str = "", url: str = "", label: str = "") -> SafeString:
    """The state of a list with nothing in it: what is empty, why, and the one thing to do next."""
    return format_html(
        '<div class="empty"><p class="what">{}</p>{}{}</div>',
        what,
        format_html("<p>{}</p>", hint) if hint else "",
        format_html('<a class="btn btn-primary" href="{}">{}</a>', url, label) if url else "",
    )


# ---- forms -------------------------------------------------------------------------------------------------
@register.simple_tag
def error_summary(*forms: Any) -> SafeString:
    """What is wrong, at the top of the page, each line a link to its field. Takes forms and formsets."""
    rows: list[tuple[str, str, str]] = []
    for form in forms:
        for single in getattr(form, "forms", None) or [form]:
            if single.is_bound:
                rows.extend(form_errors(single))
        if hasattr(form, "non_form_errors") and form.is_bound:
            rows.extend(("", "", str(message)) for message in form.nonform_errors())
    if not rows:
        return mark_safe("")
    lines = [
        format_html('<li><a href="#{}">{}：{}</a></li>', target, label, message)
        if target
        else format_html("<li>{}</li>", message)
        for target, label, message in rows
    ]
    return format_html(
        '<div class="error-summary" role="alert" tabindex="-1" data-focus>'
        "<h2>有 {} 处需要修改，已填内容都还在</h2><ul>{}</ul></div>",
        len(rows),
        format_html_join("", "{}", ((line,) for line in lines)),
    )
