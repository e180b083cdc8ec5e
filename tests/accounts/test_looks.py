"""Masked personal data: who sees it, a look is recorded, reasons, the two logs, the privacy notice (B.1 7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from foundation.accounts import kept_logs, privacy
from foundation.accounts.may import rule
from foundation.accounts.models import Bureau, PrivacyConsent, RevealEvent, SignInEvent, User
from foundation.accounts.roles import Role
from foundation.accounts.tasks import run_new_day
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.core.text import mask_phone, mask_phones
from foundation.core.verdict import no, ok
from foundation.journal.models import Decision
from tests.accounts.world import World

FIELD = "test.bureau_phone"
LOOK = "/accounts/reveal/"
NUMBER = "0731-22881234"


@pytest.fixture(autouse=True)
def field(monkeypatch: pytest.MonkeyPatch) -> None:
    """A personal field of a bureau: the bureau itself sees it, 经办 of the bureau above may look."""
    from foundation.accounts import may

    monkeypatch.setattr(privacy.fields, "_rows", dict(privacy.fields._rows))
    monkeypatch.setattr(may.rules, "_rows", dict(may.rules._rows))

    @rule("test.look", label="查看", roles={Role.HANDLER})
    def look(actor: Any, bureau: Bureau) -> Any:
        return ok() if any(actor.hat.paths) and actor.level == "prefecture" else no("只有上级能看。")

    privacy.register(
        FIELD, label="联系电话", model=Bureau, mask=mask_phone, read=lambda bureau: bureau.contact_phone,
        action="test.look", handles=lambda actor, bureau: actor.bureau_id == bureau.pk,
    )  # fmt: skip


@pytest.fixture
def county(world: World) -> Bureau:
    bureau = world.bureaus["ty"]
    bureau.contact_phone = NUMBER
    bureau.save()
    return bureau


def asked(bureau: Bureau, **more: str) -> dict[str, Any]:
    return {"field": FIELD, "pk": bureau.pk, **more}


# ---- masks -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("plain", "masked"),
    [
        ("13812345678", "138****5678"),
        ("0731-22881234", "0731-****1234"),
        ("13812345678、0731-22881234", "138****5678、0731-****1234"),
        ("张三 13812345678（转5）", "张三 138****5678（转5）"),
        ("", ""),
        ("无", "无"),
        ("12345678", "12****78"),
    ],
)
def test_every_number_of_a_cell_is_masked(plain: str, masked: str) -> None:
    assert mask_phones(plain) == masked


# ---- a look ------------------------------------------------------------------------------------------------
def test_who_sees_what(world: World, county: Bureau) -> None:
    known = privacy.fields[FIELD]
    assert known.shown(world.actor("ty_handler"), county) == NUMBER
    for who in ("zz_handler", "hn_handler", "lk_handler", "audit_admin"):
        assert known.shown(world.actor(who), county) == "0731-****1234"


def test_a_look_is_a_post_and_written_down(world: World, county: Bureau, sign_in) -> None:
    client = sign_in(world.people["zz_handler"])
    page = client.get(LOOK, asked(county)).content.decode()
    assert NUMBER not in page
    assert "0731-****1234" in page
    assert not RevealEvent.objects.exists(), "asking shows and writes nothing"
    answer = client.post(LOOK, asked(county, reason="电话核实"))
    assert answer.status_code == 200
    assert NUMBER in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    event = RevealEvent.objects.get()
    assert (event.kind, event.actor_name, event.hat_label) == (
        "reveal",
        "演示zz_handler",
        "株洲市经信委（测试） · 经办",
    )
    assert (event.field, event.subject_kind, event.subject_id, event.reason) == (FIELD, "bureau", county.pk, "电话核实")
    assert (event.user_id, event.bureau_id) == (world.people["zz_handler"].pk, world.bureaus["zz"].pk)
    assert event.address == "127.0.0.1"
    assert NUMBER not in str(event.__dict__)
    act = Decision.objects.get(action="test.look")
    assert (act.subject_kind, act.note, act.data) == ("bureau", "电话核实", {"field": FIELD})


def test_htmx_gets_the_value_alone(world: World, county: Bureau, sign_in) -> None:
    county.contact_phone = "<b>1"
    county.save()
    answer = sign_in(world.people["zz_handler"]).post(LOOK, asked(county), headers={"HX-Request": "true"})
    assert answer.content.decode() == '<span class="revealed">&lt;b&gt;1</span>'


def test_whoever_sees_it_anyway_leaves_no_trace(world: World, county: Bureau, sign_in) -> None:
    assert NUMBER in sign_in(world.people["ty_handler"]).post(LOOK, asked(county)).content.decode()
    assert not RevealEvent.objects.exists()


@pytest.mark.parametrize("who", ["zz_signer", "lk_handler", "hn_handler", "audit_admin", "security_admin"])
def test_a_look_by_somebody_else_is_refused(world: World, county: Bureau, sign_in, who: str) -> None:
    client = sign_in(world.people[who])
    for answer in (client.get(LOOK, asked(county)), client.post(LOOK, asked(county))):
        assert answer.status_code == 403
        assert NUMBER not in answer.content.decode()
    with pytest.raises(Refused):
        privacy.reveal(actor=world.actor(who), name=FIELD, pk=county.pk)
    assert not RevealEvent.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{}, {"field": "no.such"}, {"pk": "0"}, {"pk": "x"}, {"pk": "99999999999999999999"}, {"field": "x" * 99}]
)
def test_nonsense_is_not_found(world: World, county: Bureau, sign_in, wrong: dict) -> None:
    data = {**asked(county), **wrong} if wrong else {}
    assert sign_in(world.people["zz_handler"]).post(LOOK, data).status_code == 404


def test_a_reason_where_the_setting_asks_for_one(world: World, county: Bureau, sign_in, settings) -> None:
    settings.REVEAL_REASON = "required"
    client = sign_in(world.people["zz_handler"])
    refused = client.post(LOOK, asked(county, reason="  "))
    assert refused.status_code == 422
    assert NUMBER not in refused.content.decode()
    assert client.post(LOOK, asked(county, reason="x" * 201)).status_code in (404, 422)
    assert not RevealEvent.objects.exists()
    assert NUMBER in client.post(LOOK, asked(county, reason="核实")).content.decode()


def test_visitors_are_led_to_the_door(county: Bureau, client: Client) -> None:
    assert client.post(LOOK, asked(county)).status_code == 302


# ---- the log -----------------------------------------------------------------------------------------------
def look(world: World, who: str = "zz_handler", **values: Any) -> RevealEvent:
    return privacy.note(
        values.pop("kind", "reveal"), actor=world.actor(who), field=FIELD, subject_kind="bureau", subject_id=7, **values
    )


def test_the_audit_administrator_reads_filters_and_exports(world: World, sign_in) -> None:
    look(world, reason='=HYPERLINK("x")')
    look(world, who="cd_handler", kind="export", rows=12, reason="通知补正")
    client = sign_in(world.people["audit_admin"])
    page = client.get("/accounts/looks/").content.decode()
    assert "演示zz_handler" in page
    assert "联系电话" in page
    assert "主管部门 7" in page
    for query, shown in (
        ("kind=export", "演示cd_handler"),
        ("q=成都", "演示cd_handler"),
        ("q=演示cd_handler", "演示cd_handler"),
    ):
        text = client.get(f"/accounts/looks/?{query}").content.decode()
        assert shown in text
        assert "演示zz_handler" not in text
    for query in ("from=2099-01-01", "subject=8", "subject=99999999999999999999", "from=x&to=2018-13-01&kind=y&page=z"):
        assert client.get(f"/accounts/looks/?{query}").status_code == 200
    sheet = b"".join(client.post("/accounts/looks/export/", {"kind": ""}).streaming_content).decode()
    assert sheet.startswith("﻿时间,方式")
    assert sheet.count("\n") == 3
    assert "'=HYPERLINK" in sheet, "no cell begins a formula"
    assert Decision.objects.get(action="reveal.export").data == {"rows": 2, "log": "查看记录"}
    filtered = b"".join(client.post("/accounts/looks/export/", {"kind": "export"}).streaming_content).decode()
    assert filtered.count("\n") == 2
    signed = b"".join(client.post("/accounts/sign-ins/export/", {}).streaming_content).decode()
    assert "登录" in signed


@pytest.mark.parametrize("who", ["zz_handler", "security_admin", "system_admin", "zz_post_manager"])
def test_nobody_else_reads_it(world: World, sign_in, who: str) -> None:
    client = sign_in(world.people[who])
    assert client.get("/accounts/looks/").status_code == 403
    assert client.post("/accounts/looks/export/").status_code == 403
    assert client.post("/accounts/sign-ins/export/").status_code == 403


def test_the_log_costs_the_same(world: World, sign_in, queries, frame) -> None:
    client = sign_in(world.people["audit_admin"])
    queries.flat(add_row=lambda: look(world), act=lambda: client.get("/accounts/looks/"), expected=frame(client) + 3)


@pytest.mark.parametrize("table", kept_logs.TABLES)
def test_both_logs_are_only_written(world: World, table: str) -> None:
    look(world)
    SignInEvent.objects.create(at=real_now(), kind="failed", username="x", user=world.people["zz_handler"])
    for sql in (f"UPDATE {table} SET at = now()", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="只增不改"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET user_id = NULL")


def old(world: World, days: int) -> None:
    at = real_now() - dt.timedelta(days=days)
    RevealEvent.objects.create(at=at, kind="reveal", actor_name=str(days), hat_label="x", field="x", subject_kind="x")
    SignInEvent.objects.create(at=at, kind="failed", username=str(days))


def test_rows_go_when_their_time_is_over_and_never_before_six_months(world: World, settings) -> None:
    for days in (1, 182, 184, 365, 367):
        old(world, days)
    run_new_day()
    assert set(RevealEvent.objects.values_list("actor_name", flat=True)) == {"1", "182", "184", "365"}
    settings.SIGN_IN_LOG_DAYS = settings.REVEAL_LOG_DAYS = 0
    assert kept_logs.delete_old() == (2, 2)
    assert set(SignInEvent.objects.values_list("username", flat=True)) == {"1", "182"}


# ---- the privacy notice ------------------------------------------------------------------------------------
def test_it_says_what_why_how_long_and_who(client: Client, db: None, settings) -> None:
    settings.REVEAL_LOG_DAYS = 400
    text = client.get("/privacy/").content.decode()
    for words in (settings.PRIVACY_VERSION, "为什么", "保存多久", "谁能看到", "400 天"):
        assert words in text


def test_a_new_version_is_shown_to_those_who_accepted_an_older_one(world: World, client: Client, settings) -> None:
    user = world.people["ty_handler"]
    client.force_login(user)
    assert client.get("/accounts/me/").status_code == 200, "nobody who never accepted one is held up"
    client.post("/accounts/me/privacy/")
    assert User.objects.get(pk=user.pk).privacy_version == settings.PRIVACY_VERSION
    assert PrivacyConsent.objects.get().address == "127.0.0.1"
    client.post("/accounts/me/privacy/")
    assert PrivacyConsent.objects.count() == 1
    assert Decision.objects.filter(action="privacy.accept").count() == 1
    settings.PRIVACY_VERSION = "2099-01"
    led = client.get("/accounts/posts/")
    assert led["Location"] == "/accounts/me/privacy/?next=%2Faccounts%2Fposts%2F"
    assert "2099-01" in client.get(led["Location"]).content.decode()
    assert client.post("/accounts/me/privacy/", {"next": "/accounts/posts/"})["Location"] == "/accounts/posts/"
    assert client.get("/accounts/posts/").status_code == 200
    assert set(PrivacyConsent.objects.values_list("version", flat=True)) == {"2026-11", "2099-01"}
