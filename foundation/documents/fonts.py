"""@font-face for the fonts in var/fonts; whatever is missing falls back to the system's Noto, a PDF never fails for it."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

#: Family used in our styles → file of the Fandol family (docs/decisions tells where they come from).
_FACES = (
    ("TiduFang", "FandolFang-Regular.otf", "normal"),
    ("TiduHei", "FandolHei-Regular.otf", "normal"),
    ("TiduHei", "FandolHei-Bold.otf", "bold"),
    ("TiduKai", "FandolKai-Regular.otf", "normal"),
    ("TiduSong", "FandolSong-Bold.otf", "bold"),
)


def font_faces() -> str:
    """CSS for the font files that are there; empty when none is."""
    folder = Path(settings.FONT_DIR)
    rules = []
    for family, name, weight in _FACES:
        file = folder / name
        if file.is_file():
            rules.append(
                f'@font-face {{ font-family: {family}; font-weight: {weight}; src: url("{file.resolve().as_uri()}"); }}'
            )
    return "\n".join(rules)
