"""The packages that each package may import, including imports for type checking only.

docs/architecture.md describes the packages.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import textrequest_ext

ROOT = Path(textrequest_ext.__file__).parent
# Each package, and the ones of this distribution it may import. A package may import within itself.
ALLOWED: dict[str, set[str]] = {
    "_version": set(),
    "_reconciliation": {"textrequest_api"},
    "errors": {"_reconciliation", "textrequest_api"},
    "_concurrency": set(),
    "_raw_response": set(),
    "_delivery": {"textrequest_api"},
    "_location": {"errors"},
    "_models": {"errors"},
    "_phone_numbers": {"errors"},
    "_texts": {"errors"},
    "_connections": {"errors", "_concurrency"},
    "_http": {"errors", "_concurrency", "_connections", "_version", "textrequest_api"},
    "_limits": {"errors", "_concurrency", "_connections"},
    "_pagination": {"errors", "_concurrency", "_connections", "_raw_response"},
    "_operations": {"errors", "_pagination", "_raw_response", "textrequest_api"},
    "_contacts": {"errors", "textrequest_api"},
    "_sending": {
        "errors",
        "_concurrency",
        "_delivery",
        "_location",
        "_operations",
        "_raw_response",
        "_reconciliation",
        "_texts",
        "textrequest_api",
    },
    "resources": {
        "errors",
        "_contacts",
        "_delivery",
        "_operations",
        "_sending",
        "textrequest_api",
    },
    "_client": {
        "errors",
        "_connections",
        "_http",
        "_limits",
        "_operations",
        "_pagination",
        "_raw_response",
        "_version",
        "resources",
        "textrequest_api",
    },
    "webhooks": {"errors", "textrequest_api"},
    "__init__": {
        "errors",
        "_version",
        "_client",
        "_contacts",
        "_delivery",
        "_location",
        "_http",
        "_limits",
        "_operations",
        "_models",
        "_pagination",
        "_phone_numbers",
        "_raw_response",
        "_texts",
    }
    | {"_reconciliation", "_sending", "sandbox", "webhooks"},
    "sandbox": {"__init__", "errors", "_version", "webhooks", "textrequest_api"},
    "_command_line": {"__init__", "sandbox", "webhooks", "textrequest_api"},
}


@cache
def modules() -> dict[str, Path]:
    names = {}
    for path in ROOT.rglob("*.py"):
        parts = ("textrequest_ext", *path.relative_to(ROOT).with_suffix("").parts)
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


def imports_of(path: Path, known: set[str]) -> Iterator[str]:
    """Modules of both packages that a file imports anywhere, inside functions and TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                parents = ("textrequest_ext", *path.relative_to(ROOT).parts)[: -node.level]
                source = ".".join((*parents, *filter(None, [source])))
            # `from a import b` imports the module a.b if there is one, and otherwise the module a.
            candidates = [f"{source}.{alias.name}" for alias in node.names]
            names = [name if name in known else source for name in candidates]
        else:
            continue
        yield from (
            name for name in names if name.partition(".")[0] in ("textrequest_ext", "textrequest_api")
        )


@cache
def graph() -> dict[str, set[str]]:
    known = modules()
    return {
        name: {target for target in imports_of(path, set(known)) if target != name}
        for name, path in known.items()
    }


def package_of(module: str) -> str:
    top, _, rest = module.partition(".")
    return "textrequest_api" if top == "textrequest_api" else rest.partition(".")[0] or "__init__"


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_imports_are_allowed(package: str) -> None:
    violations = [
        f"{module} imports {target}"
        for module, targets in graph().items()
        if package_of(module) == package
        for target in sorted(targets)
        if package_of(target) not in ALLOWED[package] | {package}
    ]
    assert violations == []


def test_every_package_is_listed() -> None:
    assert {package_of(module) for module in modules()} == set(ALLOWED)


def test_no_circular_imports() -> None:
    own = {
        module: {target for target in targets if target in modules()} for module, targets in graph().items()
    }
    # Lazy attributes of the top-level package.
    own["textrequest_ext"] -= {"textrequest_ext.sandbox", "textrequest_ext.webhooks"}
    try:
        TopologicalSorter(own).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_allowed_imports_are_not_circular() -> None:
    rules = {package: targets - {"textrequest_api"} for package, targets in ALLOWED.items()}
    rules["__init__"] -= {"sandbox", "webhooks"}
    TopologicalSorter(rules).prepare()


def test_generated_code_does_not_import_the_hand_written_package() -> None:
    import textrequest_api

    folder = Path(textrequest_api.__file__).parent
    assert [path for path in folder.rglob("*.py") if "textrequest_ext" in path.read_text("utf-8")] == []
