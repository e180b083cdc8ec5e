"""What a password must be (GB/T 22239 identity: complexity), as validators that can also say the rule before anybody
types.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from pypinyin import lazy_pinyin


class TwoKindsValidator:
    """At least two of: letters, digits, other signs."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when all signs are of one kind."""
        if len({_kind(sign) for sign in password}) < 2:
            raise ValidationError("密码只有一种字符，请同时使用字母、数字、符号中的两种。", code="password_one_kind")

    def get_help_text(self) -> str:
        """The rule, as shown before typing."""
        return "字母、数字、符号至少两种"


class LengthValidator:
    """A shortest length."""

    def __init__(self, min_length: int = 10) -> None:
        self.min_length = min_length

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when the password is too short."""
        if len(password) < self.min_length:
            raise ValidationError(
                f"密码只有 {len(password)} 位，至少要 {self.min_length} 位。", code="password_too_short"
            )

    def get_help_text(self) -> str:
        """The rule, as shown before typing."""
        return f"至少 {self.min_length} 位"


class NotTheNameValidator:
    """Not the account, the phone, the mail name or the person's name, nor these with a few signs around: without them
    eight signs must be left.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when most of the password is something everybody knows about the person."""
        if user is None:
            return
        folded = password.casefold()
        for known in _known_of(user):
            if known in folded and len(folded) - len(known) < 8:
                raise ValidationError("密码与您的姓名、账号、手机或邮箱太接近，请换一个。", code="password_like_name")

    def get_help_text(self) -> str:
        """The rule, as shown before typing."""
        return "不能与姓名、账号、手机、邮箱相近"


class NotCommonValidator:
    """Not one of the twenty thousand most used passwords (Django's list)."""

    def __init__(self) -> None:
        from django.contrib.auth.password_validation import CommonPasswordValidator

        self._list = CommonPasswordValidator()

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password from the list."""
        try:
            self._list.validate(password, user)
        except ValidationError:
            raise ValidationError("这是常见密码，容易被猜到，请换一个。", code="password_too_common") from None

    def get_help_text(self) -> str:
        """The rule, as shown before typing."""
        return "不能是常见密码，例如 password123"


def password_rules() -> list[str]:
    """All rules in force, one short line each, shown beside the field before anybody types."""
    return list(password_validators_help_texts())


def _kind(sign: str) -> str:
    category = unicodedata.category(sign)
    return {"L": "letter", "N": "digit"}.get(category[0], "sign")


def _known_of(user: Any) -> set[str]:
    name = getattr(user, "name", "") or ""
    email = (getattr(user, "email", "") or "").partition("@")[0]
    syllables = lazy_pinyin(name)
    known = {getattr(user, "username", "") or "", getattr(user, "phone", "") or "", email, "".join(syllables), name}
    return {text.casefold() for text in known if len(text) >= 2}
