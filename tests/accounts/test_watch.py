"""Pages of the audit and security administrators: everything that happened, nothing of what it was about."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from foundation.accounts.actions import bureaus
from foundation.accounts.transition import record_act
from foundation.journal import chain
from foundation.journal.models import Decision, JournalCheck, JournalEntry
from tests.accounts.world import World

JOURNAL = "/accounts/journal/"
SECRET = "株洲示范湘锐硬质合金有限公司"


@pytest.fixture
def acts(world: World) -> Decision:
    with transaction.atomic():
        return record_act(
            subject_kind="test_paper",
            subject_id=4711,
            subject_label=f"{SECRET} 2018",
            action="application.recommend",
            actor=world.actor("ty_signer"),
            from_state="reviewing",
            to_state="recommended",
            opinion="营业收入 12,345.67 万元，同意推荐",
            note="内部情况",
            data={"gap": "312.50"},
        )


def test_who_what_when_but_nothing_of_the_business(world: World, acts, sign_in):
    page = sign_in(world.people["audit_admin"]).get(JOURNAL).content.decode()
    assert "test_paper 4711" in page
    assert "天元区经科局（测试） · 签发" in page
    assert "演示ty_signer" in page
    assert "待入链" in page
    for hidden in (SECRET, "12,345.67", "同意推荐", "内部情况", "312.50"):
        assert hidden not in page


def test_contents_are_not_even_read(world: World, acts, sign_in, queries):
    client = sign_in(world.people["audit_admin"])
    with connection.execute_wrapper(
        lambda execute, sql, params, many, context: _no_contents(execute, sql, params, many, context)
    ):
        assert client.get(JOURNAL).status_code == 200


def _no_contents(execute, sql, params, many, context):
    for column in ('"opinion"', '"note"', '"subject_label"', '"body"'):
        assert not (column in sql and sql.startswith("SELECT")), sql
    return execute(sql, params, many, context)


def test_filters(world: World, acts, sign_in):
    bureaus.set_hands(actor=world.actor("ty_post_manager"), bureau_id=world.bureaus["ty"].pk, act="notice", hands=2)
    client = sign_in(world.people["audit_admin"])

    def count(**query):
        return len(client.get(JOURNAL, query).context["rows"])

    assert count() == 2
    assert count(kind="bureau") == 1
    assert count(kind="test_paper", subject="4711") == 1
    assert count(subject="4712") == 0
    assert count(action="bureau.set_hands") == 1
    assert count(who="签发") == 1
    assert count(who="演示ty_signer") == 1
    assert count(**{"from": "2018-01-01", "to": "2018-02-01"}) == 0
    assert count(subject="abc", **{"from": "x"}) == 2


def test_queries_stay_flat(world: World, sign_in, queries, frame):
    client = sign_in(world.people["audit_admin"])
    hands = iter([1, 2, 3, 1, 2])

    def add() -> None:
        bureaus.set_hands(
            actor=world.actor("ty_post_manager"), bureau_id=world.bureaus["ty"].pk, act="notice", hands=next(hands)
        )

    queries.flat(add_row=add, act=lambda: client.get(JOURNAL), expected=frame(client) + 7)


def test_state_of_the_chain(world: World, acts, sign_in):
    client = sign_in(world.people["audit_admin"])
    assert client.get(JOURNAL).context["unsealed"] == 1
    chain.seal()
    context = client.get(JOURNAL).context
    assert context["unsealed"] == 0
    assert context["last"].number == 1


@pytest.mark.eager
def test_a_check_passes_and_is_itself_recorded(world: World, acts, sign_in, django_capture_on_commit_callbacks):
    client = sign_in(world.people["audit_admin"])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(JOURNAL + "check/")
    row = JournalCheck.objects.get()
    assert (row.state, row.fault_count, row.entries) == ("passed", 0, 2)
    assert Decision.objects.filter(action="journal.check", actor_user_id=world.people["audit_admin"].pk).exists()
    assert "通过" in client.get(JOURNAL).content.decode()


@pytest.mark.eager
def test_a_check_that_fails_names_the_row_without_its_contents(
    world: World, acts, sign_in, django_capture_on_commit_callbacks
):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_decision DISABLE TRIGGER USER")
        cursor.execute("UPDATE journal_decision SET opinion = '不同意' WHERE id = %s", [acts.pk])
        cursor.execute("ALTER TABLE journal_decision ENABLE TRIGGER USER")
    client = sign_in(world.people["audit_admin"])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(JOURNAL + "check/")
    page = client.get(JOURNAL).content.decode()
    assert f"决定 {acts.pk}：内容与留痕不符" in page
    assert SECRET not in page


@pytest.mark.parametrize("who", ["system_admin", "security_admin", "hn_post_manager", "ty_signer"])
def test_nobody_else_has_it_checked(world: World, sign_in, who):
    assert sign_in(world.people[who]).post(JOURNAL + "check/").status_code == 403
    assert not JournalCheck.objects.exists()


def test_administrators_made_by_the_command(db, capsys):
    from django.core.management import call_command

    from foundation.accounts.models import Post, User

    call_command("create_administrators")
    told = capsys.readouterr().out
    assert Post.objects.count() == 3
    auditor = User.objects.get(username="auditor")
    once = told.split("账号 auditor，一次性密码 ")[1].split("（")[0]
    assert auditor.check_password(once)
    assert auditor.must_change_password
    assert JournalEntry.objects.count() == 6
    call_command("create_administrators")
    assert Post.objects.count() == 3
    assert capsys.readouterr().out.count("已有人担任，跳过") == 3


def test_admin_pages_are_read_only(world: World, client):
    from django.contrib import admin

    ours = [model for model in admin.site._registry if model._meta.app_label in ("accounts", "journal")]
    assert len(ours) == 13
    for model in ours:
        view = admin.site._registry[model]
        assert not view.has_add_permission(None)
        assert not view.has_change_permission(None)
        assert not view.has_delete_permission(None)


def test_administrators_reset_each_other_from_their_own_pages(world: World, sign_in):
    client = sign_in(world.people["security_admin"])
    page = client.get("/accounts/locks/").content.decode()
    auditor, system = world.people["audit_admin"], world.people["system_admin"]
    for person in (auditor, system):
        assert f"/accounts/people/{person.pk}/reset/" in page
    response = client.post(f"/accounts/people/{auditor.pk}/reset/", {"checked": "id_card", "note": "当面"})
    assert 'href="/accounts/locks/"' in client.get(response.url).content.decode()
    client.force_login(system)
    listed = client.get("/accounts/posts/").content.decode()
    assert f"/accounts/people/{world.people['security_admin'].pk}/reset/" in listed
    assert f"/accounts/people/{auditor.pk}/reset/" not in listed
