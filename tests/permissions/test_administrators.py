"""System, audit and security administrators run the machine and see no business content (A.4)."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from enterprises.models import Enterprise
from foundation.accounts.models import User
from portal.documentation import routes
from tests.permissions.table import ADMINS, EVERYONE
from tests.permissions.test_routes import TABLE, Answers
from tests.permissions.town import BACKEND, Town

BUSINESS = ("enterprises", "cultivation", "reviews", "monitoring", "documents")
#: Addresses of these rooms that answer everybody, and why that shows nothing.
HARMLESS = {
    "enterprises:home": "says that this hat has no firm",
    "enterprises:overview": "leads to the page above",
    "enterprises:my_requests": "one's own claims, of which there are none",
    "enterprises:invitation": "whoever holds the link",
    "monitoring:mine": "leads home",
    "reviews:mine": "leads home",
    "reviews:blank_form": "an empty form for print",
}


def test_no_page_of_a_business_room_opens_for_them() -> None:
    public = {route.name for route in routes() if route.public}
    open_to = {
        row["route"]
        for row in TABLE
        for cell in (row["get"], row["post"])
        if row["route"].partition(":")[0] in BUSINESS
        for answers in [Answers.read(cell)]
        if answers is not None and any(answers.of(role) not in (403, 404) for role in ADMINS)
    }
    assert open_to - public - HARMLESS.keys() == set()


@pytest.mark.parametrize("role", ADMINS)
def test_no_page_they_may_open_names_a_firm(town: Town, role: str) -> None:
    names = set(Enterprise.objects.values_list("name", flat=True))
    assert len(names) > 5
    things, actor = town.things(), town.asked(role, "county")
    client, visitor = town.browser(actor), Client()  # what every visitor reads (the roster) is no secret
    read, naming = 0, []
    for row in TABLE:
        answers = Answers.read(row["get"])
        if answers is None or answers.of(role) != 200 or row["route"] in ("enterprises:invitation",):
            continue
        address = reverse(row["route"], kwargs=things[row["about"]].own(actor))
        text, told = client.get(address).content.decode(), visitor.get(address).content.decode()
        read += 1
        naming += [f"{row['route']} names {name}" for name in names if name in text and name not in told]
    assert read > 15
    assert naming == []


# ---- Django's own administration ------------------------------------------------------------------------------


def _models_with_a_state() -> list[type]:
    return [model for model in admin.site._registry if any(field.name == "state" for field in model._meta.get_fields())]


def test_rows_with_a_state_are_never_changed_in_the_administration(rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = User(username="root", is_staff=True, is_superuser=True)
    assert _models_with_a_state()
    open_doors = [
        model.__name__
        for model in _models_with_a_state()
        for one in [admin.site._registry[model]]
        if one.has_add_permission(request) or one.has_change_permission(request) or one.has_delete_permission(request)
    ]
    assert open_doors == []


@pytest.mark.parametrize("role", EVERYONE)
def test_the_administration_is_closed_to_every_hat(town: Town, role: str) -> None:
    """Its pages show rows of every room: only somebody the installation marks as staff enters, whatever the hat."""
    actor = town.asked(role, "county")
    response = town.browser(actor).get("/admin/")
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/admin/login/")


def test_no_act_of_the_portal_makes_anybody_staff(town: Town) -> None:
    assert not User.objects.filter(is_staff=True).exists()
    assert not User.objects.filter(is_superuser=True).exists()


def test_staff_reads_without_changing(town: Town) -> None:
    user = User.objects.create(username="asked-staff", name="值班", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user, BACKEND)
    assert client.get("/admin/").status_code == 200
    for model in _models_with_a_state():
        meta = model._meta
        base = f"admin:{meta.app_label}_{meta.model_name}"
        assert client.get(reverse(f"{base}_changelist")).status_code == 200, base
        assert client.get(reverse(f"{base}_add")).status_code == 403, base
