"""What docs/look.md asks of every page, read from the templates themselves."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.template import engines
from django.template.defaulttags import ForNode
from django.template.loader_tags import IncludeNode

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "templates"
#: Printed papers and letters carry their own style: they are no pages of the portal.
NOT_PAGES = ("documents/pdf/", "reviews/pdf/", "mail/", "letters/")
PAGES = sorted(
    str(path.relative_to(TREE))
    for path in TREE.rglob("*.html")
    if not str(path.relative_to(TREE)).startswith((*NOT_PAGES, "django/"))
)
TAGS = re.compile(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|{%.*?%}|{{.*?}}", re.DOTALL)


@cache
def text_of(name: str) -> str:
    return (TREE / name).read_text(encoding="utf-8")


@cache
def known_classes() -> frozenset[str]:
    """Class names of our sheet's source, of the Bootstrap parts in use (from the built sheet) and of the scripts."""
    built = ROOT / "static/dist/app.css"
    if not built.exists():
        pytest.fail("static/dist/app.css is missing: npm run build")
    scripts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "static/src/js").glob("*.js"))
    return frozenset(re.findall(r"\.(-?[_a-zA-Z][\w-]*)", built.read_text(encoding="utf-8") + scripts))


@pytest.mark.parametrize("name", PAGES)
def test_nothing_inline(name):
    """The content security policy forbids it, and it would silently not work."""
    plain = TAGS.sub("", text_of(name))
    assert not re.search(r"\sstyle\s*=|<style|\son[a-z]+\s*=|javascript:", plain)
    assert not re.search(r"<script(?![^>]*\ssrc=)", plain)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_from_another_host(name):
    plain = TAGS.sub("", text_of(name))
    assert not re.search(r"""(?:src|srcset|action)\s*=\s*["']?(?:https?:)?//""", plain)
    assert not re.search(r"""<link[^>]*href\s*=\s*["']?(?:https?:)?//""", plain)


@pytest.mark.parametrize("name", PAGES)
def test_classes_exist_in_the_sheet(name):
    """A class nobody styles is a pattern copied wrongly."""
    unknown = set()
    # {{ tone }} within a name, or a choice that continues one (alert-{% if … %}), makes it no whole name.
    plain = re.sub(r"{%.*?%}", "\1", re.sub(r"{{.*?}}", "\0", text_of(name)))
    for value in re.findall(r'\sclass="([^"]*)"', plain):
        for word in value.split():
            parts = [part for part in word.split("\1") if part]
            if "\0" not in word and not any(part.endswith("-") for part in parts):
                unknown |= {part for part in parts if part not in known_classes()}
    assert not unknown


@pytest.mark.parametrize("name", PAGES)
def test_no_include_within_a_loop(name):
    """Hundreds of rows must not load hundreds of templates : rendering is most of a list's time."""
    template = engines["django"].get_template(name).template
    inside = [
        node.template.var
        for loop in template.nodelist.get_nodes_by_type(ForNode)
        for node in loop.nodelist_loop.get_nodes_by_type(IncludeNode)
    ]
    # Panels of other rooms are a few parts of a page, not rows; their template is a variable.
    assert [name for name in inside if isinstance(name, str)] == []
