"""Which operations the hand layer carries, and which of its lines name something that is gone.

Reads the source without importing it: a resource whose operation is gone cannot be imported.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "textrequest_api"


@dataclass(frozen=True, order=True)
class Lost:
    """A line of the hand layer that imports what the generated package no longer has."""

    file: str
    line: int
    name: str


def generated_operations(generated: Path) -> dict[str, str]:
    """Every operation of a generated package: its module's name, and the module's dotted path."""
    api = generated / PACKAGE / "api"
    return {
        path.stem: f"{PACKAGE}.api.{path.parent.name}.{path.stem}"
        for path in sorted(api.glob("*/*.py"))
        if path.stem != "__init__"
    }


def resource_lines(source: Path) -> dict[str, list[str]]:
    """The methods that carry an operation, as `contacts.list`, by the name of the operation's module."""
    carried: dict[str, list[str]] = {}
    for path in sorted((source / "textrequest_ext" / "resources").glob("*.py")):
        for node in ast.parse(path.read_text("utf-8"), str(path)).body:
            for statement in node.body if isinstance(node, ast.ClassDef) else []:
                targets = [
                    target for target in getattr(statement, "targets", []) if isinstance(target, ast.Name)
                ]
                for used in ast.walk(statement):
                    if (
                        isinstance(used, ast.Attribute)
                        and used.attr == "operation"
                        and isinstance(used.value, ast.Name)
                    ):
                        carried.setdefault(used.value.id, []).extend(
                            f"{path.stem}.{target.id}" for target in targets
                        )
    return carried


def without_line(source: Path, generated: Path) -> list[str]:
    """The operations no resource carries, as dotted paths of their modules."""
    carried = resource_lines(source)
    return [module for name, module in generated_operations(generated).items() if not carried.get(name)]


def lost_lines(source: Path, generated: Path) -> list[Lost]:
    """Lines under source that import from the generated package what it does not have."""
    lost = []
    for path in sorted(source.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
                for alias in node.names:
                    if not _exists(generated, node.module, alias.name):
                        file = path.relative_to(source.parent).as_posix()
                        lost.append(Lost(file, alias.lineno, f"{node.module}.{alias.name}"))
    return sorted(lost)


def _exists(generated: Path, module: str, name: str) -> bool:
    place = generated.joinpath(*module.split("."))
    if name == "*":
        return place.is_dir() or place.with_suffix(".py").is_file()
    if place.is_dir():
        if (place / f"{name}.py").is_file() or (place / name).is_dir():
            return True
        place = place / "__init__"
    file = place.with_suffix(".py")
    return file.is_file() and any(_binds(node, name) for node in ast.walk(ast.parse(file.read_text("utf-8"))))


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name
    if isinstance(node, ast.ImportFrom | ast.Import):
        return any((alias.asname or alias.name) == name for alias in node.names)
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name
