"""Forms of this room. What is allowed is decided by the actions; here are words and first checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from cultivation.actions.rounds import WindowSpec
from cultivation.models import ProgrammeVersion, RoundWindow
from cultivation.self_check import YES_NO, Question
from foundation.accounts.models import Bureau


def show_errors(form: forms.BaseForm, error: ValidationError) -> None:
    """Put the errors of an action beside the fields they are about, the rest above the form."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    for field, messages in by_field.items():
        form.add_error(field if field in form.fields else None, messages)


def _date(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-short"})
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


class ContactFields(forms.Form):
    """The contact block of a notice or round (ZZ-08, HN-28)."""

    section = forms.CharField(label="科（处）室", max_length=60, required=False)
    contact_name = forms.CharField(label="联系人", max_length=40, required=False)
    contact_phone = forms.CharField(
        label="联系电话", max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    contact_email = forms.EmailField(label="电子邮箱", required=False)


class NoticeForm(ContactFields):
    """A notice as a bureau drafts it; issuers one per line in printed order (SC-47)."""

    issuers = forms.CharField(
        label="发文机关",
        help_text="每行一个，按落款次序",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    number = forms.CharField(label="文号", max_length=80, required=False, help_text="由本单位办公室编定，没有可空着")
    title = forms.CharField(label="标题", max_length=200, widget=forms.TextInput(attrs={"class": "w-100"}))
    issued_on = _date("成文日期")
    body = forms.CharField(label="正文", required=False, widget=forms.Textarea(attrs={"rows": 10, "class": "w-100"}))
    to_bureaus = forms.CharField(
        label="主送（主管部门）", max_length=200, required=False, help_text="例如 各市州经信委；只发企业的空着"
    )
    to_enterprises = forms.CharField(
        label="主送（企业）", max_length=200, required=False, help_text="例如 各有关企业；不发企业的空着"
    )
    deadline = _date("报送期限", required=False, help_text="下级报到本单位的最后一天")
    addressees = forms.MultipleChoiceField(
        label="主送单位", required=False, widget=forms.CheckboxSelectMultiple, help_text="不勾选即全部直接下级"
    )
    version = forms.ModelChoiceField(
        label="培育项目", queryset=ProgrammeVersion.objects.none(), required=False, empty_label="不属于培育项目"
    )
    acknowledged = forms.BooleanField(
        label="已知悉，仍按此日期", required=False, help_text="期限离上级截止日太近时才需要勾选"
    )

    def __init__(self, *args: Any, below: Iterable[Bureau] = (), versions: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bureaus = list(below)
        addressees = self.fields["addressees"]
        assert isinstance(addressees, forms.MultipleChoiceField)
        addressees.choices = [(str(bureau.pk), bureau.short_name) for bureau in bureaus]
        if not bureaus:
            del self.fields["addressees"], self.fields["to_bureaus"]
        version = self.fields["version"]
        assert isinstance(version, forms.ModelChoiceField)
        if versions is None:
            del self.fields["version"]
        else:  # a founding notice: no level above whose date could be tight
            version.queryset = versions
            del self.fields["acknowledged"]

    def clean_issuers(self) -> list[str]:
        """Lines become the list of issuers in order."""
        names = [line.strip() for line in self.cleaned_data["issuers"].splitlines() if line.strip()]
        if not names:
            raise ValidationError("请填写发文机关。")
        return names

    def values(self) -> dict[str, Any]:
        """What the actions take."""
        taken = {"addressees", "version", "acknowledged"}
        given = {name: value for name, value in self.cleaned_data.items() if name not in taken}
        return {"to_bureaus": "", **given}

    def chosen(self) -> list[int] | None:
        """Ids of the ticked bureaus; None means all below."""
        return [int(pk) for pk in self.cleaned_data.get("addressees") or []] or None


class GroupLines(forms.CharField):
    """One help group per line: ``QQ群“湖南中小企业”：123456`` (HN-28)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label="在线技术服务群",
            required=False,
            help_text="每行一个：名称，冒号，号码",
            widget=forms.Textarea(attrs={"rows": 2}),
            **kwargs,
        )

    def clean(self, value: Any) -> list[dict[str, str]]:
        text = super().clean(value) or ""
        groups = []
        for line in str(text).splitlines():
            if line.strip():
                label, _, number = line.replace("：", ":").partition(":")
                groups.append({"label": label.strip(), "number": number.strip()})
        return groups


def group_text(groups: Iterable[Mapping[str, str]]) -> str:
    """Groups as the form shows them."""
    return "\n".join(f"{g['label']}：{g['number']}" if g.get("number") else g["label"] for g in groups)


class RoundForm(ContactFields):
    """Opening a round: year, batch, contacts, help; windows are fields per level."""

    version = forms.ModelChoiceField(label="规则版本", queryset=ProgrammeVersion.objects.none(), empty_label=None)
    notice = forms.TypedChoiceField(label="依据通知", required=False, coerce=int, empty_value=None)
    year = forms.IntegerField(
        label="年度", min_value=2000, max_value=2100, widget=forms.NumberInput({"class": "w-short"})
    )
    batch = forms.IntegerField(
        label="批次", min_value=1, max_value=20, initial=1, widget=forms.NumberInput({"class": "w-short"})
    )
    opens_on = _date("开始日期")
    reference_date = _date("基准日", required=False, help_text="“注册满2年”算到这一天；空着按核对当日")
    help_text = forms.CharField(label="技术服务", max_length=300, required=False)
    help_groups = GroupLines()

    def __init__(self, *args: Any, versions: Any, notices: Iterable[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version, notice = self.fields["version"], self.fields["notice"]
        assert isinstance(version, forms.ModelChoiceField)
        assert isinstance(notice, forms.TypedChoiceField)
        version.queryset = versions
        notice.choices = [("", "没有"), *((str(row.pk), str(row)) for row in notices)]
        for level, label in RoundWindow.Level.choices[:3]:
            self.fields[f"closes_{level}"] = _date(f"{label}截止", required=False)
            self.fields[f"grace_{level}"] = forms.IntegerField(
                label="宽限天数",
                required=False,
                min_value=0,
                max_value=60,
                widget=forms.NumberInput({"class": "w-short", "aria-label": f"{label}宽限天数"}),
            )

    def windows(self) -> list[WindowSpec]:
        """Windows that were given a date."""
        return [
            WindowSpec(
                level=level,
                closes_on=self.cleaned_data[f"closes_{level}"],
                opens_on=self.cleaned_data["opens_on"],
                grace_days=self.cleaned_data.get(f"grace_{level}"),
            )
            for level, _ in RoundWindow.Level.choices[:3]
            if self.cleaned_data.get(f"closes_{level}")
        ]

    def values(self) -> dict[str, Any]:
        """Contacts and help."""
        names = (
            "section",
            "contact_name",
            "contact_phone",
            "contact_email",
            "help_text",
            "help_groups",
            "reference_date",
        )
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data[name] not in ("", None, [])}


class RoundDetailsForm(ContactFields):
    """Changing contacts and help of a running round, with a reason."""

    reference_date = _date("基准日", required=False)
    help_text = forms.CharField(label="技术服务", max_length=300, required=False)
    help_groups = GroupLines()
    reason = forms.CharField(label="修改理由", max_length=300)

    def values(self) -> dict[str, Any]:
        """All but the reason."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


class WindowForm(forms.Form):
    """Setting or moving a window, with a reason (ZZ-05, ZZ-06)."""

    level = forms.ChoiceField(label="环节", choices=())
    opens_on = _date("开始", required=False)
    closes_on = _date("截止")
    grace_days = forms.IntegerField(
        label="宽限天数", required=False, min_value=0, max_value=60, widget=forms.NumberInput({"class": "w-short"})
    )
    reason = forms.CharField(label="调整理由", max_length=300)
    acknowledged = forms.BooleanField(label="已知悉，仍按此日期", required=False)

    def __init__(self, *args: Any, levels: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = set(levels)
        level = self.fields["level"]
        assert isinstance(level, forms.ChoiceField)
        level.choices = [choice for choice in RoundWindow.Level.choices if choice[0] in allowed]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        opens, closes = given.get("opens_on"), given.get("closes_on")
        if isinstance(opens, dt.date) and isinstance(closes, dt.date) and closes < opens:
            self.add_error("closes_on", "截止日期不能早于开始日期。")
        return given


class SelfCheckForm(forms.Form):
    """What the criteria of a tier ask, with real years; everything may stay empty."""

    def __init__(self, asked: Iterable[Question], data: Any = None) -> None:
        super().__init__(data)
        for question in asked:
            self.fields[question.key] = _question_field(question)

    def typed(self) -> dict[str, Any]:
        """Answers as typed, by key; several ticks as a list."""
        given: Any = self.data
        return {
            name: given.getlist(name) if isinstance(field, forms.MultipleChoiceField) else given.get(name, "")
            for name, field in self.fields.items()
        }


def _question_field(question: Question) -> forms.Field:
    field: forms.Field
    common: dict[str, Any] = {"label": question.label, "required": False}
    if question.kind == "province":
        field = forms.ChoiceField(**common, choices=[("", "未填"), *YES_NO])
        field.label = "在本省登记注册"
    elif question.kind in {"yes_no", "choice"}:
        field = forms.ChoiceField(**common, choices=[("", "未填"), *question.choices])
    elif question.kind == "choices":
        field = forms.MultipleChoiceField(**common, choices=question.choices, widget=forms.CheckboxSelectMultiple)
    elif question.kind == "date":
        field = forms.CharField(**common, max_length=10, widget=forms.TextInput({"type": "date", "class": "w-short"}))
    elif question.kind in {"money", "int"}:
        field = forms.CharField(
            **common, max_length=30, widget=forms.TextInput({"inputmode": "decimal", "class": "w-mid"})
        )
    else:
        field = forms.CharField(**common, max_length=60)
    setattr(field, "unit", question.unit)  # noqa: B010 - read by the form renderer, unknown to the type checker
    return field
