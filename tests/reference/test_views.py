"""Public pickers and the page of regions; nobody has to sign in."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from foundation.reference import regions
from foundation.reference.models import WorkdayAdjustment

pytestmark = pytest.mark.usefixtures("reference_data")


def test_industry_search(client: Client, queries: Any) -> None:
    url = reverse("reference:industry_search")
    client.get(url, {"q": "3711"})
    answer = client.get(url, {"q": "3711"}).json()["results"]
    assert answer[0] == {
        "code": "3711",
        "name": "高铁车组制造",
        "level": "小类",
        "size_group": "工业",
        "size_note": "",
    }
    notes = {row["code"]: row["size_note"] for row in client.get(url, {"q": "房地产业"}).json()["results"]}
    assert notes["70"] == "需选到更细的行业"
    assert client.get(url).json() == {"results": []}
    assert client.get(url, {"q": "业"}).json()["results"].__len__() == 20
    assert client.post(url).status_code == 405


def test_industry_search_costs_the_same_for_many_hits(client: Client, queries: Any) -> None:
    url = reverse("reference:industry_search")
    with queries.record() as one:
        client.get(url, {"q": "3711"})
    with queries.record() as many:
        client.get(url, {"q": "制造"})
    assert len(one) == len(many)


def test_region_children(client: Client) -> None:
    url = reverse("reference:region_children")
    provinces = client.get(url).json()
    assert [row["name"] for row in provinces["results"]] == ["湖南省", "四川省"]
    in_2018 = client.get(url, {"code": "430200", "on": "2018-03-10"}).json()
    assert in_2018["parent"]["name"] == "株洲市"
    assert {"id": 430212, "code": "430221", "name": "株洲县", "kind": "县", "zone": False} in in_2018["results"]
    xiangtan = client.get(url, {"code": "430300"}).json()["results"]
    assert sum(row["zone"] for row in xiangtan) == 3
    assert not any(row["zone"] for row in client.get(url, {"code": "430300", "zones": "0"}).json()["results"])


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({"code": "430200", "on": "2018-02-30"}, 400, "2018-02-30"),
        ({"code": "430200", "on": "1900-01-01"}, 400, "不能早于"),
        ({"code": "000000"}, 404, "000000"),
    ],
)
def test_region_children_say_what_is_wrong(client: Client, query: dict[str, str], status: int, said: str) -> None:
    answer = client.get(reverse("reference:region_children"), query)
    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_the_page_shows_the_names_of_the_day(client: Client) -> None:
    url = reverse("reference:regions")
    page = client.get(url, {"on": "2018-03-10"}).content.decode()
    before_the_changes = page.split("名称与代码的变更")[0]
    assert "株洲县" in before_the_changes
    assert "渌口区" not in before_the_changes
    assert "请核对" in page
    assert "统计用区" in page


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(client: Client) -> None:
    answer = client.get(reverse("reference:regions"), {"on": "昨天"})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert 'value="昨天"' in text
    assert "读不懂" in text


def test_the_page_of_regions_does_not_ask_per_row(client: Client, queries: Any) -> None:
    url = reverse("reference:regions")
    client.get(url)
    with queries.record() as seen:
        client.get(url)
    assert sum("reference_" in line for line in seen) == 1


def test_an_empty_table_says_what_to_do(client: Client) -> None:
    from foundation.reference.models import RegionName

    RegionName.objects.all().delete()
    regions.forget()
    assert "load_reference" in client.get(reverse("reference:regions")).content.decode()


def test_the_admin_only_reads_what_comes_from_files(rf: RequestFactory) -> None:
    editable = {"WorkdayAdjustment", "ProvincialAverage"}
    request = rf.get("/")

    class Almighty:
        is_active = is_staff = is_superuser = True

        def has_perm(self, name: str) -> bool:
            return True

    request.user = Almighty()  # type: ignore[assignment]
    ours = {m: a for m, a in admin.site._registry.items() if m._meta.app_label == "reference"}
    assert len(ours) == 8
    for model, page in ours.items():
        allowed = {
            page.has_add_permission(request),
            page.has_change_permission(request),
            page.has_delete_permission(request),
        }
        assert allowed == {model.__name__ in editable}, model
    days = ours[WorkdayAdjustment]
    assert not days.has_change_permission(request, WorkdayAdjustment.objects.first())
    assert not days.has_delete_permission(request, WorkdayAdjustment.objects.first())
