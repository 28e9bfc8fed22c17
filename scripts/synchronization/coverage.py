"""Which operations have a method in a resource, and which imports of the hand-written code are broken.

Parses the source instead of importing it: a resource whose operation was removed cannot be imported.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "textrequest_api"


@dataclass(frozen=True, order=True)
class BrokenImport:
    """A line of the hand-written code that imports a name the generated package does not have."""

    file: str
    line: int
    name: str


def generated_operations(generated: Path) -> dict[str, str]:
    """The operations of a generated package: name of the module to its dotted path."""
    api = generated / PACKAGE / "api"
    return {
        path.stem: f"{PACKAGE}.api.{path.parent.name}.{path.stem}"
        for path in sorted(api.glob("*/*.py"))
        if path.stem != "__init__"
    }


def resource_methods(source: Path) -> dict[str, list[str]]:
    """The methods of the resources, such as `contacts.list`, by the name of the operation's module."""
    methods: dict[str, list[str]] = {}
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
                        methods.setdefault(used.value.id, []).extend(
                            f"{path.stem}.{target.id}" for target in targets
                        )
    return methods


def operations_without_method(source: Path, generated: Path) -> list[str]:
    """The operations that have no method in a resource, as dotted paths of their modules."""
    methods = resource_methods(source)
    # The sends are composed in a package of their own.
    composed = "".join(
        path.read_text("utf-8") for path in sorted((source / "textrequest_ext" / "_sending").glob("*.py"))
    )
    return [
        module
        for name, module in generated_operations(generated).items()
        if not methods.get(name) and f"{name}.operation" not in composed
    ]


def broken_imports(source: Path, generated: Path) -> list[BrokenImport]:
    """The imports under source of names that the generated package does not have."""
    broken = []
    for path in sorted(source.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
                for alias in node.names:
                    if not _exists(generated, node.module, alias.name):
                        file = path.relative_to(source.parent).as_posix()
                        broken.append(BrokenImport(file, alias.lineno, f"{node.module}.{alias.name}"))
    return sorted(broken)


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
