"""What breaks in Python: names, types, imports of the hand-written code, and the last release's typing test."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from synchronization_support import ROOT

from synchronization import coverage, python_api, staging
from synchronization.python_api import Breakage

ENDPOINT = """
from ...types import Operation
def sync_detailed(thing_id: int, *, client: object, page: int = 0) -> str: ...
def sync(thing_id: int, *, client: object, page: int = 0) -> str: ...
def build(thing_id: int, *, page: int = 0) -> dict[str, object]:
    return {}
operation = Operation(build, str)
"""
TREE = {
    "generated/textrequest_api/__init__.py": "",
    "generated/textrequest_api/py.typed": "",
    "generated/textrequest_api/api/__init__.py": "",
    "generated/textrequest_api/api/things/__init__.py": "",
    "generated/textrequest_api/api/things/things_get.py": ENDPOINT,
    "generated/textrequest_api/api/things/things_list.py": ENDPOINT,
    "generated/textrequest_api/models/__init__.py": "from .thing import Thing as Thing\n",
    "generated/textrequest_api/models/thing.py": "class Thing:\n    id: int\n    name: str | None = None\n",
    "generated/textrequest_api/types.py": (
        "from dataclasses import dataclass\nfrom typing import Any, Callable\n"
        "@dataclass\nclass Operation:\n    build: Callable[..., Any]\n    parse: Callable[..., Any]\n"
    ),
    "src/textrequest_ext/__init__.py": "from textrequest_ext.resources.things import Things as Things\n",
    "src/textrequest_ext/py.typed": "",
    "src/textrequest_ext/resources/__init__.py": "",
    "src/textrequest_ext/resources/things.py": """
from textrequest_api.api.things import things_get, things_list
from textrequest_api.models import Thing

def call(operation: object) -> object:
    return operation

class Things:
    get = call(things_get.operation)
    all = call(things_list.operation)

    def name(self, thing: Thing) -> str | None:
        return thing.name
""",
}
TYPING_TEST = "from textrequest_ext import Things\nfrom textrequest_api.models import Thing\ndef use(things: Things, thing: Thing) -> str | None:\n    return things.name(thing)\n"


def tree(folder: Path, **changes: str | None) -> Path:
    """A small project. changes: other text for a file, by its stem; None for no such file."""
    for name, text in TREE.items():
        new = changes.get(Path(name).stem, text)
        if new is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(new), "utf-8")
    return folder


def test_the_same_tree_breaks_nothing(tmp_path: Path) -> None:
    old, new = tree(tmp_path / "old"), tree(tmp_path / "new")

    assert python_api.breakages(old, new) == []
    assert python_api.changed_types(old, new) == []
    assert python_api.check_types(TYPING_TEST, old, new) == python_api.TypeCheck()
    assert coverage.broken_imports(new / "src", new / "generated") == []


def test_a_known_value_of_an_open_enum_changes_no_type(tmp_path: Path) -> None:
    before, after = (
        ENDPOINT.replace("page: int = 0) -> dict", f"sort: Literal[{values}] | str | None = None) -> dict")
        for values in ('"asc"', '"asc", "desc"')
    )
    old, new = tree(tmp_path / "old", things_list=before), tree(tmp_path / "new", things_list=after)

    assert "desc" in after
    assert python_api.changed_types(old, new) == []


def test_a_removed_operation(tmp_path: Path) -> None:
    old, new = tree(tmp_path / "old"), tree(tmp_path / "new", things_list=None)

    assert python_api.breakages(old, new) == [
        Breakage("textrequest_api.api.things.things_list", "Public object was removed")
    ]
    broken = coverage.broken_imports(new / "src", new / "generated")
    assert [(line.file, line.line, line.name) for line in broken] == [
        ("src/textrequest_ext/resources/things.py", 2, "textrequest_api.api.things.things_list")
    ]
    types = python_api.check_types(TYPING_TEST, old, new)
    assert types.hand_written[0].startswith("src/textrequest_ext/resources/things.py:2: error:")


def test_a_removed_module_is_not_found_in_the_installed_package(tmp_path: Path) -> None:
    old, new = tree(tmp_path / "old"), tree(tmp_path / "new")
    for project, names in ((old, ("__init__", "tags_delete")), (new, ("__init__",))):
        for name in names:
            path = project / f"generated/textrequest_api/api/tags/{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text("", "utf-8")
    typing_test = "from textrequest_api.api.tags import tags_delete as tags_delete\n"

    assert python_api.check_types(typing_test, old, old).typing_test == []
    assert len(python_api.check_types(typing_test, old, new).typing_test) == 1


def test_a_removed_argument_is_reported_once(tmp_path: Path) -> None:
    new = tree(
        tmp_path / "new",
        things_list=ENDPOINT.replace(", *, page: int = 0)", ")").replace(", page: int = 0)", ")"),
    )

    found = python_api.breakages(tree(tmp_path / "old"), new)

    assert [(item.name, item.what) for item in found] == [
        ("textrequest_api.api.things.things_list.build", "Parameter was removed")
    ]
    assert "page" in found[0].detail


def test_a_removed_field_breaks_the_typing_test(tmp_path: Path) -> None:
    old, new = tree(tmp_path / "old"), tree(tmp_path / "new", thing="class Thing:\n    id: int\n")
    typing_test = TYPING_TEST + "def named(thing: Thing) -> str | None:\n    return thing.name\n"

    types = python_api.check_types(typing_test, old, new)

    assert {line.split(" ", 2)[0] for line in types.typing_test} == {"tests/typing/api.py:6:"}
    assert {line.split(" ", 2)[0] for line in types.hand_written} == {
        "src/textrequest_ext/resources/things.py:13:"
    }
    assert python_api.breakages(old, new)[0].name == "textrequest_api.models.thing.Thing.name"
    assert python_api.models(old) == python_api.models(new) == {"Thing"}


def test_another_type_is_reported_though_griffe_does_not_report_it(tmp_path: Path) -> None:
    new = tree(tmp_path / "new", thing="class Thing:\n    id: str\n    name: str | None = None\n")

    assert python_api.changed_types(tree(tmp_path / "old"), new) == [
        Breakage("textrequest_api.models.thing.Thing.id", "Type was changed", "int to str")
    ]


def test_errors_of_the_old_tree_are_not_reported(tmp_path: Path) -> None:
    old, new = (
        tree(tmp_path / "old"),
        tree(tmp_path / "new", thing="class Thing:\n    id: int\n    name: int = 1\n"),
    )
    typing_test = TYPING_TEST + "def wrong() -> int:\n    return 'text'\n"

    types = python_api.check_types(typing_test, old, new)

    assert types.typing_test == []
    assert len(types.hand_written) == 1


def test_without_a_typing_test_there_is_a_note(tmp_path: Path) -> None:
    types = python_api.check_types(None, tree(tmp_path / "old"), tree(tmp_path / "new"))

    assert "There is no tests/typing/api.py" in types.note


def test_every_operation_of_the_project_has_a_method() -> None:
    operations = coverage.generated_operations(ROOT / "generated")

    assert len(operations) >= 64
    assert operations["contacts_list"] == "textrequest_api.api.contacts.contacts_list"
    assert coverage.operations_without_method(ROOT / "src", ROOT / "generated") == []
    assert coverage.resource_methods(ROOT / "src")["contacts_list"] == ["contacts.list"]
    assert coverage.broken_imports(ROOT / "src", ROOT / "generated") == []


@pytest.mark.parametrize(
    ("module", "exists"), [("models", True), ("types", True), ("gone", False), ("models.gone", False)]
)
def test_an_import_of_all_names_needs_the_module_only(tmp_path: Path, module: str, exists: bool) -> None:
    generated = tree(tmp_path) / "generated"

    assert coverage._exists(generated, f"textrequest_api.{module}", "*") is exists


def test_an_operation_without_a_method_is_named(tmp_path: Path) -> None:
    project = tree(tmp_path)
    extra = project / "generated/textrequest_api/api/things/things_burn.py"
    extra.write_text(ENDPOINT, "utf-8")

    assert coverage.operations_without_method(project / "src", project / "generated") == [
        "textrequest_api.api.things.things_burn"
    ]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    typing_test = root / python_api.TYPING_TEST
    typing_test.parent.mkdir(parents=True)
    typing_test.write_text("old = 1\n", "utf-8")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "-m", "a"]):
        assert staging.git(root, *command) is not None
    return root


def test_the_typing_test_is_that_of_the_last_release(repository: Path) -> None:
    assert staging.git(repository, "tag", "v1.2.0") is not None
    (repository / python_api.TYPING_TEST).write_text("new = 1\n", "utf-8")

    assert staging.released_file(repository, repository, python_api.TYPING_TEST) == ("old = 1\n", "v1.2.0")


def test_before_the_first_release_it_is_that_of_the_tree_before(repository: Path, tmp_path: Path) -> None:
    assert staging.released_file(repository, repository, python_api.TYPING_TEST) == (
        "old = 1\n",
        "the tree before the change",
    )
    assert staging.released_file(repository, tmp_path / "nowhere", python_api.TYPING_TEST) == (None, "")
