"""Production settings: static files can be collected and are found under names with a fingerprint."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_static_files_are_collected(tmp_path: Path) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.production",
        "SECRET_KEY": "x" * 60,
        "JOURNAL_SALT": "salt",
        "ALLOWED_HOSTS": "portal.example.org",
        "EMAIL_URL": "consolemail://",
        "TIDU_VAR": str(tmp_path),
    }
    # The libraries' own files are many, slow to compress, and not what this test is about.
    names = ("src", "admin", "rest_framework", "drf_spectacular*", "guardian", "django_htmx", "axes")
    ignored = [word for name in names for word in ("--ignore", name)]
    done = subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", *ignored],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    named = json.loads((tmp_path / "static" / "staticfiles.json").read_text())["paths"]
    for entry in ("dist/app.css", "dist/app.js"):
        assert named[entry] != entry
        assert (tmp_path / "static" / named[entry]).exists()
        assert (tmp_path / "static" / f"{named[entry]}.br").exists()
