"""Forms of the second factor, acting authority, handing over a desk, looks at personal data."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from foundation.accounts.models import Post, User
from foundation.accounts.roles import Role


def _date(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-mid"}), **options
    )


class OneCodeForm(forms.Form):
    """A code of the app, or a recovery code where both are taken."""

    code = forms.CharField(
        label="动态码",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "w-short"}),
        error_messages={"required": "请输入手机上显示的 6 位数字。"},
    )


class SecondStepForm(OneCodeForm):
    """The step after the password."""

    code = forms.CharField(
        label="动态码",
        max_length=20,
        help_text="手机应用上现在显示的 6 位数字；手机不在身边的，填一个恢复码",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
                "class": "w-mid",
            }
        ),
        error_messages={"required": "请输入动态码或恢复码。"},
    )


class ReasonForm(forms.Form):
    """Why something is done to somebody."""

    reason = forms.CharField(
        label="理由",
        max_length=200,
        help_text="记入留痕",
        widget=forms.TextInput(),
        error_messages={"required": "请写明理由。"},
    )


class RuleForm(forms.Form):
    """Required or optional for one role."""

    role = forms.ChoiceField(choices=[(role.value, role.label) for role in Role])
    required = forms.TypedChoiceField(choices=[("1", "必须"), ("0", "自愿")], coerce=lambda text: text == "1")
    reason = forms.CharField(max_length=200, required=False)


class AuthorityForm(forms.Form):
    """Whose post, who acts, from when to when, why."""

    post = forms.ModelChoiceField(label="代行哪个岗位", queryset=Post.objects.none(), empty_label=None)
    deputy = forms.ModelChoiceField(label="由谁代行", queryset=User.objects.none(), empty_label="请选择")
    valid_from = _date("第一天")
    valid_to = _date("最后一天", help_text="当天仍可代行，第二天自动结束")
    reason = forms.CharField(
        label="理由", max_length=200, help_text="例如：休假、出差、参加培训", widget=forms.TextInput()
    )

    def __init__(self, *args: Any, posts: Any, deputies: Any, today: dt.date, own: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        post, deputy = self.fields["post"], self.fields["deputy"]
        post.queryset, deputy.queryset = posts, deputies  # type: ignore[attr-defined]
        post.label_from_instance = lambda row: (  # type: ignore[attr-defined]
            f"{'我' if row.user_id == own else row.user.name} · {row.get_role_display()}"
        )
        deputy.label_from_instance = lambda person: person.name  # type: ignore[attr-defined]
        self.fields["valid_from"].initial = today


class SuccessorForm(forms.Form):
    """Who takes the desk over."""

    successor = forms.ModelChoiceField(label="移交给", queryset=User.objects.none(), empty_label="请选择")
    reason = forms.CharField(label="说明", max_length=200, required=False, widget=forms.TextInput())

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["successor"]
        field.queryset = people
        field.label_from_instance = lambda person: person.name


class RevealForm(forms.Form):
    """Which field of whom, and why."""

    field = forms.CharField(max_length=80, widget=forms.HiddenInput())
    pk = forms.IntegerField(min_value=1, max_value=2**62, widget=forms.HiddenInput())
    reason = forms.CharField(label="查看的理由", max_length=200, required=False, widget=forms.TextInput())

    def __init__(self, *args: Any, needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "须填写，记入查看记录" if needed else "可不填，记入查看记录"
