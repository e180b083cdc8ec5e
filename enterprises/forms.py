"""Forms of the room. What is asked of a fact is said once, in :mod:`enterprises.fields`; these forms only draw and
collect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from enterprises import fields as spec
from enterprises import uscc
from enterprises.actions.register import Registration
from enterprises.models import Partner, Patent
from enterprises.models.people import MEMBER_ROLES
from foundation.accounts.roles import Role
from foundation.core.clock import business_today
from foundation.core.text import normalise_name
from foundation.reference import queries, regions
from foundation.reference.region_book import RegionView

KIND_OF_PERSON = (("yes", "独立法人"), ("no", "分支机构（非法人）"))
EVIDENCE_HELP = "PDF、图片，不超过 20 MB"


def _spec_field(field: spec.FieldSpec) -> forms.Field:
    if field.widget == "choices":
        made: forms.Field = forms.MultipleChoiceField(choices=field.choices, widget=forms.CheckboxSelectMultiple)
    elif field.widget == "choice":
        made = forms.ChoiceField(choices=(("", "未填"), *field.choices))
    else:
        attributes = {
            "date": {"type": "date", "class": "w-short"},
            "number": {"inputmode": "decimal", "class": "w-short"},
            "tel": {"inputmode": "tel", "class": "w-mid"},
            "email": {"inputmode": "email", "class": "w-mid"},
        }.get(field.widget, {})
        made = forms.CharField(widget=forms.TextInput(attrs=attributes))
    made.required = False
    made.label = field.label
    made.help_text = field.help
    made.unit = field.unit  # type: ignore[attr-defined]
    return made


class SpecForm(forms.Form):
    """Inputs for a set of facts, filled from a row of the firm or its profile; saving goes through
    ``actions.facts``.
    """

    def __init__(self, specs: Iterable[spec.FieldSpec], row: Any, data: Mapping[str, Any] | None = None) -> None:
        self.specs = tuple(specs)
        initial = {one.name: spec.typed(getattr(row, one.column)) for one in self.specs}
        super().__init__(data=data, initial=initial)
        for one in self.specs:
            self.fields[one.name] = _spec_field(one)

    def raw(self) -> dict[str, Any]:
        """What was typed, field by field, for ``save_fields``; only fields that were sent."""
        found: dict[str, Any] = {}
        for one in self.specs:
            if one.widget == "choices":
                found[one.name] = self.data.getlist(one.name)  # type: ignore[attr-defined]
            elif one.name in self.data:
                found[one.name] = self.data[one.name]
        return found


class AccountForm(forms.Form):
    """Account of a person who is not signed in yet."""

    person_name = forms.CharField(label="您的姓名", max_length=40)
    username = forms.CharField(
        label="登录账号", max_length=30, help_text="3 至 30 位字母、数字，以字母开头",
        widget=forms.TextInput(attrs={"autocomplete": "username", "class": "w-mid"}),
    )  # fmt: skip
    phone = forms.CharField(
        label="手机", max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel", "class": "w-mid"})
    )
    email = forms.EmailField(
        label="邮箱", required=False, help_text="用于找回密码", widget=forms.EmailInput(attrs={"class": "w-mid"})
    )
    password = forms.CharField(
        label="密码", help_text="至少 10 位，不能全是数字", strip=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "class": "w-mid"}),
    )  # fmt: skip
    password_again = forms.CharField(
        label="再输一次密码", strip=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "class": "w-mid"}),
    )  # fmt: skip

    accepted = forms.BooleanField(
        label="我已阅读并同意隐私说明",
        error_messages={"required": "请先阅读隐私说明，同意后勾选。"},
    )

    def clean_password_again(self) -> str:
        """Both passwords are the same."""
        again: str = self.cleaned_data["password_again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError("两次输入的密码不同。")
        return again


class RegistrationForm(forms.Form):
    """What is asked of a firm when it enters the register. Weighing the code against the county is the action's."""

    uscc = forms.CharField(
        label="统一社会信用代码",
        max_length=40,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false", "class": "w-mid code"}),
    )
    name = forms.CharField(label="企业名称", max_length=120, help_text="与营业执照一致")
    region = forms.CharField(required=False, widget=forms.HiddenInput)
    region_text = forms.CharField(
        label="所属县市区", max_length=60, help_text="输入县市区名称查找；市本级企业选所在市", required=False
    )
    industry = forms.CharField(required=False, widget=forms.HiddenInput)
    industry_text = forms.CharField(label="所属行业", max_length=80, required=False, help_text="输入行业代码或名称查找")
    legal_representative = forms.CharField(
        label="法定代表人（负责人）", max_length=60, widget=forms.TextInput(attrs={"class": "w-mid"})
    )
    registered_on = forms.CharField(
        label="成立日期", max_length=20, widget=forms.TextInput(attrs={"type": "date", "class": "w-short"})
    )
    is_legal_person = forms.ChoiceField(
        label="企业性质", choices=KIND_OF_PERSON, widget=forms.RadioSelect, initial="yes"
    )
    parent_name = forms.CharField(label="所属法人名称", max_length=120, required=False, help_text="分支机构填写")
    parent_uscc = forms.CharField(
        label="所属法人代码",
        max_length=40,
        required=False,
        help_text="分支机构填写",
        widget=forms.TextInput(attrs={"class": "w-mid code"}),
    )
    contact_name = forms.CharField(label="联系人", max_length=40, required=False)
    contact_phone = forms.CharField(
        label="联系电话", max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    contact_email = forms.CharField(
        label="电子邮箱", max_length=120, required=False, widget=forms.TextInput(attrs={"inputmode": "email"})
    )
    origin_evidence = forms.FileField(
        label="在本地经营的证明", required=False, help_text=f"只有在外省登记的企业需要，如迁入通知。{EVIDENCE_HELP}"
    )

    def clean_uscc(self) -> str:
        """Form and check character, with the place that is wrong."""
        code = uscc.compact(self.cleaned_data["uscc"])
        wrong = uscc.form_finding(code)
        if wrong is not None:
            raise forms.ValidationError(wrong.text)
        return code

    def clean_registered_on(self) -> Any:
        """A day not after today."""
        return _parsed(spec.parse_date, self.cleaned_data["registered_on"])

    def clean_contact_phone(self) -> Any:
        """A telephone as people write it."""
        return _parsed(spec.parse_phone, self.cleaned_data["contact_phone"])

    def clean_contact_email(self) -> Any:
        """An address."""
        return _parsed(spec.BY_NAME["contact_email"].parse, self.cleaned_data["contact_email"])

    def clean_parent_uscc(self) -> Any:
        """A code or nothing."""
        return _parsed(spec.BY_NAME["parent_uscc"].parse, self.cleaned_data["parent_uscc"])

    def clean(self) -> dict[str, Any]:
        """Place and industry by what was picked, else by what was typed."""
        found = super().clean() or {}
        found["place"] = picked_place(found.get("region", ""), found.get("region_text", ""))
        if found["place"] is None:
            typed = found.get("region_text", "")
            self.add_error(
                "region_text", f"没有找到“{typed}”，或有几处同名，请从列表中选择。" if typed else "请选择所属县市区。"
            )
        found["industry_code"] = picked_industry(found.get("industry", ""), found.get("industry_text", ""))
        if found["industry_code"] is None:
            typed = found.get("industry_text", "")
            self.add_error("industry_text", f"没有找到行业“{typed}”，请从列表中选择。" if typed else "请选择所属行业。")
        if found.get("is_legal_person") == "no" and not normalise_name(found.get("parent_name", "")):
            self.add_error("parent_name", "分支机构请填写所属法人名称。")
        return found

    def registration(self) -> Registration:
        """The cleaned answers as the action takes them."""
        answers = self.cleaned_data
        return Registration(
            uscc=answers["uscc"],
            name=answers["name"],
            region_id=answers["place"].id,
            industry_code=answers["industry_code"],
            legal_representative=answers["legal_representative"],
            registered_on=answers["registered_on"],
            is_legal_person=answers["is_legal_person"] == "yes",
            parent_name=answers["parent_name"],
            parent_uscc=answers["parent_uscc"],
            contact_name=answers["contact_name"],
            contact_phone=answers["contact_phone"],
            contact_email=answers["contact_email"],
        )

    def tell(self, problems: Mapping[str, str]) -> None:
        """Put the action's sentences beside the fields they speak of."""
        beside = {"region": "region_text"}
        for name, sentence in problems.items():
            name = beside.get(name, name)
            self.add_error(name if name in self.fields else None, sentence)


def _parsed(parse: spec.Parser, raw: Any) -> Any:
    try:
        return parse(raw)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from None


def picked_place(chosen: str, typed: str) -> RegionView | None:
    """The county, zone or prefecture chosen from the list, else the one place the typed name means in our
    provinces.
    """
    today = business_today()
    if chosen.isdecimal() and len(chosen) <= 6:
        view = regions.as_of(int(chosen), today)
        return view if view is not None and view.level != "province" and view.covered else None
    name = typed.replace(" ", "").split("·")[-1]
    if not name:
        return None
    covered = [view for province in regions.provinces(today) for view in regions.all_by_name(name, province, today)]
    inside = [view for view in covered if view.level != "province"]
    return inside[0] if len(inside) == 1 else None


def picked_industry(chosen: str, typed: str) -> str | None:
    """The code chosen from the list, else the industry of the typed code or exact name."""
    for text in (chosen, typed):
        if text.strip():
            found = queries.industry(text) or queries.industry_by_name(text)
            if found is not None:
                return found.code
    return None


def _ask(field: Any, nothing: str, choices: Iterable[tuple[str, str]]) -> None:
    """The choices of a model field, with a word for no choice."""
    field.choices = [("", nothing), *choices]


class PatentForm(forms.ModelForm):
    """A line of the patent list."""

    granted_on = forms.CharField(
        label="授权日期", max_length=20, widget=forms.TextInput(attrs={"type": "date", "class": "w-short"})
    )
    in_main_product = forms.ChoiceField(label="用于主导产品", choices=(("", "未填"), *spec.YES_NO), required=False)
    evidence = forms.FileField(label="证书", required=False, help_text=EVIDENCE_HELP)

    class Meta:
        model = Patent
        fields = ("number", "kind", "title", "granted_on", "holder", "in_main_product")
        help_texts = {"number": "如 ZL201510123456.7", "holder": "与本企业不同时填写"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask(self.fields["kind"], "请选择", Patent.Kind.choices)
        if self.instance.pk:
            self.initial["granted_on"] = spec.typed(self.instance.granted_on)
            self.initial["in_main_product"] = spec.typed(self.instance.in_main_product)

    def clean_granted_on(self) -> Any:
        """A day not after today: only granted patents count."""
        day = _parsed(spec.parse_date, self.cleaned_data["granted_on"])
        if day is None:
            raise forms.ValidationError("请填写授权日期；尚未授权的申请不计入。")
        return day

    def clean_in_main_product(self) -> bool | None:
        """Yes, no or not answered."""
        return {"yes": True, "no": False}.get(self.cleaned_data["in_main_product"])

    def _post_clean(self) -> None:
        """Uniqueness is told by the action with a sentence; nothing is written into the instance here."""


class PartnerForm(forms.ModelForm):
    """A line of the list of partners."""

    evidence = forms.FileField(label="佐证", required=False, help_text=f"合同、订单等。{EVIDENCE_HELP}")

    class Meta:
        model = Partner
        fields = ("name", "uscc", "direction", "size", "product")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uscc"].help_text = "可不填"
        _ask(self.fields["direction"], "请选择", Partner.Direction.choices)
        _ask(self.fields["size"], "未填", Partner.Size.choices)

    def _post_clean(self) -> None:
        """As above."""


class InviteForm(forms.Form):
    """A colleague's address and role."""

    name = forms.CharField(label="姓名", max_length=40, required=False)
    address = forms.CharField(label="邮箱或手机", max_length=254)
    role = forms.ChoiceField(label="角色", choices=MEMBER_ROLES, initial=Role.ENTERPRISE_MEMBER.value)

    def clean_address(self) -> str:
        """A mail address or a mobile number."""
        text = str(self.cleaned_data["address"]).strip()
        return str(_parsed(spec.BY_NAME["contact_email"].parse if "@" in text else spec.parse_phone, text))


class RenameForm(forms.Form):
    """Another name from a day on."""

    name = forms.CharField(label="新名称", max_length=120)
    since = forms.CharField(
        label="启用日期", max_length=20, widget=forms.TextInput(attrs={"type": "date", "class": "w-short"})
    )
    evidence = forms.FileField(label="名称变更通知书或新营业执照", help_text=EVIDENCE_HELP)

    def clean_since(self) -> Any:
        """A day not after today."""
        return _parsed(spec.parse_date, self.cleaned_data["since"])


class MoveForm(forms.Form):
    """Another county."""

    region = forms.CharField(required=False, widget=forms.HiddenInput)
    region_text = forms.CharField(label="迁入的县市区", max_length=60, required=False)
    reason = forms.CharField(label="说明", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    evidence = forms.FileField(label="变更后的营业执照或迁入通知", help_text=EVIDENCE_HELP)

    def clean(self) -> dict[str, Any]:
        """The place by what was picked or typed."""
        found = super().clean() or {}
        found["place"] = picked_place(found.get("region", ""), found.get("region_text", ""))
        if found["place"] is None:
            self.add_error("region_text", "请从列表中选择县市区。")
        return found


class RequestForm(forms.Form):
    """Claiming a firm or asking for another administrator."""

    lost_admin = forms.CharField(label="原管理员姓名", max_length=80, required=False)
    reason = forms.CharField(
        label="说明",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500, "data-count": ""}),
    )
    evidence = forms.FileField(
        label="证明材料", help_text=f"加盖公章的营业执照扫描件，或法定代表人授权书。{EVIDENCE_HELP}"
    )


class CodeForm(forms.Form):
    """Which firm a claim or hand-over speaks of."""

    uscc = forms.CharField(
        label="统一社会信用代码", max_length=40, widget=forms.TextInput(attrs={"class": "w-mid code"})
    )

    def clean_uscc(self) -> str:
        """Form and check character."""
        code = uscc.compact(self.cleaned_data["uscc"])
        wrong = uscc.form_finding(code)
        if wrong is not None:
            raise forms.ValidationError(wrong.text)
        return code
