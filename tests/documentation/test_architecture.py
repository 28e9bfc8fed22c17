"""docs/architecture.md names the packages and modules that exist, in the order of their imports."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from unit.test_imports import ALLOWED

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PACKAGES = {*ALLOWED, "textrequest_api"}
# `__init__` imports these on first use.
LAZY = {"sandbox", "webhooks"}


def layers() -> list[list[str]]:
    """The packages in each line of the diagram, from top to bottom."""
    diagram = re.findall(r"^```text\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)[0]
    return [line.partition("#")[0].split() for line in diagram.splitlines() if "#" in line]


def code_spans() -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", TEXT, flags=re.DOTALL | re.MULTILINE)))


def test_diagram_contains_every_package_once() -> None:
    names = [name for layer in layers() for name in layer]
    assert sorted(names) == sorted(PACKAGES)


def test_packages_import_only_from_lower_layers() -> None:
    layer_of = {name: number for number, layer in enumerate(layers()) for name in layer}
    violations = [
        f"{package} imports {target}"
        for package, targets in ALLOWED.items()
        for target in targets - (LAZY if package == "__init__" else set())
        if layer_of[target] <= layer_of[package]
    ]
    assert violations == []


def test_every_package_has_a_paragraph() -> None:
    headings = " ".join(re.findall(r"^### (.+)$", TEXT, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", headings)) == PACKAGES


def test_named_files_exist() -> None:
    roots = (ROOT, ROOT / "src" / "textrequest_ext", ROOT / "generated")
    names = {name for name in code_spans() if "/" in name or name.endswith((".py", ".yaml"))}
    assert len(names) > 10
    assert [name for name in sorted(names) if not any((root / name).exists() for root in roots)] == []


def test_named_modules_exist() -> None:
    modules = {name for name in code_spans() if re.fullmatch(r"textrequest_(api|ext)(\.\w+)*", name)}
    assert modules
    assert [name for name in sorted(modules) if find_spec(name) is None] == []


def test_send_has_eight_steps_or_fewer() -> None:
    section = TEXT.partition("## One send")[2]
    steps = re.findall(r"^(\d+)\. `([\w/.]+\.py)`", section, re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert 1 <= len(steps) <= 8


def test_links_point_to_existing_files() -> None:
    targets = re.findall(r"\]\(((?!https?:)[^)#]+)\)", TEXT)
    assert targets
    for target in targets:
        assert (ROOT / "docs" / target).exists(), target
