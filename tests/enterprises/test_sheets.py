"""The grid out and in with its differences; the list of enterprises out."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from enterprises.actions import facts as actions
from enterprises.models import AnnualFigure, Enterprise
from enterprises.queries import enterprise_list, search
from foundation.accounts.models import RevealEvent
from foundation.journal.models import Decision
from tests.enterprises.conftest import LILING, YOUXIAN, code

pytestmark = pytest.mark.django_db


def at(enterprise: Any, page: str = "") -> str:
    return f"/enterprises/firm/{enterprise.pk}/figures/{page}"


def book_of(answer: Any) -> Any:
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def upload(book: Any) -> SimpleUploadedFile:
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("年度数据.xlsx", out.getvalue())


def cell_at(page: Any, label: str, head: str) -> Any:
    """The cell of a fact and a year in the grid's workbook."""
    heads = next(row for row in page.iter_rows() if any(str(cell.value or "").strip() == "指标" for cell in row))
    column = next(cell.column for cell in heads if str(cell.value or "").replace("\n", "").startswith(head))
    row = next(row for row in page.iter_rows() if row[0].value == label)
    return page.cell(row=row[0].row, column=column)


def test_out_changed_in_again(firm: Any, admin_of: Any, browse: Any) -> None:
    enterprise = firm()
    actor = admin_of(enterprise)
    client = browse(actor)
    cells = {(2017, "revenue", "audited"): "12345.67", (2016, "employees", "flash"): "20"}
    actions.save_figures(enterprise_id=enterprise.pk, cells=cells, actor=actor)
    book = book_of(client.get(at(enterprise, "sheet/")))
    page = book.worksheets[0]
    assert cell_at(page, "营业收入", "2017年审计").value == 12345.67
    cell_at(page, "营业收入", "2017年审计").value = 20000
    cell_at(page, "资产总额", "2015年快报").value = "1,000.50"
    preview = client.post(at(enterprise, "import/"), {"file": upload(book)})
    text = preview.content.decode()
    assert preview.status_code == 200
    assert "有 2 处不同" in text
    assert "20,000.00" in text
    assert AnnualFigure.objects.count() == 2
    taken = {
        "version": "1",
        "file_name": "年度数据.xlsx",
        "take": ["revenue-2017-audited", "total_assets-2015-flash", "nonsense"],
        "value:revenue-2017-audited": "20000.00",
        "value:total_assets-2015-flash": "1000.50",
    }
    assert client.post(at(enterprise, "import/apply/"), taken).status_code == 302
    assert client.post(at(enterprise, "import/apply/"), taken).status_code == 302
    row = AnnualFigure.objects.get(fact="revenue", superseded=False)
    assert (str(row.value), row.source) == ("20000.00", "导入：年度数据.xlsx")
    same = client.post(at(enterprise, "import/"), {"file": upload(book)})
    assert "没有与平台不同的数" in same.content.decode()


def test_wrong_cells_are_told_with_their_address(firm: Any, admin_of: Any, browse: Any) -> None:
    enterprise = firm()
    client = browse(admin_of(enterprise))
    book = book_of(client.get(at(enterprise, "sheet/")))
    page = book.worksheets[0]
    wrong = cell_at(page, "营业收入", "2017年审计")
    wrong.value = "很多"
    half = cell_at(page, "从业人员", "2017年审计")
    half.value = 12.5
    unknown = cell_at(page, "利税", "2017年审计")
    page.cell(row=unknown.row, column=1).value = "利润"
    text = client.post(at(enterprise, "import/"), {"file": upload(book)}).content.decode()
    for part in (wrong.coordinate, half.coordinate, "没有这项指标", "不是整数"):
        assert part in text


def test_files_that_cannot_be_taken(firm: Any, admin_of: Any, browse: Any, official: Any) -> None:
    enterprise, other = firm(1), firm(2)
    client = browse(admin_of(enterprise))
    foreign = book_of(browse(admin_of(other)).get(at(other, "sheet/")))
    for file in (upload(foreign), SimpleUploadedFile("x.xlsx", b"nothing"), SimpleUploadedFile("x.xlsx", b"")):
        answer = client.post(at(enterprise, "import/"), {"file": file})
        assert answer.status_code == 400
    assert client.post(at(enterprise, "import/")).status_code == 400
    assert client.get(at(enterprise, "import/")).status_code == 200
    assert browse(official("攸县")).get(at(enterprise, "import/")).status_code == 403


# --- the list -----------------------------------------------------------------------------------------------------


def names(actor: Any, **filters: Any) -> list[str]:
    return [row.name for row in enterprise_list(actor, **filters)]


def test_each_level_sees_its_own(firm: Any, official: Any) -> None:
    firm(1)
    firm(2, region_id=LILING)
    assert names(official("攸县")) == ["演示机械1有限公司"]
    assert names(official("醴陵")) == ["演示机械2有限公司"]
    assert len(names(official("株洲"))) == 2
    assert len(names(official("湖南"))) == 2
    assert names(official("锦江")) == []
    assert names(official("攸县", "post_manager")) == []
    assert names(official("株洲"), region=LILING) == ["演示机械2有限公司"]


def test_search_by_name_initials_and_code(firm: Any, official: Any) -> None:
    firm(1, name="演示(株洲)轴承有限公司")
    firm(2, name="演示ABC电子有限公司")
    actor = official("攸县")
    for text in ("轴承", "（株洲）", "(株洲)", "ZZCYXGS", code(number=1)[:10].lower(), "zhou" if False else "zzcy"):
        found = names(actor, text=text)
        assert "演示（株洲）轴承有限公司" in found, text
    assert names(actor, text="abc") == ["演示ABC电子有限公司"]
    assert names(actor, text="没有这家") == []
    assert len(names(actor, text="%")) == 0
    assert len(names(actor, text="")) == 2


@pytest.mark.parametrize("text", ["机械", "演示机械", "ysjx", "机械1号", "91430"])
def test_search_uses_the_index_from_two_characters_on(firm: Any, text: str) -> None:
    for number in range(1, 4):
        firm(number)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = search(Enterprise.objects.order_by(), text).explain()
    assert "Bitmap Index Scan on enterprise_words" in plan


def test_search_needs_no_index_for_one_character_and_finds_parts_only(firm: Any) -> None:
    firms = [firm(number) for number in range(1, 4)]
    name = firms[0].name
    assert set(search(Enterprise.objects.all(), name[0])) >= {firms[0]}
    assert firms[0] in search(Enterprise.objects.all(), name[1:3])
    assert not search(Enterprise.objects.all(), name[2] + name[0]).filter(pk=firms[0].pk) or name[2] + name[0] in name
    assert not search(Enterprise.objects.all(), "没有这家").exists()
    assert not search(Enterprise.objects.all(), "%_").exists()


def test_the_page_and_its_export(firm: Any, browse: Any, official: Any, admin_of: Any) -> None:
    firm(1)
    firm(2, region_id=LILING)
    client = browse(official("株洲"))
    text = client.get("/enterprises/list/").content.decode()
    assert "演示机械1有限公司" in text
    assert "2 家" in text
    for query in ("?q=机械2", f"?region={YOUXIAN}", "?state=closed", "?members=none", "?page=99", "?region=x&state=y"):
        assert client.get(f"/enterprises/list/{query}").status_code == 200
    book = book_of(client.get("/enterprises/list/export/"))
    flat = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    assert code(number=1) in flat
    assert "13800001111" not in flat
    county = browse(official("攸县"))
    asked = book_of(county.get("/enterprises/list/export/"))
    assert "13800001111" not in [cell.value for row in asked.worksheets[0].iter_rows() for cell in row]
    assert county.post("/enterprises/list/export/", {"reason": "  "}).status_code == 403
    assert not RevealEvent.objects.exists()
    own = book_of(county.post("/enterprises/list/export/", {"reason": "通知企业补正"}))
    assert "13800001111" in [cell.value for row in own.worksheets[0].iter_rows() for cell in row]
    event = RevealEvent.objects.get()
    assert (event.kind, event.field, event.rows, event.reason) == ("export", "enterprises.list", 1, "通知企业补正")
    assert "13800001111" not in [
        cell.value
        for row in book_of(client.post("/enterprises/list/export/", {"reason": "查看"})).worksheets[0].iter_rows()
        for cell in row
    ]
    assert browse(admin_of(Enterprise.objects.first())).get("/enterprises/list/").status_code == 403


def test_the_list_costs_the_same(firm: Any, browse: Any, official: Any, flat: Any) -> None:
    client = browse(official("株洲"))
    numbers = iter((1, 2, 3))
    flat(add_row=lambda: firm(next(numbers)), act=lambda: client.get("/enterprises/list/"), own=3)
    more = iter((4, 5, 6))
    flat(add_row=lambda: firm(next(more)), act=lambda: client.get("/enterprises/list/export/"), own=2)


def test_contacts_are_masked_above_and_a_look_is_recorded(firm: Any, browse: Any, official: Any, admin_of: Any) -> None:
    enterprise = firm()
    address = f"/enterprises/firm/{enterprise.pk}/"
    assert "13800001111" in browse(official("攸县")).get(address).content.decode()
    above = browse(official("株洲"))
    for page in ("", "basic/"):
        assert "13800001111" not in above.get(f"{address}{page}").content.decode()
        assert "demo@example.com" not in above.get(f"{address}{page}").content.decode()
    asked = {"field": "enterprise.contact_phone", "pk": enterprise.pk}
    assert "13800001111" in above.post("/accounts/reveal/", asked).content.decode()
    assert Decision.objects.filter(action="enterprise.reveal_contact").count() == 1
    event = RevealEvent.objects.get()
    assert (event.subject_kind, event.subject_id, event.field) == ("enterprise", enterprise.pk, asked["field"])
    assert browse(official("醴陵")).post("/accounts/reveal/", asked).status_code == 403
    assert browse(official("攸县")).post("/accounts/reveal/", asked).status_code == 200
    assert browse(admin_of(enterprise)).post("/accounts/reveal/", asked).status_code == 200
    assert RevealEvent.objects.count() == 1, "whoever sees it anyway leaves no trace"
