"""The demo: built once through the acts of users, in the conditions the county is to see, the same for the same seed."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from stdnum.cn import uscc

from cultivation.models import Notice, NoticeReceipt
from enterprises.models import Enterprise
from foundation.accounts.models import User
from foundation.core.clock import business_today
from foundation.core.models import Installation
from foundation.duties.models import Obligation
from foundation.journal import chain
from foundation.journal.models import OutboxMessage
from foundation.notifications import delivery
from portal.rehearsal import calendar, firms, people
from portal.rehearsal.accounts import featured
from reviews.models import Application, Dispatch


def run(*args: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


class TestFirms:
    """Pure: codes, names, the seed."""

    def test_the_same_seed_makes_the_same_firms(self) -> None:
        one, two, other = firms.Maker(7), firms.Maker(7), firms.Maker(8)
        rows = [[firms.as_rows(maker.firm(people.TIANYUAN, "met")) for _ in range(20)] for maker in (one, two, other)]
        assert rows[0] == rows[1]
        assert rows[0] != rows[2]

    def test_codes_are_valid_and_cannot_be_a_real_firms(self) -> None:
        maker = firms.Maker(1)
        made = [maker.firm(place, "met") for place in (people.TIANYUAN, people.JINJIANG) for _ in range(40)]
        assert len({firm.uscc for firm in made}) == len({firm.name for firm in made}) == 80
        for firm in made:
            assert uscc.is_valid(firm.uscc)
            assert firm.uscc[8:10] == "DX"
            assert "示范" in firm.name
            assert firm.name.endswith("（演示）")


@pytest.mark.django_db
class TestStages:
    """One stage after the other."""

    def test_filing(self, foundations: None) -> None:
        out = run("demo", stage="filing", seed=3)
        assert "演示数据已建好（阶段 filing，种子 3）" in out
        assert business_today() == calendar.TODAY
        assert Installation.load().is_rehearsal
        states = Counter(Application.objects.values_list("state", flat=True))
        assert set(states) == {"draft", "submitted"}
        assert Notice.objects.filter(state="published", parent=None).count() == 2
        forward = Notice.objects.get(bureau__short_name="株洲市经信委", state="published")
        assert "中间只有 0 个工作日" in forward.warning, "16 March equals the province's date (ZZ-06)"
        assert NoticeReceipt.objects.filter(notice=forward).count() == 6
        assert Obligation.objects.filter(kind="cultivation.sign_for_notice", status="open").exists()
        for code in ("filing", "county", "dispatch"):
            assert "保持不变" in run("demo", stage=code), "a second run changes nothing"
        table = run("demo_accounts")
        assert "demo-ty" in table
        assert people.PASSWORD in table
        assert {account.user.username for account in featured()} >= {"demo-hn", "demo-firm-hn", "demo-sysadmin"}

    def test_dispatch_stage_holds_a_queue_in_every_condition_and_sealed_lists(
        self, foundations: None, client: Any, queries: Any
    ) -> None:
        run("demo", stage="dispatch", seed=1)
        queue = Application.objects.filter(bureau__short_name="天元区经科局").exclude(state="draft")
        assert queue.count() >= 46
        states = set(queue.values_list("state", flat=True))
        assert states == {"submitted", "recommended", "returned", "refused", "withdrawn"}
        outcomes = Counter(file.listing["outcome"] for file in queue)
        assert {"not_met", "undetermined", "needs_judgement"} <= set(outcomes)
        checks = Counter(file.checks.exists() for file in queue.filter(state="submitted"))
        assert checks[True] > 10
        assert checks[False] > 10
        assert queue.filter(checks__checked_on=calendar.STALE_CHECK).exists()

        sent = Dispatch.objects.filter(state="sent")
        assert {row.to_bureau.short_name for row in sent} == {"株洲市经信委", "成都市经济和信息化委"}
        assert sent.count() == 5
        assert {row.document.state for row in sent.select_related("document") if row.document} == {"sealed"}
        assert Dispatch.objects.get(from_bureau__short_name="天元区经科局").state == "draft"

        assert list(chain.check()) == []
        while delivery.open_batch():
            pass
        assert not OutboxMessage.objects.filter(state="failed").exists()
        for username, text in (("demo-ty", "份材料待初审"), ("demo-zz", "报来汇总表，待接收"), ("demo-hn", "，您好")):
            client.force_login(User.objects.get(username=username))
            client.get("/")  # what is read once per process
            with queries.record() as seen:
                assert text in client.get("/").content.decode()
            assert len(seen) <= 22, "\n".join(seen)
        client.force_login(User.objects.get(username="demo-firm-hn"))
        assert client.get("/")["Location"] == reverse("enterprises:home")


@pytest.mark.django_db
def test_refused_where_real_firms_are(foundations: None, monkeypatch: Any) -> None:
    from foundation.core.registries import real_data_probes

    monkeypatch.setitem(real_data_probes._rows, "企业", lambda: True)
    with pytest.raises(CommandError, match="不能改为演练库"):
        run("demo", stage="filing")
    assert not Installation.load().is_rehearsal
    assert not User.objects.exists()
    assert not Enterprise.objects.exists()


@pytest.mark.django_db
def test_refused_where_somebody_has_a_real_account(foundations: None) -> None:
    User.objects.create_user("real", name="真实人员")
    with pytest.raises(CommandError, match="已有正式账号"):
        run("demo", stage="filing")
    assert not Installation.load().is_rehearsal


@pytest.mark.django_db
def test_no_accounts_to_print_outside_a_rehearsal() -> None:
    assert "没有演示账号" in run("demo_accounts")
