"""What the writer of a file types: answers to the programme's questions, the commitment, the start of a paper filing.

Answers are read one by one, so that autosave takes what is right and tells what is wrong. Text that cannot be read is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.utils import ErrorDict

from cultivation.models import Round
from cultivation.schema import Programme
from cultivation.schema.checks import FileQuestion
from enterprises.fields import parse_count
from enterprises.models import Enterprise
from foundation.core.clock import business_today
from foundation.core.money import parse_wan
from reviews.draft import UNREADABLE
from reviews.models import Application, Commitment

NEED_PARTS = (
    ("amount", "金额", "万元"),
    ("use", "用途", ""),
    ("term_months", "期限", "个月"),
    ("collateral", "可提供的担保", ""),
)
"""Parts of a financing need (HN-10)."""
_LONGEST = 200


def parse_answer(programme: Programme, name: str, raw: Any) -> Any:
    """The value of a field as typed, None for an empty one; raises ValueError with a sentence, KeyError for an unknown field."""
    whole, _, part = name.partition(".")
    question = next((item for item in programme.questions if item.fact == whole), None)
    if question is None:
        raise KeyError(name)
    if question.type == "activity_categories":
        return _categories(programme, raw)
    if question.type == "count":
        return parse_count(raw)
    return _need(part, raw)


def _categories(programme: Programme, raw: Any) -> list[str]:
    picked = {raw} if isinstance(raw, str) else set(raw or [])
    known = [item.code for item in programme.activity_categories]
    if not picked - {"", "on"} <= set(known):
        raise ValueError("请从列表中选择。")
    return [code for code in known if code in picked]


def _need(part: str, raw: Any) -> str | int | None:
    text = str(raw or "").strip()
    if part == "amount":
        amount = parse_wan(text)
        if amount is not None and amount < 0:
            raise ValueError("金额不能是负数。")
        return None if amount is None else str(amount)
    if part == "term_months":
        months = parse_count(text.removesuffix("月").removesuffix("个"))
        if months is not None and not 1 <= months <= 600:
            raise ValueError("期限应为1至600个月。")
        return months
    if part not in {"use", "collateral"}:
        raise KeyError(part)
    if len(text) > _LONGEST:
        raise ValueError(f"最多{_LONGEST}个字，现在是{len(text)}个。")
    return text or None


def read_answers(
    programme: Programme, fields: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """Changes to save, text that could not be read, and the error beside each; unknown names are passed over."""
    changes: dict[str, Any] = {}
    unreadable: dict[str, str] = {}
    errors: dict[str, str] = {}
    for name, raw in fields.items():
        try:
            changes[name] = parse_answer(programme, name, raw)
        except KeyError:
            continue
        except ValueError as error:
            errors[name] = str(error)
            unreadable[name] = str(raw)[:_LONGEST]
    return changes, unreadable, errors


class AnswersForm(forms.Form):
    """The questions of the programme as one form; nothing is required before submission."""

    def __init__(self, programme: Programme, file: Application, *, counts: Mapping[str, Any] | None = None) -> None:
        answers = file.answers
        typed = answers.get(UNREADABLE, {})
        super().__init__()
        self.programme = programme
        self.groups: list[tuple[FileQuestion, list[str]]] = []
        for question in programme.questions:
            names = self._add(question, answers.get(question.fact), (counts or {}).get(question.fact))
            for name in names:
                if name in typed:
                    self.initial[name] = typed[name]
            self.groups.append((question, names))
        self.problems = {name: self._problem(name, text) for name, text in typed.items() if name in self.fields}
        if self.problems:
            # Bound to nothing, the form has no errors of its own; those of an earlier autosave come back with the text.
            self._errors = ErrorDict({name: self.error_class([told]) for name, told in self.problems.items()})

    def take_back(self, typed: Any) -> None:
        """Show what was typed in a form that could not be saved; nothing is lost."""
        for name, field in self.fields.items():
            if name in typed:
                self.initial[name] = (
                    typed.getlist(name) if isinstance(field, forms.MultipleChoiceField) else typed[name]
                )

    def _problem(self, name: str, text: str) -> str:
        try:
            parse_answer(self.programme, name, text)
        except ValueError as error:
            return str(error)
        except KeyError:
            pass
        return "请重新填写。"

    def _add(self, question: FileQuestion, value: Any, listed: Any) -> list[str]:
        label = f"{question.title}（{'提交前须填' if question.required else '选填'}）"
        if question.type == "activity_categories":
            self.fields[question.fact] = forms.MultipleChoiceField(
                label=label,
                required=False,
                help_text=f"{question.help}依据：{question.clause}。",
                choices=[(item.code, item.title) for item in self.programme.activity_categories],
                widget=forms.CheckboxSelectMultiple,
            )
            self.initial[question.fact] = value or []
            return [question.fact]
        if question.type == "count":
            told = f"专利清单现为 {listed} 件。" if listed is not None else ""
            self.fields[question.fact] = _text_field(label, "件", f"{question.help}{told}", numeric=True)
            self.initial[question.fact] = "" if value is None else str(value)
            return [question.fact]
        names = []
        for part, label, unit in NEED_PARTS:
            name = f"{question.fact}.{part}"
            self.fields[name] = _text_field(label, unit, "", numeric=bool(unit))
            self.initial[name] = (value or {}).get(part, "")
            names.append(name)
        return names


def _text_field(label: str, unit: str, help_text: str, *, numeric: bool) -> forms.CharField:
    attrs = {"inputmode": "decimal", "class": "form-control w-short"} if numeric else {"maxlength": str(_LONGEST)}
    field = forms.CharField(label=label, required=False, help_text=help_text, widget=forms.TextInput(attrs=attrs))
    if unit:
        field.unit = unit  # type: ignore[attr-defined]
    return field


class StartForm(forms.Form):
    """Which rung, and by which way into it."""

    tier = forms.ChoiceField(label="申报哪一级", widget=forms.RadioSelect)

    def __init__(self, programme: Programme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"].choices = [(value, label) for value, label, _, _ in tier_choices(programme)]  # type: ignore[attr-defined]

    def picked(self) -> tuple[str, str]:
        """Tier and subtype chosen."""
        tier, _, subtype = str(self.cleaned_data["tier"]).partition(":")
        return tier, subtype


def tier_choices(programme: Programme) -> list[tuple[str, str, str, str]]:
    """(value, label, tier, subtype) of every way in, lowest rung first."""
    found = []
    for tier in sorted(programme.tiers, key=lambda item: item.rank):
        if tier.subtypes:
            found += [
                (f"{tier.code}:{way.code}", f"{tier.title} · {way.title}", tier.code, way.code) for way in tier.subtypes
            ]
        else:
            found.append((tier.code, tier.title, tier.code, ""))
    return found


class CommitmentForm(forms.Form):
    """Who signs the monitoring commitment, when, and on paper or here."""

    signer = forms.CharField(label="签署人姓名", max_length=80, help_text="法定代表人，或其授权的负责人")
    signed_on = forms.DateField(
        label="签署日期",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control w-short"}),
    )
    way = forms.ChoiceField(widget=forms.HiddenInput)
    agree = forms.BooleanField(label="我已阅读并同意上述承诺，有权代表企业签署", required=False)
    scan = forms.FileField(label="盖章扫描件", required=False, help_text="PDF、JPG 或 PNG")

    def __init__(self, way: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=None, auto_id=f"id_{way}_%s", **kwargs)
        self.initial.setdefault("way", way)
        self.initial.setdefault("signed_on", business_today())
        if way == Commitment.Way.CLICK:
            del self.fields["scan"]
            del self.fields["signed_on"]  # signed at the moment of the click
            self.fields["agree"].required = True
        else:
            del self.fields["agree"]
            self.fields["scan"].required = True
        self.fields["way"].choices = [(way, way)]  # type: ignore[attr-defined]


class OnBehalfForm(forms.Form):
    """A paper filing arrives: which firm, which round and rung, and the paper itself."""

    enterprise = forms.ModelChoiceField(label="企业", queryset=Enterprise.objects.none(), empty_label="请选择")
    round_tier = forms.ChoiceField(label="申报事项")
    paper_source = forms.FileField(
        label="纸质材料扫描件", help_text="企业盖章的申报书及附件，PDF、JPG 或 PNG，会一直附在材料上"
    )

    def __init__(self, enterprises: Any, rounds: Iterable[Round], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(enterprises)
        self.fields["round_tier"].choices = [("", "请选择")] + [  # type: ignore[attr-defined]
            (f"{item.pk}:{value}", f"{item.title} · {label}")
            for item in rounds
            for value, label, _, _ in tier_choices(item.programme)
        ]

    def offer(self, enterprises: Any) -> None:
        """The firms to choose from."""
        self.offered = enterprises
        self.fields["enterprise"].queryset = enterprises  # type: ignore[attr-defined]

    def picked(self) -> tuple[int, str, str]:
        """Round id, tier and subtype chosen."""
        pk, _, rest = str(self.cleaned_data["round_tier"]).partition(":")
        tier, _, subtype = rest.partition(":")
        return int(pk), tier, subtype
