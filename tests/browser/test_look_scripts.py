"""The scripts of the pages in a real browser, over the look's sample pages.

No server is started: what the browser asks for is answered by Django's test client and by the built files, with the
real content security policy. A test may set the answer of an address.
"""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.harness.browser import DESKTOP, PHONE, assert_accessible, assert_fits

STATIC = Path(__file__).resolve().parents[2] / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HOST = "http://look.test"
PAGES = ["", "queue/", "review/", "home/", "form/", "refused/"]

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.browser.look_urls"), pytest.mark.django_db]


class Look:
    """A browser page whose requests end in this process."""

    def __init__(self, page):
        self.page = page
        self.client = Client()
        self.answers = {}
        self.asked = []
        self.swap = ("", "")
        self.complaints = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if "Content Security" in line.text else None)
        page.route("**/*", self.answer)

    def answer(self, route):
        request = route.request
        parts = urlsplit(request.url)
        assert parts.netloc == "look.test", f"the page asks another host: {request.url}"
        if parts.path.startswith("/static/"):
            file = STATIC / parts.path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
            return
        if request.method == "POST" or parts.path in self.answers:
            self.asked.append((parts.path, request.post_data))
        set_by_test = self.answers.get(parts.path)
        if set_by_test is not None:
            status, body = set_by_test(request) if callable(set_by_test) else set_by_test
            if status == 0:
                route.abort()
            else:
                route.fulfill(status=status, content_type="application/json", body=json.dumps(body))
            return
        address = f"{parts.path}?{parts.query}"
        if request.method == "POST":
            done = self.client.post(
                address, request.post_data_buffer or b"", content_type=request.headers.get("content-type", "")
            )
        else:
            done = self.client.get(address)
        headers = {name: value for name, value in done.headers.items() if name.lower() != "content-length"}
        route.fulfill(status=done.status_code, headers=headers, body=done.content.decode().replace(*self.swap))

    def open(self, name):
        self.page.goto(f"{HOST}/_look/{name}")
        return self.page

    @property
    def saved(self):
        return [json.loads(data) for path, data in self.asked if path == "/_look/data/autosave/"]


@pytest.fixture
def look(browser):
    context = browser.new_context(viewport=DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(8000)
    found = Look(context.new_page())
    yield found
    context.close()
    assert not found.complaints


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", [DESKTOP, PHONE, {"width": 720, "height": 450}], ids=["desktop", "phone", "zoom200"])
def test_sample_pages_are_accessible_and_fit(look, name, size):
    look.page.set_viewport_size(size)
    page = look.open(name)
    assert_accessible(page)
    assert_fits(page)


def test_officers_list_shows_22_rows_at_1440_by_900(look):
    page = look.open("queue/")
    assert (
        page.evaluate(
            """[...document.querySelectorAll('#queue tbody tr')]
            .filter(row => row.getBoundingClientRect().bottom <= innerHeight).length"""
        )
        >= 22
    )


def test_queue_by_keyboard(look):
    page = look.open("queue/")
    for key in ["j", "j", "Space", "j", "Space", "k"]:
        page.keyboard.press(key)
    assert page.locator("tr.sel").count() == 2
    assert page.locator("tr.here input").get_attribute("value") == "2"
    assert page.locator("[data-chosen]").inner_text() == "2"
    page.keyboard.press("Enter")
    page.wait_for_url("**/_look/review/")


def test_letters_typed_into_the_search_do_not_move_rows(look):
    page = look.open("queue/")
    page.locator("#q").press_sequentially("jk x")
    assert page.locator("tr.here").count() == 0
    assert page.locator("#q").input_value() == "jk x"


def test_selecting_the_page_then_the_whole_filter(look):
    page = look.open("queue/")
    assert page.locator(".bulk").is_hidden()
    page.locator("th.pick input").check()
    page.locator("[data-select-filter]").click()
    assert page.locator("[data-chosen]").inner_text() == "46"
    assert page.locator("input[name=all]").input_value() == "1"
    page.locator("td.pick input").first.uncheck()
    assert page.locator("input[name=all]").input_value() == ""
    assert page.locator("[data-chosen]").inner_text() == "29"
    page.locator("[data-clear]").click()
    assert page.locator(".bulk").is_hidden()


def test_dialog_takes_and_returns_focus(look):
    page = look.open("review/")
    opener = page.get_by_role("button", name="退回补正…")
    opener.click()
    assert page.evaluate("document.activeElement.id") == "why"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "退回补正…"


def test_menu_button_on_a_phone(look):
    look.page.set_viewport_size(PHONE)
    page = look.open("queue/")
    assert page.locator("#mainnav").is_hidden()
    button = page.get_by_role("button", name="菜单")
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    assert page.get_by_role("link", name="报送").first.is_visible()


def test_autosave_sends_only_what_changed_and_says_when(look):
    page = look.open("form/")
    page.locator("#id_name").fill("锦江示范新名称有限公司")
    page.locator("[data-save-state][data-state=saved]").wait_for()
    assert look.saved == [{"version": "3", "fields": {"name": "锦江示范新名称有限公司"}}]
    assert "已自动保存" in page.locator("[data-save-state]").inner_text()
    page.locator("#id_traits_1").check()
    page.locator("#id_flash_1").check()
    page.wait_for_timeout(1300)
    assert look.saved[-1]["version"] == 4
    assert look.saved[-1]["fields"] == {"traits": ["j"], "flash": "audited"}


def test_a_form_pressed_while_saving_waits_for_the_version_of_its_own_save(look):
    page = look.open("form/")
    page.evaluate("""() => {
        const quick = window.fetch;
        window.fetch = (...asked) => new Promise((answer) => setTimeout(() => answer(quick(...asked)), 600));
        window.sent = [];
        const form = document.querySelector('form[data-autosave-url]');
        form.addEventListener('submit', (event) => { sent.push(form.dataset.version); event.preventDefault(); });
    }""")
    page.locator("#id_name").fill("锦江示范新名称有限公司")
    page.locator("#id_uscc").focus()
    page.locator("[data-save-state][data-state=saving]").wait_for()
    page.get_by_role("button", name="保存并继续").click()
    page.wait_for_timeout(2000)
    assert page.evaluate("sent") == ["4"]
    assert len(look.saved) == 1


def test_autosave_marks_a_wrong_field_and_keeps_the_text(look):
    page = look.open("form/")
    page.locator("#id_uscc").fill("91510104")
    page.locator("#id_uscc_error").wait_for()
    assert page.locator("#id_uscc").get_attribute("aria-invalid") == "true"
    assert "id_uscc_error" in page.locator("#id_uscc").get_attribute("aria-describedby")
    assert page.locator("#id_uscc").input_value() == "91510104"


def test_autosave_fails_loudly_from_the_first_time_and_recovers(look):
    look.answers["/_look/data/autosave/"] = (0, {})
    page = look.open("form/")
    page.locator("#id_name").fill("新名称")
    alert = page.locator(".save-alert[role=alert]")
    alert.wait_for()
    assert "未保存：网络不通" in alert.inner_text()
    assert page.evaluate("!window.dispatchEvent(new Event('beforeunload', {cancelable: true}))")
    del look.answers["/_look/data/autosave/"]
    page.locator("#id_uscc").focus()  # leaving the field tries again, as the button does
    page.locator("[data-save-state][data-state=saved]").wait_for()
    assert alert.count() == 0
    assert page.evaluate("window.dispatchEvent(new Event('beforeunload', {cancelable: true}))")


def test_autosave_tells_the_servers_reason_and_its_button_tries_again(look):
    look.answers["/_look/data/autosave/"] = (422, {"reason": "申报窗口已经关闭。", "hint": "请联系县局。"})
    page = look.open("form/")
    page.locator("#id_name").fill("新名称")
    page.get_by_text("未保存：申报窗口已经关闭。请联系县局。已填内容还在本页，请勿关闭。").wait_for()
    page.locator("#id_uscc").focus()
    page.wait_for_timeout(300)
    before = len(look.saved)
    page.get_by_role("button", name="重试").click()
    page.wait_for_timeout(300)
    assert len(look.saved) > before
    assert page.locator("#id_name").input_value() == "新名称"


def test_text_typed_when_the_session_ends_comes_back_after_sign_in(look):
    look.answers["/_look/data/autosave/"] = (401, {})
    page = look.open("form/")
    page.locator("#id_name").fill("登录过期前填的名称")
    page.locator(".save-alert").wait_for()
    assert page.get_by_role("link", name="重新登录").is_visible()
    del look.answers["/_look/data/autosave/"]
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    assert page.locator("#id_name").input_value() == "登录过期前填的名称"
    page.locator("[data-save-state][data-state=saved]").wait_for()
    assert look.saved[-1]["fields"]["name"] == "登录过期前填的名称"


def test_conflict_says_who_and_offers_own_text_after_reload(look):
    look.answers["/_look/data/autosave/"] = (409, {"who": "李敏", "when": "9:40"})
    page = look.open("form/")
    page.locator("#id_name").fill("我填的名称")
    alert = page.locator(".save-alert")
    alert.wait_for()
    assert "李敏 于 9:40修改并保存了这份材料" in alert.inner_text()
    del look.answers["/_look/data/autosave/"]
    # The server now holds somebody else's name: own text must be offered, not forced.
    look.swap = ("锦江示范智能装备有限公司", "李敏改的名称")
    alert.get_by_role("button").click()
    offer = page.locator(".alert-wait", has_text="您填的内容与最新内容不同")
    offer.wait_for()
    assert page.locator("#id_name").input_value() == "李敏改的名称"
    offer.get_by_role("button", name="用我填的").click()
    assert page.locator("#id_name").input_value() == "我填的名称"


def test_picker_by_keyboard(look):
    page = look.open("form/")
    box = page.get_by_role("combobox", name="所属行业")
    box.press_sequentially("航空")
    page.get_by_role("option", name="航空零部件").wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    assert_accessible(page)
    box.press("ArrowDown")
    box.press("Enter")
    assert box.input_value() == "航空零部件"
    assert page.locator("input[name=industry_code]").input_value() == "3313"
    box.press_sequentially("甲")
    assert page.locator("input[name=industry_code]").input_value() == ""


def test_upload_one_by_one_with_the_reason_of_a_refusal(look):
    page = look.open("form/")
    page.locator("#id_file").set_input_files(
        [
            {"name": "证书.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 " + b"x" * 4000},
            {"name": "程序.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"},
            {"name": "空.pdf", "mimeType": "application/pdf", "buffer": b""},
        ]
    )
    page.get_by_role("link", name="证书.pdf").wait_for()
    page.get_by_text("只收 PDF、PNG、JPG").wait_for()
    page.get_by_text("文件是空的").wait_for()
    assert [path for path, _ in look.asked].count("/_look/data/upload/") == 2


def test_order_by_buttons_and_back_when_refused(look):
    page = look.open("")
    names = "[...document.querySelectorAll('.order-row')].map(r => r.dataset.id).join('')"
    page.get_by_role("button", name="下移 示范甲").click()
    page.get_by_text("顺序已保存").wait_for()
    assert page.evaluate(names) == "213"
    look.answers["/_look/data/order/"] = (409, {"reason": "报送已经封存。"})
    page.get_by_role("button", name="上移 示范丙").click()
    page.get_by_text("已恢复原样：报送已经封存。").wait_for()
    assert page.evaluate(names) == "213"


def test_order_by_dragging(look):
    page = look.open("")
    handle = page.locator(".order-row[data-id='1'] .handle").bounding_box()
    last = page.locator(".order-row[data-id='3']").bounding_box()
    page.mouse.move(handle["x"] + 4, handle["y"] + 6)
    page.mouse.down()
    page.mouse.move(handle["x"] + 4, last["y"] + last["height"] - 3, steps=8)
    page.mouse.up()
    page.get_by_text("顺序已保存").wait_for()
    assert json.loads(look.asked[-1][1])["ids"] == ["2", "3", "1"]


def test_job_progress_ends_with_its_result(look):
    states = iter(
        [
            {"state": "running", "done": 3, "total": 9, "message": "第 3 份"},
            {"state": "done", "done": 9, "total": 9, "url": "/x", "label": "下载"},
        ]
    )
    look.answers["/_look/data/job/"] = lambda _request: (200, next(states))
    page = look.open("")
    page.get_by_text("进行中 3 / 9 · 第 3 份").wait_for()
    page.get_by_role("link", name="下载").wait_for()
    assert page.locator("[data-job-url] progress").evaluate("bar => bar.value / bar.max") == 1


def test_refused_button_is_reachable_and_does_nothing(look):
    page = look.open("review/")
    button = page.get_by_role("button", name="推荐", exact=True)
    button.focus()
    assert page.evaluate("document.activeElement.textContent") == "推荐"
    button.press("Enter")
    assert page.url.endswith("/_look/review/")
    assert not look.asked


def test_viewer_shows_images_and_offers_the_rest_for_download(look):
    page = look.open("review/")
    page.locator(".viewer-stage img").wait_for()
    page.get_by_role("button", name="放大").click()
    assert "z1" in page.locator(".viewer-stage").get_attribute("class")
    page.get_by_role("button", name="下一个文件").click()
    assert page.get_by_role("link", name="下载后查看").is_visible()


def test_error_summary_takes_the_focus_and_links_to_the_field(look):
    page = look.open("form/")
    page.locator("#id_name").fill("")
    page.get_by_role("button", name="保存并继续").click()
    summary = page.locator(".error-summary")
    summary.wait_for()
    assert page.evaluate("document.activeElement.className") == "error-summary"
    summary.get_by_role("link", name="企业名称").click()
    assert page.evaluate("document.activeElement.id") == "id_name"
    assert_accessible(page)


def test_idle_dialog_counts_down_and_staying_tells_the_server(look, settings):
    settings.IDLE_SECONDS = 6
    page = look.open("form/")
    page.locator("#id_name").fill("离开前填的")
    dialog = page.get_by_role("dialog", name="您还在吗？")
    dialog.wait_for()
    assert_accessible(page)
    dialog.get_by_role("button", name="继续使用").click()
    assert dialog.is_hidden()
    page.wait_for_timeout(200)
    assert ("/accounts/still-here/", None) in look.asked


def test_idle_time_over_leads_to_sign_in_and_back(look, settings):
    settings.IDLE_SECONDS = 3
    page = look.open("form/")
    page.wait_for_url("**/accounts/sign-in/?next=%2F_look%2Fform%2F&idle=1")


def test_print_hides_the_frame(look):
    page = look.open("review/")
    page.emulate_media(media="print")
    assert page.locator(".topbar").is_hidden()
    assert page.locator(".page-actions").is_hidden()
    assert page.get_by_text("条件核对").is_visible()
