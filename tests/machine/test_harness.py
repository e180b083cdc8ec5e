"""A test that cannot fail is a defect: each guard of the harness is shown to bite."""

import socket
import warnings
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Template, engines

from tests.harness import files, network, templates

pytest_plugins: list[str] = []


def test_a_warning_is_an_error() -> None:
    with pytest.raises(UserWarning, match="careless"):
        warnings.warn("careless", UserWarning, stacklevel=1)


def test_an_unordered_list_in_pages_is_an_error(db: None) -> None:
    from django.contrib.auth.models import Group
    from django.core.paginator import Paginator, UnorderedObjectListWarning

    with pytest.raises(UnorderedObjectListWarning):
        Paginator(Group.objects.order_by(), 10).page(1)


# ---- templates ---------------------------------------------------------------------------------------------
@pytest.fixture
def our_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Renders a text as if it were a file of our tree."""

    def render(text: str, **values: object) -> str:
        engine: Any = engines["django"]
        template = Template(text, engine=engine.engine)
        template.origin.name = f"{templates.OURS}/tried/out.html"
        return template.render(Context(values))

    return render


def test_an_undefined_variable_fails(our_template: Any) -> None:
    with pytest.raises(templates.UndefinedVariable, match="firm_nmae"):
        our_template("{{ firm_nmae }}", firm_name="x")


def test_an_undefined_attribute_fails(our_template: Any) -> None:
    with pytest.raises(templates.UndefinedVariable, match=r"firm\.nmae"):
        our_template("{{ firm.nmae|upper }}", firm={"name": "x"})


def test_printing_an_object_that_does_not_exist_fails(our_template: Any) -> None:
    class Firm:
        @property
        def contact(self) -> None:
            raise ObjectDoesNotExist

    with pytest.raises(templates.UndefinedVariable):
        our_template("{{ firm.contact }}", firm=Firm())
    assert our_template("{% if firm.contact %}yes{% else %}no{% endif %}", firm=Firm()) == "no"


def test_asking_whether_a_name_is_there_is_allowed(our_template: Any) -> None:
    assert our_template("{% if firm %}yes{% else %}no{% endif %}{% for f in firms %}x{% endfor %}") == "no"


def test_a_library_template_may_stay_silent() -> None:
    engine: Any = engines["django"]
    assert engine.from_string("[{{ nothing }}]").render({}) == "[]"


# ---- the network -------------------------------------------------------------------------------------------
def test_another_machine_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(network.OutboundRefused):
        outside.connect(("192.0.2.1", 80))
    with socket.socket() as outside, pytest.raises(network.OutboundRefused):
        outside.connect_ex(("192.0.2.1", 80))


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(network.OutboundRefused):
        socket.create_connection(("portal.example.org", 443), timeout=1)


def test_this_machine_may_be_reached() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        with socket.create_connection(server.getsockname(), timeout=2):
            pass


# ---- files -------------------------------------------------------------------------------------------------
def test_a_file_left_in_the_checkout_is_seen() -> None:
    left = files.ROOT / "var" / "harness-proof.txt"
    left.parent.mkdir(exist_ok=True)
    left.write_text("left behind")
    try:
        assert files._written is not None
        assert files.leftovers(files._written) == [str(left)]
    finally:
        left.unlink()
    assert files.leftovers(files._written) == []


def test_a_file_in_tmp_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    assert files._written is not None
    assert str(tmp_path / "x") in files._written
    assert files.leftovers(files._written) == []


# ---- queries -----------------------------------------------------------------------------------------------
def test_the_counter_counts_and_names_the_line(queries: Any) -> None:
    from django.contrib.auth.models import Group

    with queries(1):
        list(Group.objects.all())
    with (
        pytest.raises(pytest.fail.Exception, match=r"1 queries instead of 2:\n +1 tests/machine/test_harness.py:\d+"),
        queries(2),
    ):
        list(Group.objects.all())


def test_a_query_per_row_is_found(queries: Any) -> None:
    from django.contrib.auth.models import Group

    numbers = iter(range(10))

    def add() -> None:
        Group.objects.create(name=str(next(numbers)))

    def flat() -> None:
        [group.name for group in Group.objects.all()]

    def per_row() -> None:
        [list(group.permissions.all()) for group in Group.objects.all()]

    queries.flat(add_row=add, act=flat, expected=1)
    Group.objects.all().delete()
    with pytest.raises(pytest.fail.Exception, match="queries with three rows, 2 with one"):
        queries.flat(add_row=add, act=per_row, expected=2)
