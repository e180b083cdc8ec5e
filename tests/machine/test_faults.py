"""Scripted faults of the two commands: one line that says what and what to do, in both languages, and exit code 1."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Nothing listens on port 9 of this machine.
NOWHERE = "http://127.0.0.1:9/"


def _run(*command: str, cwd: Path = ROOT, **changes: str) -> tuple[int, str]:
    """Exit code and everything said on stderr."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    done = subprocess.run(
        command, cwd=cwd, env=kept | changes, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stderr


def _assert_one_line(said: str, chinese: str, english: str) -> None:
    lines = said.strip().splitlines()
    assert len(lines) == 1, said
    assert chinese in lines[0]
    assert english in lines[0]


def test_port_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        port = other.getsockname()[1]
        code, said = _run(sys.executable, "-m", "devservices.embedded", PORT=str(port), TIDU_VAR=str(tmp_path))
    assert code == 1
    _assert_one_line(said, f"端口 {port} 已被占用", f"PORT={port + 1} make run")


def test_port_that_is_no_number() -> None:
    code, said = _run(sys.executable, "-m", "devservices.embedded", PORT="eighty")
    assert code == 1
    _assert_one_line(said, "PORT 应为数字", "PORT must be a number")


def test_database_unreachable(tmp_path: Path) -> None:
    code, said = _run(
        sys.executable,
        "-m",
        "devservices.embedded",
        PORT="0",
        DATABASE_URL="postgres://portal:secret@127.0.0.1:9/tidu",
        REDIS_URL="redis://127.0.0.1:9/0",
    )
    assert code == 1
    _assert_one_line(said, "连不上数据库 tidu", "check DATABASE_URL")
    assert "secret" not in said


def test_wrong_python(tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    old.chmod(0o755)
    code, said = _run("scripts/setup", "run", TIDU_PYTHON=str(old))
    assert code == 1
    _assert_one_line(said, "需要 Python 3.11（现有：Python 3.9.2）", "Python 3.11 is needed")


def test_full_disk() -> None:
    code, said = _run("scripts/setup", "run", TIDU_FREE_BYTES="1000000")
    assert code == 1
    _assert_one_line(said, "磁盘空间不足", "free some space")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """What a fresh clone has before the first step, fonts apart."""
    for name in ("scripts", "requirements-dev.txt", "package.json", "package-lock.json", ".npmrc"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    shutil.copytree(ROOT / "static" / "src", tmp_path / "static" / "src")
    fonts = tmp_path / "var" / "fonts"
    fonts.mkdir(parents=True)
    (fonts / "FandolFang-Regular.otf").touch()
    return tmp_path


def test_no_network_for_the_first_step(bare: Path, tmp_path: Path) -> None:
    code, said = _run(
        "scripts/setup",
        "run",
        cwd=bare,
        PIP_INDEX_URL=NOWHERE,
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_NO_INDEX="",
        PIP_RETRIES="0",
        PIP_NO_CACHE_DIR="1",
        PIP_CONFIG_FILE="/dev/null",
    )
    assert code == 1
    _assert_one_line(said, "没有网络，步骤 uv 需要下载", "No network: step uv has to download")


def test_no_network_for_a_later_step(bare: Path) -> None:
    # The Python side stands already; only npm has to download.
    (bare / ".tools" / "bin").mkdir(parents=True)
    (bare / ".tools" / "bin" / "uv").symlink_to(ROOT / ".tools" / "bin" / "uv")
    (bare / ".venv").symlink_to(ROOT / ".venv")
    stamps = bare / "var" / "stamps"
    stamps.mkdir(parents=True)
    for name, lock in (("uv", "scripts/tools/uv.txt"), ("venv", "requirements-dev.txt")):
        told = subprocess.run(["sha256sum", lock], cwd=bare, capture_output=True, text=True, check=True)
        (stamps / name).write_text(told.stdout[:16] + "\n")
    code, said = _run(
        "scripts/setup",
        "run",
        cwd=bare,
        npm_config_registry=NOWHERE,
        npm_config_cache=str(bare / "npm-cache"),
        npm_config_fetch_retries="0",
    )
    assert code == 1
    _assert_one_line(said, "没有网络，步骤 npm 需要下载", "No network: step npm has to download")


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "JOURNAL_SALT", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "EMAIL_URL"]
)
def test_production_names_the_missing_secret(name: str) -> None:
    given = {
        "SECRET_KEY": "x" * 60,
        "JOURNAL_SALT": "salt",
        "DATABASE_URL": "postgres://a@b/c",
        "REDIS_URL": "redis://a",
        "ALLOWED_HOSTS": "portal.example.org",
        "EMAIL_URL": "consolemail://",
        "DJANGO_SETTINGS_MODULE": "portal.settings.production",
    }
    code, said = _run(sys.executable, "-c", "from django.conf import settings; settings.DEBUG", **given | {name: ""})
    assert code == 1
    assert f"缺少环境变量 {name}，" in said.splitlines()[-1]
