"""``manage.py sms_gateway --port 8025``: a gateway on this machine that shows what would go out and sends nothing.

Start the portal with ``SMS_GATEWAY_URL=http://127.0.0.1:8025/ SMS_KEY_ID=demo SMS_SECRET=demo`` beside it.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.core.clock import real_now
from foundation.core.text import mask_phone
from foundation.notifications import sms_desk


class Command(BaseCommand):
    """Runs until Ctrl-C; nothing is kept."""

    help = "本机短信网关：只显示将要发出的短信，不真正发送，也不保存"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8025, help="where to listen on 127.0.0.1; 0: any free port")
        parser.add_argument("--key-id", default="demo")
        parser.add_argument("--secret", default="demo")

    def handle(self, *args: Any, **options: Any) -> None:
        desk = sms_desk.Desk(options["key_id"], options["secret"], told=self._show)
        try:
            server = sms_desk.serve(desk, options["port"])
        except OSError as error:
            raise CommandError(f"端口 {options['port']} 不能使用：{error.strerror}。") from error
        port = server.server_address[1]
        self.stdout.write(
            f"本机短信网关已就绪，只显示不发送：SMS_GATEWAY_URL=http://127.0.0.1:{port}/"
            f" SMS_KEY_ID={options['key_id']} SMS_SECRET={options['secret']}"
        )
        self.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("已结束。")
        finally:
            server.server_close()

    def _show(self, message: dict[str, Any]) -> None:
        self.stdout.write(
            f"{real_now():%H:%M:%S} → {mask_phone(message['to'])}  {message['template']}  {message['text']}"
        )
        self.stdout.flush()
