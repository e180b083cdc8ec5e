"""``manage.py create_administrators``: the first three administrators of an installation, with one-time passwords."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from foundation.accounts.actions.people import create_account
from foundation.accounts.actor import SYSTEM
from foundation.accounts.models import Post, User
from foundation.accounts.roles import Role
from foundation.accounts.transition import record_act
from foundation.core.clock import real_now

NAMES = {Role.SYSTEM_ADMIN: "sysadmin", Role.AUDIT_ADMIN: "auditor", Role.SECURITY_ADMIN: "security"}


class Command(BaseCommand):
    help = "建立系统、审计、安全三名管理员（已有人担任的跳过），显示一次性密码"

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        for role, username in NAMES.items():
            if Post.objects.open().filter(role=role).exists():
                self.stdout.write(f"{role.label}：已有人担任，跳过")
                continue
            taken = User.objects.filter(username=username).exists()
            user, once = create_account(actor=SYSTEM, name=role.label, username="" if taken else username)
            post = Post.objects.create(user=user, role=role, valid_from=real_now().date())
            record_act(
                subject_kind="post",
                subject_id=post.pk,
                subject_label=f"平台 {role.label}",
                action="post.create",
                actor=SYSTEM,
                data={"bureau": None, "role": role.value},
            )
            self.stdout.write(f"{role.label}：账号 {user.username}，一次性密码 {once}（首次登录须修改）")
