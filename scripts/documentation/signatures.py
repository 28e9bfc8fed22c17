"""Shows the methods of the resources with their signatures, in the reference.

An attribute such as `list = paged(contacts_list.operation)` has its arguments, its result and its docstring in
the generated operation. griffe reads the source only, so this extension replaces the attribute by a function.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import griffe

import textrequest_api.api
import textrequest_ext.resources
from documentation.docstrings import with_sections
from textrequest_ext._operations.descriptors import call, paged
from textrequest_ext._operations.flows import flow

RESOURCES = "textrequest_ext.resources"
# The signature shows the result of the method. The docstring has that of the operation, which for a list is a page.
RESULT = re.compile(r"^Returns:\n(?:(?: .*)?\n)*(?=Raises:)", re.MULTILINE)
STATUS = re.compile(r"^( +)Status (\d{3}):", re.MULTILINE)
ERRORS = {400: "BadRequestError", 401: "AuthenticationError", 403: "PermissionDeniedError"}
ERRORS |= {404: "NotFoundError", 409: "ConflictError", 429: "RateLimitError"}


def _generated_modules() -> dict[str, str]:
    """The module of each generated operation, by the name of the operation."""
    found = pkgutil.walk_packages(textrequest_api.api.__path__, "textrequest_api.api.")
    return {name.rpartition(".")[2]: name for _, name, is_package in found if not is_package}


def _methods(module: str) -> Iterator[tuple[str, str, Any]]:
    """The class, the name and the descriptor of each method of a resource that is no ordinary function."""
    for class_name, owner in inspect.getmembers(import_module(module), inspect.isclass):
        if owner.__module__ == module:
            for name, value in vars(owner).items():
                if isinstance(value, call | paged | flow):
                    yield class_name, name, value


def _without_unset(annotation: Any) -> Any:
    """The annotation without `Unset`: the default value says that an argument can be omitted."""
    if isinstance(annotation, griffe.ExprBinOp):
        left, right = _without_unset(annotation.left), _without_unset(annotation.right)
        if left is None or right is None:
            return left or right
        return griffe.ExprBinOp(left=left, operator=annotation.operator, right=right)
    return None if str(annotation) == "Unset" else annotation


def _parameters(function: griffe.Function) -> griffe.Parameters:
    first = griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)
    others = [
        griffe.Parameter(
            parameter.name,
            kind=parameter.kind,
            annotation=_without_unset(parameter.annotation),
            default="..." if str(parameter.default) == "UNSET" else parameter.default,
        )
        for parameter in function.parameters
    ]
    return griffe.Parameters(first, *others)


def _for_methods(text: str) -> str:
    """The docstring of an operation, as that of a method."""
    return STATUS.sub(lambda match: f"{match[1]}{ERRORS[int(match[2])]}:", RESULT.sub("", text))


def _without_none(annotation: Any) -> Any:
    if isinstance(annotation, griffe.ExprBinOp) and str(annotation.right) == "None":
        return annotation.left
    return annotation


def _structure(owner: griffe.Module | griffe.Class) -> None:
    """Divide the docstrings of all functions and classes into sections."""
    for member in owner.members.values():
        if member.is_alias:
            continue
        if isinstance(member, griffe.Module | griffe.Class):
            _structure(member)
        if member.docstring is None or not isinstance(member, griffe.Function | griffe.Class):
            continue
        arguments = {parameter.name.lstrip("*") for parameter in member.parameters} - {"self"}
        attributes = set(member.attributes) if isinstance(member, griffe.Class) else set()
        text = with_sections(member.docstring.value, arguments, attributes)
        member.docstring = griffe.Docstring(text, parent=member, parser=griffe.Parser.google)


class Signatures(griffe.Extension):
    """An extension of griffe, for the option `extensions` of mkdocstrings."""

    def on_package(self, *, pkg: griffe.Module, loader: griffe.GriffeLoader, **_: Any) -> None:
        if pkg.path != "textrequest_ext":
            return
        loader.load("textrequest_api")
        modules = _generated_modules()
        for info in pkgutil.iter_modules(textrequest_ext.resources.__path__, RESOURCES + "."):
            for class_name, name, descriptor in _methods(info.name):
                owner = pkg[info.name.partition(".")[2]][class_name]
                if isinstance(descriptor, flow):
                    # A flow is a generator of requests. Its third type is that of the result.
                    function = owner.members[name]
                    function.returns = function.returns.slice.elements[2]
                    continue
                generated = loader.modules_collection[modules[descriptor.operation.name]]
                source = inspect.unwrap(descriptor.operation.build)
                function = loader.modules_collection[f"{source.__module__}.{source.__qualname__}"]
                owner.set_member(name, self._method(owner, name, function, generated, descriptor, loader))
        _structure(pkg)

    def _method(
        self,
        owner: griffe.Class,
        name: str,
        function: griffe.Function,
        generated: griffe.Module,
        descriptor: Any,
        loader: griffe.GriffeLoader,
    ) -> griffe.Function:
        returns = generated["parse"].returns
        if isinstance(descriptor, paged):
            page = loader.modules_collection[_without_none(returns).canonical_path]
            item = page["items"].annotation.slice
            pager = griffe.ExprName("Pager", parent=loader.modules_collection["textrequest_ext"])
            returns = griffe.ExprSubscript(left=pager, slice=item)
        attribute = owner.members[name]
        method = griffe.Function(
            name,
            lineno=attribute.lineno,
            endlineno=attribute.endlineno,
            parameters=_parameters(function),
            returns=returns,
            parent=owner,
        )
        text = function.docstring.value if function.docstring else ""
        method.docstring = griffe.Docstring(_for_methods(text), parent=method, parser=griffe.Parser.google)
        return method
