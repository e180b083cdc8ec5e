"""Forms of the accounts pages. What a field accepts is decided by the actions; here are words and first checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet

from foundation.accounts.actions.passwords import IdentityCheck
from foundation.accounts.actions.people import clean_mobile
from foundation.accounts.models import Bureau, User
from foundation.accounts.password_rules import password_rules
from foundation.accounts.roles import Act, Level, Role
from foundation.reference.models import Region


def show_errors(form: forms.BaseForm, error: ValidationError) -> None:
    """Put the errors of an action beside the fields they are about, the rest above the form."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    for field, messages in by_field.items():
        form.add_error(field if field in form.fields else None, messages)


def _password(label: str, *, new: bool = False, help_text: str = "") -> forms.CharField:
    autocomplete = "new-password" if new else "current-password"
    return forms.CharField(
        label=label,
        strip=False,
        max_length=128,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete, "class": "w-mid"}),
    )


def _date(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-mid"}), **options
    )


class SignInForm(forms.Form):
    """Name or number, and password."""

    identity = forms.CharField(
        label="账号或手机号",
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True, "class": "w-mid"}
        ),
        error_messages={"required": "请填写账号或手机号。"},
    )
    password = _password("密码")


class NewPasswordForm(forms.Form):
    """A new password twice; the rules stand above it before anybody types."""

    new = _password("新密码", new=True)
    again = _password("再输入一次", new=True)

    @property
    def rules(self) -> list[str]:
        """The rules in force."""
        return password_rules()

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", "两次输入的密码不一样，请重新输入。")
        return data


class ChangePasswordForm(NewPasswordForm):
    """With the present one."""

    old = _password("当前密码")
    field_order = ["old", "new", "again"]


class AskCodeForm(forms.Form):
    """Who wants a code."""

    identity = forms.CharField(
        label="账号或手机号",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "class": "w-mid"}),
    )


class CodeForm(NewPasswordForm):
    """The code from the mail and a new password."""

    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label="邮件中的验证码",
        error_messages={"invalid": "验证码是 6 位数字。"},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "w-short"}),
    )
    field_order = ["code", "new", "again"]


class ProfileForm(forms.Form):
    """One's own phone and mail address."""

    phone = forms.CharField(
        label="手机",
        required=False,
        max_length=20,
        help_text="可以用它登录",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "class": "w-mid"}),
    )
    email = forms.EmailField(
        label="邮箱",
        required=False,
        help_text="忘记密码时，验证码发到这里",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "class": "w-mid"}),
    )
    password = _password("当前密码", help_text="确认是您本人在修改")

    def clean_phone(self) -> str:
        """Eleven digits or nothing."""
        return clean_mobile(self.cleaned_data["phone"])


class AppointForm(forms.Form):
    """Whom to give which post, from when."""

    role = forms.ChoiceField(label="岗位", widget=forms.RadioSelect)
    name = forms.CharField(label="姓名", max_length=80, widget=forms.TextInput(attrs={"class": "w-mid"}))
    phone = forms.CharField(
        label="手机",
        max_length=20,
        help_text="本人用它登录；已有账号的，岗位加在原账号上",
        widget=forms.TextInput(attrs={"inputmode": "tel", "class": "w-mid"}),
    )
    email = forms.EmailField(
        label="邮箱",
        required=False,
        help_text="建议填写，忘记密码时可自行找回",
        widget=forms.EmailInput(attrs={"class": "w-mid"}),
    )
    valid_from = _date("任职起始日期")

    def __init__(self, *args: Any, roles: Iterable[Role], today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(role.value, f"{role.label}（{ROLE_TOLD[role]}）") for role in roles]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]
        self.fields["valid_from"].initial = today
        if len(choices) == 1:
            self.fields["role"].initial = choices[0][0]

    def clean_phone(self) -> str:
        """Eleven digits."""
        return clean_mobile(self.cleaned_data["phone"])


ROLE_TOLD = {
    Role.HANDLER: "受理、核查、提出意见",
    Role.REVIEWER: "复核经办意见",
    Role.SIGNER: "签发推荐和报送",
    Role.ARCHIVIST: "打印、归档盖章件",
    Role.POST_MANAGER: "任命和停用岗位",
    Role.SYSTEM_ADMIN: "账号与设置，不看业务内容",
    Role.AUDIT_ADMIN: "核对留痕，不看业务内容",
    Role.SECURITY_ADMIN: "登录安全，不看业务内容",
}
"""What each post is for, in a few words."""


class EndPostForm(forms.Form):
    """Until when, and yes if it is the last one."""

    last_day = _date("最后一天", help_text="选今天，提交后立即停用；选以后的日期，当天结束后停用")
    successor = forms.ModelChoiceField(
        label="经办事项移交给",
        queryset=User.objects.none(),
        required=False,
        empty_label="暂不移交",
        help_text="不移交的，停用后在办材料显示为未分派",
        widget=forms.Select(attrs={"class": "w-mid"}),
    )
    confirmed = forms.BooleanField(label="我知道停用后这里无人管理岗位，仍要停用", required=False)

    def __init__(self, *args: Any, people: QuerySet[User] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if people is None:
            del self.fields["successor"]
        else:
            field: Any = self.fields["successor"]
            field.queryset = people
            field.label_from_instance = lambda person: person.name


class ContactForm(forms.Form):
    """The contact block printed on notices and tables."""

    section = forms.CharField(
        label="科室", required=False, max_length=60, help_text="例如：中小企业发展促进科",
        widget=forms.TextInput(attrs={"class": "w-mid"}),
    )  # fmt: skip
    contact_name = forms.CharField(
        label="联系人", required=False, max_length=40, widget=forms.TextInput(attrs={"class": "w-mid"})
    )
    contact_phone = forms.CharField(
        label="联系电话", required=False, max_length=30, help_text="印在通知和汇总表上，企业可见",
        widget=forms.TextInput(attrs={"inputmode": "tel", "class": "w-mid"}),
    )  # fmt: skip
    contact_email = forms.EmailField(
        label="电子邮箱", required=False, widget=forms.EmailInput(attrs={"class": "w-mid"})
    )


HANDS = [(1, "一道：经办即办结"), (2, "两道：经办、签发"), (3, "三道：经办、审核、签发")]


class HandsForm(forms.Form):
    """For every kind of act: how many hands, and whether they must be different people."""

    def __init__(self, *args: Any, present: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in present:
            label = Act(row.act).label
            self.fields[f"{row.act}_hands"] = forms.TypedChoiceField(
                label=f"{label}：办理道数", choices=HANDS, coerce=int, widget=forms.RadioSelect, initial=row.hands
            )
            self.fields[f"{row.act}_distinct"] = forms.BooleanField(
                label=f"{label}：各道须由不同的人办理", required=False, initial=row.distinct
            )

    def wanted(self) -> list[tuple[str, int, bool]]:
        """(act, hands, distinct) for every kind of act."""
        data = self.cleaned_data
        return [(act.value, data[f"{act.value}_hands"], data[f"{act.value}_distinct"]) for act in Act]


class BureauForm(forms.Form):
    """Name of a bureau."""

    name = forms.CharField(label="全称", max_length=80, help_text="印在正式文件上")
    short_name = forms.CharField(
        label="简称", max_length=40, help_text="列表和身份里显示，例如：天元区经科局",
        widget=forms.TextInput(attrs={"class": "w-mid"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The full name is nobody else's; said here so that it stands beside the field."""
        data = super().clean() or {}
        taken = Bureau.objects.filter(name=data.get("name", "")).exclude(pk=self.initial.get("pk", 0))
        if data.get("name") and taken.exists():
            self.add_error("name", "已有同名的单位。")
        return data


class NewBureauForm(BureauForm):
    """A bureau or other recommender under another one."""

    level = forms.ChoiceField(label="层级", widget=forms.RadioSelect)
    region = forms.ModelChoiceField(
        label="行政区划",
        queryset=Region.objects.none(),
        required=False,
        empty_label="不对应行政区划（园区、协会等推荐单位）",
        widget=forms.Select(attrs={"class": "w-mid"}),
    )
    valid_from = _date("隶属起始日期")
    source = forms.CharField(label="依据", required=False, max_length=200, help_text="文件名称和文号")

    def __init__(self, *args: Any, superior: Bureau, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [Level.COUNTY] if superior.level == Level.PREFECTURE else [Level.PREFECTURE, Level.COUNTY]
        self.fields["level"].choices = [(level.value, level.label) for level in levels]  # type: ignore[attr-defined]
        self.fields["level"].initial = Level.COUNTY
        self.fields["valid_from"].initial = today
        taken = Bureau.objects.filter(region__isnull=False).values("region_id")
        self.fields["region"].queryset = (  # type: ignore[attr-defined]
            Region.objects.filter(parent_id=superior.region_id).exclude(pk__in=taken)
        )


class LineForm(forms.Form):
    """Who is above from which day, at which stage."""

    STAGES = [("", "所有阶段（日常隶属）"), ("reserve", "仅小巨人后备阶段")]

    stage = forms.ChoiceField(label="适用", choices=STAGES, required=False, widget=forms.RadioSelect, initial="")
    superior = forms.ModelChoiceField(label="上级单位", queryset=Bureau.objects.none(), required=False, empty_label="—")
    ends = forms.BooleanField(label="取消这一阶段的特别规定，改按日常隶属", required=False)
    valid_from = _date("起始日期", help_text="原隶属关系在前一天结束；已报送的材料仍归原单位")
    source = forms.CharField(label="依据", required=False, max_length=200, help_text="文件名称和文号")

    def __init__(self, *args: Any, superiors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["superior"].queryset = superiors  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A superior, unless a special line ends."""
        data = super().clean() or {}
        if data.get("ends") and not data.get("stage"):
            self.add_error("ends", "日常隶属不能取消，只能改换上级单位。")
        if not data.get("ends") and data.get("superior") is None and "superior" not in self.errors:
            self.add_error("superior", "请选择上级单位。")
        return data


class ResetForm(forms.Form):
    """What was looked at before a password is reset."""

    checked = forms.ChoiceField(label="如何核实身份", choices=IdentityCheck.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label="核实情况",
        max_length=500,
        help_text="谁来的、看了什么、什么时间；证件号码不必抄录",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class UnlockForm(forms.Form):
    """Which account may try again."""

    username = forms.CharField(max_length=150, widget=forms.HiddenInput)


def profile_initial(user: User) -> dict[str, str]:
    """Present values of the profile."""
    return {"phone": user.phone, "email": user.email}
