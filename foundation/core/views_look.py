"""Sample pages of the look (``/_look/``, DEBUG only): every part once, with invented figures, for eyes and for axe.

Nothing here reads or writes the database; the POST addresses answer as the documented ones do so that the scripts can
be tried.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from foundation.core.clock import business_now, business_today
from foundation.core.context import NavLink
from foundation.core.verdict import no, ok

_FIELDS = ["硬质合金刀具", "轨道交通配件", "先进陶瓷", "航空零部件"]
_NAMES = [
    "湘锐硬质合金",
    "株北精密轴承",
    "云岭轨道配件",
    "天元智控科技",
    "芦淞航空部件",
    "炎帝生物科技",
    "渌江先进陶瓷",
    "石峰电气科技",
]
_CHECKS = [("wait", "1 项待定"), ("ok", "全部符合"), ("no", "1 项不符合 · 差 1.60 个百分点"), ("mo", "2 项需研判")]
_STATES = [
    ("dai", "待初审"),
    ("no", "待补正回复 逾期 1 天"),
    ("dai", "企业已补正"),
    ("wait", "待信用核查"),
    ("mo", "待科长审核"),
    ("ok", "已推荐"),
]


@dataclass
class Frame:
    """Stands in for the page context of a signed-in person."""

    nav: list[NavLink]
    hat_label: str
    rehearsal: str
    hats: tuple[Any, ...] = ()
    signed_in: bool = True
    unread: int = 2
    product: str = "梯度培育平台"
    actor: Any = None


@dataclass
class _Hat:
    kind: str
    label: str = "天元区经科局（演示） 审核"
    key: str = "bureau:1:reviewer"


@dataclass
class _Actor:
    hat: _Hat
    user_id: int = 1


def _frame(kind: str, on: str) -> Frame:
    labels = (
        ["待办", "申报材料", "报送", "培育名单", "月度监测", "企业", "统计"]
        if kind == "bureau"
        else ["首页", "我的申报", "企业资料", "月度填报", "诉求与活动"]
    )
    day = business_today()
    return Frame(
        nav=[NavLink(label, "#main", label == on, 7 if label == "待办" else None) for label in labels],
        hat_label="天元区经科局（演示） · 经办 李敏" if kind == "bureau" else "锦江示范智能装备有限公司 · 管理员 何静",
        rehearsal=f"演练环境 · 当前日期 {day.year}年{day.month}月{day.day}日 · 企业与数据均为虚构",
        hats=(_Hat(kind),) if kind == "bureau" else (),
        actor=_Actor(_Hat(kind)),
    )


def _rows() -> list[dict[str, Any]]:
    rows = []
    for at in range(46):
        kind = ("" if at < 8 else "二厂" if at < 16 else "三厂") + ("股份" if at % 3 == 2 else "")
        base = Decimal(2200 + (at * 617) % 7800)
        rows.append(
            {
                "pk": at + 1,
                "name": f"株洲示范{_NAMES[at % 8]}{kind}有限公司",
                "county": "天元区",
                "niche": _FIELDS[(at * 3) % 4],
                "sales": f"{base:,.0f} / {base + 1830:,.0f} / {base + 4010:,.0f}",
                "rd": Decimal(320 + (at * 97) % 560) / 100,
                "patents": (at * 5) % 15,
                "check": _CHECKS[(at * 7) % 4],
                "state": _STATES[(at * 5) % 6],
                "hand": ["李敏", "王琪", ""][at % 3],
                "due": business_today() + dt.timedelta(days=3 - at // 20 * 2),
            }
        )
    return rows


@login_not_required
def queue(request: HttpRequest) -> HttpResponse:
    """An officer's list."""
    page_obj = Paginator(_rows(), 30).get_page(request.GET.get("page"))
    return render(request, "components/look_queue.html", {"page": _frame("bureau", "待办"), "page_obj": page_obj})


@login_not_required
def review(request: HttpRequest) -> HttpResponse:
    """A file in three columns."""
    criteria = [
        ("met", "注册满 2 年", "2012年5月7日登记，至 2018年3月1日 5 年 9 个月", "", "附件2 一"),
        ("met", "独立法人", "营业执照：有限责任公司", "", "附件2 一"),
        ("met", "年营业收入 2,000 万元以上、4 亿元以下", "2017年 12,345.67 万元（审定）", "", "附件2 一"),
        (
            "not_met",
            "主营业务收入连续 2 年增长 10% 以上",
            "2016年 12.40%；2017年 8.40%",
            "差 1.60 个百分点",
            "附件2 一",
        ),
        (
            "met",
            "中小企业（国标划型）",
            "中型：从业人员 412 人、营业收入 12,345.67 万元",
            "",
            "工信部联企业〔2011〕300号",
        ),
        ("undetermined", "无不良信用记录", "信用核查 2018年1月20日，已超过 30 天", "", "附件2 一"),
        ("needs_judgement", "管理规范、主业明确、前景好", "尚未填写意见", "", "附件2 一"),
    ]
    figures = [
        ("营业收入", "10212.00", "11460.10", "12345.67", False),
        ("主营收入", "9980.00", "11217.52", "12159.79", True),
        ("研发投入", "402.10", "455.00", "530.44", False),
        ("利税", "811.30", "902.75", "1004.12", False),
    ]
    now = business_now()
    context = {
        "page": _frame("bureau", "申报材料"),
        "criteria": [dict(zip(("outcome", "title", "found", "gap", "clause"), row, strict=True)) for row in criteria],
        "figures": [
            {"label": label, "values": [Decimal(a), Decimal(b), Decimal(c)], "changed": changed}
            for label, a, b, c, changed in figures
        ],
        "can_recommend": no(
            "暂不能推荐：信用核查已过期；研判意见未填写。", "请先重新核查，并填写“管理规范”一项的意见。"
        ),
        "can_return": ok(),
        "entries": [
            {
                "title": "提交申报",
                "tone": "dai",
                "at": now - dt.timedelta(days=9),
                "who": "何静",
                "opinion": "",
                "note": "",
            },
            {
                "title": "退回补正",
                "tone": "no",
                "at": now - dt.timedelta(days=6),
                "who": "周航（经办）",
                "opinion": "2017 年主营业务收入与审计报告第 8 页不一致，请核对；专利证书缺第 2 页。",
                "note": "电话已沟通。",
            },
            {
                "title": "企业补正",
                "tone": "ok",
                "at": now - dt.timedelta(days=2),
                "who": "何静",
                "opinion": "录入颠倒，已更正。",
                "note": "",
            },
        ],
    }
    return render(request, "components/look_review.html", context)


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """An enterprise's first page with the stairs."""
    return render(request, "components/look_home.html", {"page": _frame("enterprise", "首页")})


class SampleForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label="企业名称", max_length=100, help_text="与营业执照一致")
    uscc = forms.CharField(label="统一社会信用代码", max_length=18)
    registered_on = forms.DateField(
        label="成立日期", widget=forms.DateInput(attrs={"type": "date", "class": "w-short"})
    )
    scale = forms.ChoiceField(
        label="是否规模以上", choices=[("", "请选择"), ("yes", "是"), ("no", "否"), ("none", "本行业没有规上标准")]
    )
    revenue = forms.DecimalField(
        label="2017 年营业收入",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="利润表本年累计数",
    )
    flash = forms.ChoiceField(
        label="数据性质", choices=[("flash", "快报数"), ("audited", "审定数")], widget=forms.RadioSelect
    )
    traits = forms.MultipleChoiceField(
        label="企业特征",
        required=False,
        choices=[("z", "专业化"), ("j", "精细化"), ("t", "特色化"), ("x", "新颖化")],
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label="主导产品说明",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 300, "data-count": ""}),
    )
    true = forms.BooleanField(label="以上内容真实，愿意承担责任")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["revenue"].unit = "万元"  # type: ignore[attr-defined]


@login_not_required
def form(request: HttpRequest) -> HttpResponse:
    """A form of an enterprise, with autosave, upload and picker."""
    sample = SampleForm(
        request.POST or None, initial={"name": "锦江示范智能装备有限公司", "revenue": "1,687.50", "flash": "flash"}
    )
    if request.method == "POST":
        sample.is_valid()
    return render(request, "components/look_form.html", {"page": _frame("enterprise", "我的申报"), "form": sample})


@login_not_required
def parts(request: HttpRequest) -> HttpResponse:
    """Every part once."""
    page_obj = Paginator(range(460), 30).get_page(request.GET.get("page", 4))
    context = {
        "page": _frame("bureau", "统计"),
        "page_obj": page_obj,
        "today": business_today(),
        "outcomes": ["met", "not_met", "undetermined", "needs_judgement"],
    }
    return render(request, "components/gallery.html", context)


@login_not_required
def refused(request: HttpRequest) -> HttpResponse:
    """A refusal as a person sees it."""
    verdict = no("这份材料已由审核岗位退回，现在不能推荐。", "请在“待补正”里等待企业回复，或联系王琪（审核）。")
    return render(request, "errors/refused.html", {"page": _frame("bureau", "待办"), "verdict": verdict}, status=403)


@login_not_required
def picture(request: HttpRequest) -> HttpResponse:
    """A drawn page that stands for a scan."""
    lines = "".join(
        f'<rect x="60" y="{150 + at * 34}" width="{420 - at % 4 * 60}" height="10" fill="#d5dbe1"/>' for at in range(16)
    )
    title = '<text x="280" y="90" font-size="26" text-anchor="middle">审计报告（演示）</text>'
    sheet = '<rect width="560" height="780" fill="#fff"/>'
    body = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 560 780">{sheet}{title}{lines}</svg>'
    return HttpResponse(body, content_type="image/svg+xml")


@login_not_required
def data(request: HttpRequest, what: str) -> HttpResponse:
    """Answers of the documented addresses, without any state: autosave, job, picker, upload, order."""
    if what == "picker":
        words = request.GET.get("q", "")
        found = [(name, f"{3310 + at} · 金属制品业") for at, name in enumerate(_FIELDS) if words in name]
        return JsonResponse({"results": [{"value": note[:4], "label": label, "note": note} for label, note in found]})
    if what == "job":
        done = business_now().second % 30
        return JsonResponse(
            {
                "state": "running" if done < 28 else "done",
                "done": done,
                "total": 28,
                "message": "正在核对第 2 组",
                "url": "#main",
                "label": "下载",
            }
        )
    if what == "autosave":
        sent = json.loads(request.body or "{}")
        errors = (
            {"uscc": "校验位不符，请核对最后一位"} if len(sent.get("fields", {}).get("uscc", "x" * 18)) != 18 else {}
        )
        return JsonResponse({"version": int(sent.get("version") or 0) + 1, "errors": errors})
    if what == "upload":
        file: Any = request.FILES["file"]
        if not file.name.lower().endswith((".pdf", ".png", ".jpg")):
            return JsonResponse({"reason": "只收 PDF、PNG、JPG；这个文件的内容不是其中之一"}, status=400)
        return JsonResponse({"name": file.name, "url": "#main", "size_text": f"{file.size // 1024} KB"})
    if what == "order":
        return JsonResponse({"version": 2})
    return JsonResponse({"reason": "没有这个地址"}, status=404)
