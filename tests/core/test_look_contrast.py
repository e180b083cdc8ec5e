"""The colours of the look keep WCAG 2.1 AA, read from the tokens themselves."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "static/src/scss/_tokens.scss"
COLOURS = dict(re.findall(r"^\$([\w-]+): (#[0-9a-f]{3,6});", TOKENS.read_text(encoding="utf-8"), re.MULTILINE))
TEXTS = ["ink", "ink-2", "ink-3", "dai", "dai-3", "no", "ok", "wait", "mo"]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(part * 2 for part in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("ground", ["paper", "ground"])
def test_text_is_readable_on_paper_and_ground(text, ground):
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("tone", ["no", "ok", "wait", "mo"])
def test_status_is_readable_on_its_own_tint(tone):
    assert contrast(tone, f"{tone}-2") >= 4.5


@pytest.mark.parametrize("text", ["dai-3", "ink", "ink-2", "dai"])
def test_selected_rows_stay_readable(text):
    assert contrast(text, "dai-2") >= 4.5


def test_buttons_and_the_bulk_bar_carry_white():
    assert min(contrast("paper", ground) for ground in ("dai", "dai-3", "no")) >= 4.5


@pytest.mark.parametrize("ground", ["paper", "ground"])
def test_borders_of_controls_can_be_seen(ground):
    assert contrast("line-3", ground) >= 3
