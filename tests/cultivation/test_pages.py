"""Pages as people use them, and their query counts at one row and at three."""

import datetime as dt

import pytest

from cultivation.actions import forward_notice, publish_notice
from cultivation.models import Notice, Round
from foundation.accounts.roles import Role
from foundation.documents.models import StoredFile
from tests.cultivation.conftest import pdf


def text(response):
    return response.content.decode()


# ---- public ------------------------------------------------------------------------------------------------


def test_programme_pages_are_public_and_show_clauses(browse, versions, hunan_round):
    visitor = browse()
    listing = text(visitor.get("/cultivation/programmes/"))
    assert "川经信企业〔2017〕238号" in listing
    assert "2018年小巨人后备企业申报" in listing
    page = text(visitor.get("/cultivation/programmes/sichuan_2017_238/"))
    for said in ("连续2年主营业务收入增长10%以上", "238号 附件2 一", "300 万户", "200 万户", "自拟" * 0 or "第1版"):
        assert said in page
    hunan = text(visitor.get("/cultivation/programmes/hunan_2018_49/"))
    assert "待录入" in hunan
    assert "原文未取得" in hunan
    assert visitor.get("/cultivation/programmes/nothing/").status_code == 404


def test_self_check_without_an_account(browse, versions):
    visitor = browse()
    choices = text(visitor.get("/cultivation/self-check/"))
    assert "高成长型中小企业" in choices
    assert "小升规后备企业" in choices
    address = "/cultivation/self-check/?programme=sichuan_2017_238&tier=high_growth"
    form = text(visitor.get(address))
    assert "2015年主营业务收入" in form
    answer = visitor.post(
        "/cultivation/self-check/",
        {
            "programme": "sichuan_2017_238",
            "tier": "high_growth",
            "province": "yes",
            "registered_on": "2013-05-20",
            "is_legal_person": "yes",
            "industry": "3441",
            "above_scale": "yes",
            "revenue_2017": "1,687.50",
            "employees_2017": "120",
            "main_revenue_2015": "1200",
            "main_revenue_2016": "1400",
            "main_revenue_2017": "1600",
        },
    )
    page = text(answer)
    assert answer.status_code == 200
    assert "营业收入差 312.50 万元" in page
    assert "238号 附件2 一" in page
    assert 'value="1,687.50"' in page
    assert "2016年增长 16.67%" in page


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("revenue_2017", "很多", "不是数字"),
        ("registered_on", "去年", "不是日期"),
        ("industry", "9999", "没有行业代码"),
        ("employees_2017", "12.5", "整数"),
    ],
)
def test_self_check_says_what_it_cannot_read_and_loses_nothing(browse, versions, field, typed, said):
    page = text(
        browse().post(
            "/cultivation/self-check/",
            {"programme": "sichuan_2017_238", "tier": "high_growth", field: typed, "main_revenue_2016": "77.70"},
        )
    )
    assert said in page
    assert 'value="77.70"' in page


@pytest.mark.parametrize("tier", ["startup_micro.new_micro", "startup_micro.scale_up_reserve", "industry_giant"])
def test_self_check_of_every_tier(browse, versions, tier):
    address = f"/cultivation/self-check/?programme=sichuan_2017_238&tier={tier}"
    assert "看结果" in text(browse().get(address))
    empty = browse().post("/cultivation/self-check/", {"programme": "sichuan_2017_238", "tier": tier})
    assert "0 / " in text(empty)


def test_self_check_of_the_reserve_shows_what_people_judge(browse, versions):
    page = text(
        browse().post(
            "/cultivation/self-check/",
            {
                "programme": "hunan_2018_49",
                "tier": "reserve",
                "srdi": ["specialised", "refined"],
                "niche": "刀片",
                "key_industry": "hunan_key_industries|2016.1|03",
            },
        )
    )
    assert "待录入" in page
    assert "专业化、精细化" in page
    assert "新材料，见湖南制造强省12个重点产业" in page


def test_round_page_is_public_and_names_help_hn28(browse, hunan_round):
    page = text(browse().get(f"/cultivation/rounds/{hunan_round.pk}/"))
    for said in ("2018年3月16日", "QQ群“湖南中小企业”", "湖南联系人", "湘经信中小发展〔2018〕49号"):
        assert said in page


# ---- officials ---------------------------------------------------------------------------------------------


def test_province_publishes_with_its_original(browse, official, versions):
    chrome = browse(official("湖南"))
    assert "拟发通知" in text(chrome.get("/cultivation/notices/"))
    response = chrome.post(
        "/cultivation/notices/new/",
        {
            "action": "publish",
            "version": versions["hunan"].pk,
            "issuers": "湖南省经济和信息化委员会\n",
            "number": "湘经信中小发展〔2018〕49号",
            "title": "关于做好2018年小巨人企业培育工作的通知",
            "issued_on": "2018-02-12",
            "body": "各市州经信委：",
            "to_bureaus": "各市州经信委",
            "deadline": "2018-03-16",
            "files": [pdf("49号.pdf")],
        },
    )
    notice = Notice.objects.get()
    assert response.headers["Location"] == f"/cultivation/notices/{notice.pk}/"
    assert (notice.state, notice.stage, notice.issuers) == ("published", "reserve", ["湖南省经济和信息化委员会"])
    page = text(chrome.get(f"/cultivation/notices/{notice.pk}/"))
    assert "49号.pdf" in page
    assert page.count("未签收") == 2
    file = StoredFile.objects.get()
    original = browse(official("株洲")).get(f"/documents/files/{file.pk}/")
    assert original.status_code == 200
    assert b"".join(original.streaming_content).startswith(b"%PDF")
    assert browse(official("成都")).get(f"/documents/files/{file.pk}/").status_code in {403, 404}


def test_a_faulty_notice_keeps_what_was_typed(browse, official, versions):
    response = browse(official("湖南")).post(
        "/cultivation/notices/new/",
        {
            "action": "publish",
            "issuers": "甲",
            "title": "没有主送的通知",
            "issued_on": "2018-02-12",
            "body": "长长的正文",
        },
    )
    page = text(response)
    assert "还没有主送对象" in page
    assert "长长的正文" in page
    assert not Notice.objects.exists()


def test_prefecture_signs_then_forwards_and_is_warned_zz06(browse, official, source, hunan_round):
    chrome = browse(official("株洲"))
    assert "待签收" in text(chrome.get("/cultivation/notices/"))
    chrome.post(f"/cultivation/notices/{source.pk}/sign/")
    page = text(chrome.get(f"/cultivation/notices/{source.pk}/forward/"))
    assert "本级报送上级的截止日：2018年3月16日" in page
    given = {
        "action": "publish",
        "issuers": "株洲市经济和信息化委员会",
        "title": "关于做好2018年小巨人培育工作的通知",
        "issued_on": "2018-03-01",
        "body": "转发给你们",
        "to_bureaus": "各县市区经科局",
        "to_enterprises": "各有关企业",
        "deadline": "2018-03-16",
        "contact_name": "株洲联系人",
    }
    warned = text(chrome.post(f"/cultivation/notices/{source.pk}/forward/", given))
    assert "只有 0 个工作日" in warned
    assert "转发给你们" in warned
    assert chrome.post(f"/cultivation/notices/{source.pk}/forward/", given | {"acknowledged": "on"}).status_code == 302
    own = Notice.objects.get(parent=source)
    county = text(browse(official("攸县")).get(f"/cultivation/notices/{own.pk}/"))
    assert county.index("转发给你们") < county.index("湘经信中小发展〔2018〕49号</span></h2>")
    assert "期限和联系人以" in text(browse(official("攸县")).get(f"/cultivation/notices/{source.pk}/"))


def test_draft_is_edited_and_published_by_the_signer(browse, official, signed, country):
    from foundation.accounts.models import BureauHands

    BureauHands.objects.create(bureau=country["株洲"], act="notice", hands=2, distinct=True)
    given = {
        "issuers": "株洲市经信委",
        "title": "转发",
        "issued_on": "2018-03-01",
        "to_bureaus": "各县市区",
        "deadline": "2018-03-12",
    }
    clerk = browse(official("株洲"))
    clerk.post(f"/cultivation/notices/{signed.pk}/forward/", given | {"action": "draft"})
    draft = Notice.objects.get(parent=signed)
    assert "本单位规定通知由签发岗位发布" in text(clerk.get(f"/cultivation/notices/{draft.pk}/"))
    clerk.post(f"/cultivation/notices/{draft.pk}/edit/", given | {"title": "转发（改）", "action": "draft"})
    refused = clerk.post(f"/cultivation/notices/{draft.pk}/publish/")
    assert refused.status_code == 403
    signer = browse(official("株洲", Role.SIGNER))
    assert signer.post(f"/cultivation/notices/{draft.pk}/publish/").status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.title) == ("published", "转发（改）")


def test_province_opens_a_round_from_the_dates_of_the_notice(browse, official, source, versions):
    chrome = browse(official("湖南"))
    form = text(chrome.get(f"/cultivation/rounds/new/?notice={source.pk}"))
    assert 'value="2018-03-16"' in form
    response = chrome.post(
        "/cultivation/rounds/new/",
        {
            "version": versions["hunan"].pk,
            "notice": source.pk,
            "year": 2018,
            "batch": 1,
            "opens_on": "2018-02-12",
            "closes_prefecture": "2018-03-16",
            "grace_prefecture": "0",
            "help_groups": "QQ群“湖南中小企业”：（略）",
        },
    )
    row = Round.objects.get()
    assert response.headers["Location"] == f"/cultivation/rounds/{row.pk}/"
    assert row.help_groups == [{"label": "QQ群“湖南中小企业”", "number": "（略）"}]
    again = chrome.post(
        "/cultivation/rounds/new/",
        {"version": versions["hunan"].pk, "year": 2018, "batch": 1, "opens_on": "2018-02-12", "help_text": "热线一"},
    )
    assert again.status_code == 422
    assert "这一批次已经开启" in text(again)
    assert "热线一" in text(again)


def test_window_and_contact_changes_on_the_page(browse, official, hunan_round):
    chrome = browse(official("湖南"))
    address = f"/cultivation/rounds/{hunan_round.pk}/"
    tight = chrome.post(
        f"{address}window/",
        {"level": "enterprise", "closes_on": "2018-03-10", "opens_on": "2018-03-12", "reason": "调整"},
    )
    assert tight.status_code == 422
    assert "截止日期不能早于开始日期" in text(tight)
    ok = chrome.post(f"{address}window/", {"level": "prefecture", "closes_on": "2018-03-20", "reason": "系统维护顺延"})
    assert ok.status_code == 302
    chrome.post(f"{address}details/", {"help_text": "热线", "reason": "增加热线"})
    page = text(chrome.get(address))
    for said in ("系统维护顺延", "增加热线", "2018-03-16 → 2018-03-20"):
        assert said in page
    closed = chrome.post(f"{address}close/", {"reason": "本年结束"})
    assert closed.status_code == 302
    assert "已结束" in text(chrome.get(address))


def test_other_people_do_not_get_in(browse, official, source, hunan_round, firm, member):
    other = browse(official("成都"))
    assert other.get(f"/cultivation/notices/{source.pk}/").status_code == 404
    assert other.post(f"/cultivation/notices/{source.pk}/sign/").status_code == 404
    enterprise = browse(member(firm()))
    assert enterprise.get(f"/cultivation/notices/{source.pk}/").status_code == 404
    assert enterprise.get("/cultivation/notices/new/").status_code == 403
    assert enterprise.get("/cultivation/rounds/new/").status_code == 403
    assert browse().get("/cultivation/notices/").status_code == 302
    refused = enterprise.post(
        f"/cultivation/rounds/{hunan_round.pk}/window/", {"level": "county", "closes_on": "2018-03-09", "reason": "x"}
    )
    assert refused.status_code == 403
    assert "调整申报窗口由" in text(refused)


def test_enterprise_home_has_notice_and_stairs(browse, signed, hunan_round, official, firm, member):
    forward_notice(
        source_id=signed.pk,
        actor=official("株洲"),
        to_bureaus="各县市区",
        to_enterprises="各有关企业",
        deadline=dt.date(2018, 3, 12),
    )
    page = text(browse(member(firm())).get("/enterprises/home/"))
    for said in ("我们在哪一级", "小巨人后备企业", "待录入", "3月12日截止", "0731-8000000"):
        assert said in page


# ---- query counts ------------------------------------------------------------------------------------------


def test_notice_list_costs_the_same_with_three_threads(browse, official, versions, own_queries):
    province, chrome = official("湖南"), browse(official("株洲"))

    def add():
        publish_notice(actor=province, title="通知", to_bureaus="各市州", stage="reserve")

    own_queries(add_row=add, act=lambda: chrome.get("/cultivation/notices/"), expected=5)


def test_notice_page_costs_the_same_with_three_addressees(browse, official, source, own_queries, country):
    from cultivation.models import NoticeAddressee

    chrome, others = browse(official("湖南")), iter(["攸县", "醴陵", "湘乡"])

    def add():
        NoticeAddressee.objects.create(notice=source, bureau=country[next(others)])

    own_queries(add_row=add, act=lambda: chrome.get(f"/cultivation/notices/{source.pk}/"), expected=12)


def test_panels_of_the_enterprise_home_cost_the_same_with_three_notices(
    official, signed, hunan_round, firm, member, queries
):
    from cultivation.panels import tier_results
    from cultivation.queries import notices_for

    enterprise = firm()
    actor = member(enterprise)

    def add():
        publish_notice(actor=official("株洲"), title="通知", to_enterprises="各有关企业")

    def act():
        notices_for(actor)
        tier_results(enterprise)

    # Four for the threads, three for the stairs, the rest is the firm's record read by its own room.
    tier_results(enterprise)  # fills the cache of the public tables
    with queries.record() as record:
        tier_results(enterprise)
    own = [line for line in record if "cultivation/" in line]
    assert len(own) == 3, own
    queries.flat(add_row=add, act=act, expected=len(record) + 4)


def test_round_page_and_programme_page_have_few_queries(browse, hunan_round, queries):
    visitor = browse()
    for address, most in ((f"/cultivation/rounds/{hunan_round.pk}/", 5), ("/cultivation/programmes/", 5)):
        visitor.get(address)
        with queries.record() as seen:
            visitor.get(address)
        assert len(seen) <= most, "\n".join(seen)


def test_self_check_answers_with_few_queries(browse, versions, queries):
    visitor = browse()
    given = {"programme": "sichuan_2017_238", "tier": "high_growth", "revenue_2017": "3000"}
    visitor.post("/cultivation/self-check/", given)
    with queries.record() as seen:
        visitor.post("/cultivation/self-check/", given)
    assert len(seen) <= 5, "\n".join(seen)
