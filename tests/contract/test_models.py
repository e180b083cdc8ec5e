"""The models' own rules: names people read, an order, no record that vanishes with a person, money in decimals."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from tests.contract.source import FLOORS

OURS = [model for model in apps.get_models() if model._meta.app_label in FLOORS]
#: Parts that go with their whole. A whole is itself never deleted by the portal; these say which rows have no life of their own.
PARTS = {
    "accounts.BureauPath.bureau",
    "accounts.BureauHands.bureau",
    "accounts.PasswordReset.user",
    "accounts.RecoveryCode.user",
    "notifications.Preference.user",
    "notifications.InboxRead.user",
}
"""The only rows that may go with a person or a bureau: derived paths, settings, one-time codes, ticks."""
PEOPLE = {"accounts.User", "accounts.Bureau", "enterprises.Enterprise"}


def _links(model: type[models.Model]) -> list[models.ForeignKey]:
    found = [field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)]
    return [field for field in found if field.model is model]


def _name(field: models.Field) -> str:
    return f"{field.model._meta.label}.{field.name}"


def test_every_model_has_a_chinese_name_and_an_order() -> None:
    bare = [
        model.__name__
        for model in OURS
        if not any("一" <= letter <= "鿿" for letter in str(model._meta.verbose_name))
        or not (model._meta.ordering or model.__name__ == "Installation")  # a single row
    ]
    assert bare == []


def test_no_record_vanishes_with_a_person_a_bureau_or_a_firm() -> None:
    """Accountability is RESTRICT or PROTECT (peers: les-emplois); rows of the firm's own room are parts of the firm."""
    gone = {
        _name(field)
        for model in OURS
        for field in _links(model)
        if field.remote_field.on_delete is models.CASCADE and field.related_model._meta.label in PEOPLE
    }
    parts_of_the_firm = {
        name for name in gone if name.startswith("enterprises.") and name.endswith((".enterprise", ".profile"))
    }
    assert gone - parts_of_the_firm == PARTS


def test_what_cascades_stays_inside_its_room() -> None:
    across = [
        _name(field)
        for model in OURS
        for field in _links(model)
        if field.remote_field.on_delete is models.CASCADE
        and field.related_model._meta.app_label != model._meta.app_label
        and _name(field) not in PARTS
    ]
    assert across == []


def test_decisions_and_what_they_prove_are_never_deleted_along() -> None:
    kinds = {"journal.Decision", "documents.StoredFile", "documents.FrozenDocument", "journal.OutboxMessage"}
    loose = [
        _name(field)
        for model in OURS
        for field in _links(model)
        if field.related_model._meta.label in kinds
        and field.remote_field.on_delete not in (models.RESTRICT, models.PROTECT)
    ]
    assert loose == []


def test_no_binary_fractions_and_money_has_two_places() -> None:
    floats = [_name(field) for model in OURS for field in model._meta.fields if isinstance(field, models.FloatField)]
    assert floats == []
    rough = [
        _name(field)
        for model in OURS
        for field in model._meta.fields
        if isinstance(field, models.DecimalField)
        and (field.decimal_places or 0) < 2
        and "万元" in str(field.verbose_name)
    ]
    assert rough == []


def test_constraints_speak_to_people() -> None:
    """A rule of the database repeats one of ours; who runs into it reads a sentence, not the name of an index."""
    mute = [
        f"{model._meta.label}: {constraint.name}"
        for model in OURS
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint) and not _speaks(constraint)
    ]
    assert mute == []


def _speaks(constraint: models.BaseConstraint) -> bool:
    return any("一" <= letter <= "鿿" for letter in str(constraint.violation_error_message))
