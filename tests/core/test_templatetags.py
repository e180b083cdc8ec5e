"""Tags and filters of the look."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from foundation.core.templatetags import tidu
from foundation.core.verdict import no, ok

TODAY = dt.date(2018, 3, 12)


@pytest.fixture(autouse=True)
def business_day(monkeypatch):
    monkeypatch.setattr(tidu, "business_today", lambda: TODAY)


def render(source, address="/list/", **context):
    request = RequestFactory().get(address)
    return Template("{% load tidu %}" + source).render(Context({"request": request, **context}))


def test_status_is_a_word_and_a_tone():
    assert render('{% tag "ok" "符合" %}') == '<span class="tag t-ok">符合</span>'


def test_status_escapes_its_word():
    assert "&lt;b&gt;" in render('{% tag "no" word %}', word="<b>")


def test_unknown_tone_is_refused():
    with pytest.raises(ValueError, match="unknown tone"):
        tidu.status_tag("green", "符合")


@pytest.mark.parametrize(
    ("outcome", "official", "enterprise"),
    [
        ("met", "符合", "符合"),
        ("not_met", "不符合", "不符合"),
        ("undetermined", "待定", "待定"),
        ("needs_judgement", "需研判", "由主管部门研判"),
    ],
)
def test_every_outcome_has_a_word_for_each_reader(outcome, official, enterprise):
    assert f">{official}<" in render("{% outcome o %}", o=outcome)
    assert f">{enterprise}<" in render('{% outcome o reader="enterprise" %}', o=outcome)


def test_outcome_of_a_result_object():
    class Result:
        outcome = "met"

    assert ">符合<" in render("{% outcome r %}", r=Result())


@pytest.mark.parametrize(
    ("source", "value", "shown"),
    [
        ("{{ x|wan }}", Decimal("12345.675"), "12,345.68"),
        ("{{ x|wan }}", None, "—"),
        ("{{ x|wan }}", Decimal(0), "0.00"),
        ("{{ x|pct }}", Decimal("8.4"), "8.40%"),
        ("{{ x|thousands }}", 1234, "1,234"),
        ("{{ x|thousands }}", None, "—"),
        ("{{ x|thousands }}", 0, "0"),
        ("{{ x|dash }}", "", "—"),
        ("{{ x|dash }}", 0, "0"),
        ("{{ x|phone_masked }}", "13800001234", "138****1234"),
        ("{{ x|phone_masked }}", "", "—"),
        ("{{ x|email_masked }}", "zhang@example.com", "z***@example.com"),
        ("{{ x|file_size }}", 284112, "277 KB"),
        ("{{ x|file_size }}", 3 * 1024 * 1024, "3.0 MB"),
        ("{{ x|cn_date }}", TODAY, "2018年3月12日"),
        ("{{ x|cn_date }}", None, "—"),
        ("{{ x|cn_date_short }}", TODAY, "3月12日"),
        ("{{ x|cn_day }}", TODAY, "2018年3月12日（星期一）"),
        ("{{ x|days_left }}", dt.date(2018, 3, 16), "还有 4 天"),
        ("{{ x|days_left }}", TODAY, "今天截止"),
        ("{{ x|days_left }}", dt.date(2018, 3, 11), "逾期 1 天"),
        ("{{ x|days_short }}", dt.date(2018, 3, 16), "4 天"),
        ("{{ x|days_short }}", None, "—"),
    ],
)
def test_filters(source, value, shown):
    assert render(source, x=value) == shown


def test_moments_are_told_in_the_projects_time_zone():
    moment = dt.datetime(2018, 3, 11, 17, 42, tzinfo=ZoneInfo("UTC"))
    assert render("{{ x|cn_datetime }}", x=moment) == "2018年3月12日 1:42"
    assert render("{{ x|cn_time }}", x=moment) == "1:42"
    assert render("{{ x|days_left }}", x=moment) == "今天截止"


def test_masked_code_hides_its_middle():
    assert render("{{ x|uscc_masked }}", x="91430211MA4EXAMP0X") == '<span class="code">91430211••••••••0X</span>'


@pytest.mark.parametrize(("day", "tone"), [(-1, "no"), (0, "wait"), (3, "wait"), (4, "mo")])
def test_due_tag_grows_louder(day, tone):
    assert f"t-{tone}" in tidu.due_tag(TODAY + dt.timedelta(days=day))


def test_gap_without_a_text_shows_nothing():
    assert render("{% gap text %}", text="") == ""


def test_act_allowed_is_a_submit_button():
    button = render('{% act v "推荐" value="recommend" primary=True %}', v=ok())
    assert button == '<button class="btn btn-primary" name="action" value="recommend">推荐</button>'


def test_act_refused_can_be_reached_and_says_why():
    button = render('{% act v "推荐" value="recommend" primary=True %}', v=no("信用核查已过期。", "请重新核查。"))
    assert 'aria-disabled="true"' in button
    assert "信用核查已过期。请重新核查。" in button
    assert "disabled>" not in button
    assert "name=" not in button


def test_act_may_open_a_dialog():
    assert 'data-open="#return"' in render('{% act v "退回…" opens="return" %}', v=ok())


def test_reasons_are_told_once():
    verdict = no("信用核查已过期。")
    assert render("{% why_not a b c %}", a=verdict, b=verdict, c=ok()).count("信用核查已过期") == 1
    assert render("{% why_not a %}", a=ok()) == ""


def test_sort_head_keeps_filters_drops_the_page_and_turns():
    head = render('{% sort_th "due" "剩余" css="num" %}', "/list/?state=mine&page=3&sort=due")
    assert 'aria-sort="ascending"' in head
    assert 'href="?state=mine&amp;sort=-due"' in head
    assert 'class="num"' in head
    assert 'href="?sort=due"' in render('{% sort_th "due" "剩余" %}')


def test_chip_is_current_when_the_address_says_so():
    assert 'aria-current="true"' in render('{% chip "我的" 21 state="mine" %}', "/list/?state=mine")
    assert "aria-current" not in render('{% chip "我的" 21 state="mine" %}')
    assert 'href="?q=x"' in render('{% chip "全部" state=None %}', "/list/?q=x&state=mine&page=2")


def test_pager_counts_and_keeps_the_filter():
    page_obj = Paginator(range(460), 30).page(4)
    nav = render('{% pager p "份" %}', "/list/?state=mine&page=4", p=page_obj)
    assert "第 91–120 份，共 460 份" in nav
    assert 'aria-current="page">4<' in nav
    assert 'rel="next" href="?state=mine&amp;page=5"' in nav


def test_pager_of_one_page_and_of_nothing():
    assert "<nav" not in render("{% pager p %}", p=Paginator(range(3), 30).page(1))
    assert render("{% pager p %}", p=Paginator([], 30).page(1)) == ""


def test_file_chip_is_a_link_only_with_an_address():
    assert render('{% file_chip "报告.pdf" "/f/1" 2048 %}').startswith(
        '<a class="file" href="/f/1"><span class="ext">PDF</span>'
    )
    assert render('{% file_chip "无后缀" %}').startswith('<span class="file"><span class="ext">文件</span>')


class Sample(forms.Form):
    name = forms.CharField(label="企业名称", help_text="与营业执照一致")
    revenue = forms.DecimalField(label="营业收入", required=False)
    flash = forms.ChoiceField(label="数据性质", choices=[("a", "快报"), ("b", "审定")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="属实")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["revenue"].unit = "万元"

    def clean(self):
        raise forms.ValidationError("两处矛盾")


def test_error_summary_links_every_error_to_its_field():
    summary = tidu.error_summary(Sample({"name": "", "revenue": "x"}))
    assert 'role="alert"' in summary
    assert '<a href="#id_name">企业名称：' in summary
    assert '<a href="#id_revenue">营业收入：' in summary
    assert '<a href="#id_flash_group">数据性质：' in summary
    assert "<li>两处矛盾</li>" in summary
    assert "有 5 处需要修改" in summary


def test_error_summary_is_silent_before_sending():
    assert tidu.error_summary(Sample()) == ""


def test_field_says_required_unit_help_and_error():
    form = Sample({"name": "", "revenue": "x"})
    name = form["name"].as_field_group()
    assert '<span class="required">必填</span>' in name
    assert 'class="form-control"' in name
    assert 'aria-describedby="id_name_helptext id_name_error"' in name
    assert 'id="id_name_error"' in name
    assert 'aria-invalid="true"' in name
    assert '<span class="unit">万元</span>' in form["revenue"].as_field_group()
    assert "必填" not in form["revenue"].as_field_group()


def test_choices_are_a_group_with_a_legend_and_a_check_stands_before_its_label():
    form = Sample()
    assert "<legend>数据性质" in form["flash"].as_field_group()
    assert form["flash"].as_field_group().count('class="form-check-input"') == 2
    assert 'class="form-check-label" for="id_sure"' in form["sure"].as_field_group()


def test_whole_form_is_summary_and_fields():
    html = str(Sample({"name": ""}))
    assert html.index("error-summary") < html.index('id="id_name"')
