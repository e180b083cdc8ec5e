"""How forms are drawn: our templates first, Bootstrap's class names on every control, the unit beside a figure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

_CHECKS = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)
_SELECTS = (forms.Select,)
_PLAIN = (forms.HiddenInput, forms.MultipleHiddenInput)


def control_class(widget: forms.Widget) -> str:
    """The class a control wears: ``form-check-input``, ``form-select`` or ``form-control``; hidden inputs wear none."""
    if isinstance(widget, _PLAIN):
        return ""
    if isinstance(widget, _CHECKS):
        return "form-check-input"
    if isinstance(widget, _SELECTS):
        return "form-select"
    return "form-control"


class Field(BoundField):
    """A bound field that adds the look's class to the widget's own and knows its unit."""

    def build_widget_attrs(self, attrs: dict[str, Any] | None, widget: forms.Widget | None = None) -> dict[str, Any]:
        """Attributes of the control; a class set by the form or its widget is kept and follows ours."""
        drawn = widget or self.field.widget
        built = super().build_widget_attrs(attrs or {}, drawn)
        worn = [control_class(drawn), str(drawn.attrs.get("class", "")), str(built.get("class", ""))]
        own = " ".join(filter(None, worn))
        if own:
            built["class"] = own
        return built

    @property
    def unit(self) -> str:
        """Unit shown beside the control (``万元``), from the form field's attribute ``unit``; '' without one."""
        return getattr(self.field, "unit", "")

    @property
    def is_single_check(self) -> bool:
        """One checkbox: its label stands after it."""
        return isinstance(self.field.widget, forms.CheckboxInput)


class Renderer(TemplatesSetting):
    """``FORM_RENDERER``: templates/django/forms before Django's own, bound fields of the class above."""

    bound_field_class = Field


def form_errors(form: forms.BaseForm) -> Iterable[tuple[str, str, str]]:
    """(address of the field or '', its label, message) of every error of a form, in the order of its fields."""
    for message in form.non_field_errors():
        yield "", "", str(message)
    for bound in form:
        for message in bound.errors:
            group = getattr(bound.field.widget, "use_fieldset", False) and bound.auto_id
            yield (f"{bound.auto_id}_group" if group else bound.id_for_label), str(bound.label), str(message)
