"""The portal's Celery application with one more task, slow on purpose."""

import os
import time
from pathlib import Path

from portal.celery import app


@app.task(name="soak.slow")
def slow(path: str, seconds: float) -> None:
    """Note the beginning and the end in a file."""
    with Path(path).open("a") as notes:
        notes.write(f"begin {os.getpid()}\n")
        notes.flush()
        time.sleep(seconds)
        notes.write("end\n")
