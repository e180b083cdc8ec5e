"""What code names by a text exists: actions, message kinds with their payload, job kinds, tasks, subjects."""

from __future__ import annotations

import ast
import string
from collections import defaultdict

from foundation.accounts.may import action_labels, rules
from foundation.core.registries import subjects
from foundation.duties.jobs import kinds as job_kinds
from foundation.notifications.kinds import registry as message_kinds
from portal.celery import SCHEDULE, app
from tests.contract.source import ROOT, argument, calls, modules, texts, tree

# ---- actions ------------------------------------------------------------------------------------------------


def _asked() -> dict[str, str]:
    """Every action a permission is asked for by its name, with one place."""
    found = {}
    for place, call, owner in calls("may", "require", "decide", "decide_one", "locked", "own_step"):
        where = argument(call, 1, "action") if call.keywords or len(call.args) > 1 else None
        for one in (where, *(call.args[2:3])):
            for text in texts(one, owner):
                if "." in text:
                    found[text] = place
    return found


def test_every_action_asked_for_has_a_rule() -> None:
    assert {name: place for name, place in _asked().items() if name not in dict(rules.items())} == {}


def test_every_rule_is_asked_somewhere() -> None:
    """A rule nobody asks is a promise nobody keeps. Named anywhere in the sources counts: some are passed on as data."""
    literals = {
        node.value
        for _, path in modules()
        if path.name != "permissions.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    templates = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    unasked = {name for name, _ in rules.items() if name not in literals and name not in templates}
    assert unasked == set()


def test_every_recorded_act_has_a_name_people_read() -> None:
    known = dict(rules.items()) | dict(action_labels.items())
    unnamed = {
        text: place
        for place, call, owner in calls("record_act", "note_act", "note", "_record")
        for text in texts(argument(call, 1, "action"), owner)
        if "." in text and text not in known
    }
    assert unnamed == {}


def test_every_label_is_chinese_and_said_once() -> None:
    labels = defaultdict(list)
    for name, rule in rules.items():
        assert any("一" <= letter <= "鿿" for letter in rule.label), name
        labels[rule.label].append(name)
    twice = {label: names for label, names in labels.items() if len({name.partition(".")[2] for name in names}) > 1}
    assert twice == {"编制报送": ["dispatch.start", "dispatch.edit"], "编制培育计划": ["plan.edit", "plan.start"]}


# ---- messages -----------------------------------------------------------------------------------------------


def _messages() -> list[tuple[str, str, ast.expr | None, ast.AST]]:
    """Place, kind, payload and function of every message written."""
    return [
        (place, kind, argument(call, 4, "payload"), owner)
        for place, call, owner in calls("Message")
        for kind in texts(argument(call, 1, "kind"), owner) or _patterns(argument(call, 1, "kind"))
    ]


def _patterns(node: ast.expr | None) -> set[str]:
    """Kinds an f-string may spell: those registered that fit its fixed parts."""
    if not isinstance(node, ast.JoinedStr):
        return set()
    fixed = [part.value for part in node.values if isinstance(part, ast.Constant)]
    fitting = {name for name, _ in message_kinds.items() if all(str(text) in name for text in fixed)}
    return fitting or {ast.unparse(node)}


def _keys(node: ast.expr | None, owner: ast.AST) -> set[str] | None:
    """Names a payload has, as far as they can be read; None when it is made elsewhere."""
    if isinstance(node, ast.Dict):
        found: set[str] = set()
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                inner = _keys(value, owner)
                if inner is None:
                    return None
                found |= inner
            elif isinstance(key, ast.Constant):
                found.add(str(key.value))
        return found
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left, right = _keys(node.left, owner), _keys(node.right, owner)
        return None if left is None or right is None else left | right
    if isinstance(node, ast.Name):
        for one in ast.walk(owner):
            targets = (
                one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
            )
            if any(isinstance(to, ast.Name) and to.id == node.id for to in targets):
                return _keys(one.value, owner)  # type: ignore[attr-defined]
    return None


def test_every_message_is_of_a_registered_kind() -> None:
    written = _messages()
    assert len(written) > 8
    assert {kind: place for place, kind, _, _ in written if message_kinds.get(kind) is None} == {}


def test_every_message_kind_is_written_somewhere() -> None:
    literals = {
        node.value
        for _, path in modules()
        if path.name not in ("handlers.py",)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    written = {kind for _, kind, _, _ in _messages()} | literals
    assert {name for name, _ in message_kinds.items()} - written == set()


def test_a_message_carries_the_names_its_text_uses() -> None:
    wrong, read = [], 0
    for place, name, payload, owner in _messages():
        kind, keys = message_kinds.get(name), _keys(payload, owner)
        if kind is None or keys is None:
            continue
        read += 1
        for text in (kind.title, kind.body, kind.url):
            if isinstance(text, str):
                used = {field for _, field, _, _ in string.Formatter().parse(text) if field}
                secret = {"secret"} if kind.secret else set()
                if used - keys - secret:
                    wrong.append(f"{place}: {name} needs {sorted(used - keys)}")
    assert wrong == []
    assert read > 5


# ---- jobs, tasks, subjects ----------------------------------------------------------------------------------


def test_every_job_started_is_of_a_registered_kind() -> None:
    from importlib import import_module

    started = set()
    for place, call, owner in calls("start"):
        if not (isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) in ("jobs", "duties_jobs")):
            continue
        node = call.args[0] if call.args else None
        found = texts(node, owner)
        if not found and node is not None:
            module = import_module(place.partition(".py")[0].replace("/", "."))
            found = {text for text in [getattr(module, ast.unparse(node), None)] if isinstance(text, str)}
        started |= found
    assert started
    assert started <= dict(job_kinds.items()).keys()


def test_every_kind_of_job_has_a_label_and_a_known_permission() -> None:
    for name, kind in job_kinds.items():
        assert any("一" <= letter <= "鿿" for letter in kind.label), name
        assert not kind.permission or rules.get(kind.permission), f"{name} asks for {kind.permission}"


def _tasks() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_task_is_named_after_its_room_and_known_to_the_worker() -> None:
    named = {
        str(word.value.value)
        for _, call, _ in calls("shared_task")
        for word in call.keywords
        if word.arg == "name" and isinstance(word.value, ast.Constant)
    }
    assert named == _tasks()
    assert all(name.count(".") == 1 for name in named)


def test_the_beat_asks_for_tasks_that_exist_with_an_order() -> None:
    assert {entry["task"] for entry in SCHEDULE.values()} <= _tasks()
    for name, entry in SCHEDULE.items():
        seconds = entry["schedule"]
        if isinstance(seconds, float):
            assert entry["options"].get("expires", 0) <= seconds, f"{name}: a late one is overtaken by the next"


def test_every_subject_of_an_act_has_an_address_or_is_known_to_have_none() -> None:
    from django.apps import apps

    kinds = {
        str(model.subject_kind) for model in apps.get_models() if isinstance(getattr(model, "subject_kind", None), str)
    }
    nameless = kinds - {name for name, _ in subjects.items()}
    assert nameless == WITHOUT_AN_ADDRESS


#: Subjects without a page of their own: they are shown where they belong.
WITHOUT_AN_ADDRESS = {"delivery", "file", "membership", "programme", "public_notice_row", "roster_list"}
