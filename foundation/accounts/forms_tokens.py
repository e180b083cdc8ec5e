"""The form of a new token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from foundation.accounts.actor import Hat
from foundation.accounts.models import TokenScope

DAYS = (30, 90, 180, 365)


class NewTokenForm(forms.Form):
    """Hat, use, scopes, days. Which scopes fit a hat is asked by the action."""

    hat = forms.ChoiceField(label="身份", help_text="令牌只能办这个身份能办的事；身份停用，令牌即失效")
    name = forms.CharField(label="用途", max_length=60, help_text="例如：财务系统报送月报")
    scopes = forms.MultipleChoiceField(
        label="权限",
        choices=TokenScope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[TokenScope.READ],
        help_text="填写年度数据和报送月报只对企业身份有效",
    )
    days = forms.TypedChoiceField(label="有效期", coerce=int)

    def __init__(self, *args: Any, hats: list[Hat], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._hats = {hat.key: hat for hat in hats}
        self.fields["hat"].choices = [(hat.key, hat.label) for hat in hats]  # type: ignore[attr-defined]
        offered = [days for days in DAYS if days <= settings.API_TOKEN_MAX_DAYS] or [settings.API_TOKEN_MAX_DAYS]
        self.fields["days"].choices = [(days, f"{days} 天") for days in offered]  # type: ignore[attr-defined]
        self.fields["days"].initial = min(90, offered[-1])

    def clean_hat(self) -> Hat:
        """The hat itself."""
        return self._hats[self.cleaned_data["hat"]]
