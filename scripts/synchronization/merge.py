"""The new openapi.yaml: the structure of the vendor's document with our own prose.

Only the lines that differ are edited; the others stay byte for byte, comments included. No prose of the
vendor is copied: a new element is marked with TO_DESCRIBE, and a changed one, whose description may be
wrong now, with TO_CHECK.
"""

from __future__ import annotations

import copy
import io
import pickle
from functools import lru_cache
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import FoldedScalarString, SingleQuotedScalarString

from regeneration import Refused
from regeneration.source import METHODS, parse
from synchronization import contract
from synchronization.contract import NAMES, PROSE, identity, pointer, structure

TO_DESCRIBE = "TODO: describe; new in the vendor's document."
TO_CHECK = "TODO: check; the vendor's document changed here."
# The elements under these keys have prose of their own.
_APART = NAMES | {"requestBody"}
# The kind of a new node under these keys, if it must have a description.
_DESCRIBED = {
    "properties": "named schema",
    "schemas": "named schema",
    "responses": "response",
    "parameters": "parameter",
}
_Yaml11 = yaml.resolver.Resolver()


class Merged:
    """The new text of openapi.yaml.

    to_describe, to_check: JSON pointers of the elements marked with TO_DESCRIBE and TO_CHECK.
    moved: the renamed paths, old to new.
    """

    def __init__(self) -> None:
        self.text = ""
        self.to_describe: list[str] = []
        self.to_check: list[str] = []
        self.moved: dict[str, str] = {}


def merge(ours: str, theirs: dict[str, Any]) -> Merged:
    """Give the text of our document the structure of theirs. Raises Refused if that fails."""
    merged = Merged()
    editor = _editor()
    document = pickle.loads(_loaded(ours))  # noqa: S301  what _loaded has pickled
    merged.moved = moved_paths(document["paths"], theirs["paths"])
    for old, new in merged.moved.items():
        document["paths"].insert(list(document["paths"]).index(old), new, document["paths"].pop(old))
    _merge_map(document, theirs, "", None, merged)
    if "version" in theirs.get("info", {}):
        document["info"]["version"] = _new(theirs["info"]["version"], "", None, merged)
    stream = io.StringIO()
    editor.dump(document, stream)
    merged.text = stream.getvalue()
    remaining = contract.changes(theirs, parse(merged.text.encode(), "the new openapi.yaml"))
    remaining = [line for line in remaining if not line.endswith("/operationId")]
    if remaining:
        raise Refused(f"the document could not be merged into openapi.yaml: {remaining[0]}")
    return merged


@lru_cache(maxsize=2)
def _loaded(text: str) -> bytes:
    """Our document as the editor loads it, pickled: loading it takes half of a merge."""
    return pickle.dumps(_editor().load(text))


def moved_paths(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, str]:
    """The paths that were renamed and are otherwise the same, operationIds included; old to new.

    The operationIds must exist and be equal. By structure alone, archive and unarchive are the same, and
    the description and the Python name of one must not be given to the other.
    """

    def form(item: dict[str, Any]) -> Any:
        operations = [item[method] for method in METHODS if isinstance(item.get(method), dict)]
        named = operations and all("operationId" in operation for operation in operations)
        return structure(item) if named else None

    removed = {path: form(item) for path, item in ours.items() if path not in theirs}
    added = {path: form(item) for path, item in theirs.items() if path not in ours}
    return {
        old: new
        for old, was in removed.items()
        for new, now in added.items()
        if was is not None and was == now
    }


def _editor() -> YAML:
    editor = YAML()
    editor.preserve_quotes = True
    editor.width = 110
    editor.indent(mapping=2, sequence=4, offset=2)
    editor.representer.add_representer(
        type(None), lambda representer, _: representer.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    return editor


def _merge(ours: Any, theirs: Any, where: str, key: str | None, merged: Merged) -> Any:
    """The node of the new document: ours, edited in place, or a new one if the values differ."""
    both_lists = isinstance(ours, list) and isinstance(theirs, list)
    if both_lists and key not in ("default", "const"):
        return _merge_list(ours, theirs, where, key, merged)
    if isinstance(ours, dict) and isinstance(theirs, dict) and key not in contract.DATA:
        _merge_map(ours, theirs, where, key, merged)
        return ours
    same = structure(ours, key) == structure(theirs, key) and isinstance(ours, bool) is isinstance(
        theirs, bool
    )
    return ours if same else _new(theirs, where, key, merged)


def _merge_map(ours: Any, theirs: dict[str, Any], where: str, key: str | None, merged: Merged) -> None:
    names = key in NAMES
    if not names and _own(ours) != _own(theirs) and where:
        _mark_to_check(ours, where, merged)
    for name in list(ours):
        kept = not names and (
            contract.is_prose(name) or name == "operationId" or (not where and name == "info")
        )
        if name not in theirs and not kept:
            del ours[name]
    for name, value in theirs.items():
        if not names and (name in PROSE or (not where and name == "info")):
            continue
        here = f"{where}/{pointer(name)}"
        if name in ours:
            ours[name] = _merge(ours[name], value, here, None if names else name, merged)
        else:
            ours[_text(name)] = _new(value, here, _kind(key, name), merged)


def _merge_list(ours: Any, theirs: list[Any], where: str, key: str | None, merged: Merged) -> Any:
    if not all(isinstance(item, dict) for item in [*ours, *theirs]):
        return _merge_values(ours, theirs, where, merged)
    if all(identity(item) for item in [*ours, *theirs]):
        wanted = {identity(item): item for item in theirs}
        known = {identity(item): item for item in ours}
        order = [name for name in known if name in wanted] + [name for name in wanted if name not in known]
        pairs = [(known.get(name), wanted[name]) for name in order]
    else:
        pairs = [
            (ours[position] if position < len(ours) else None, item) for position, item in enumerate(theirs)
        ]
    items = [
        _new(item, f"{where}/{position}", _item(key), merged)
        if old is None
        else _merge(old, item, f"{where}/{position}", None, merged)
        for position, (old, item) in enumerate(pairs)
    ]
    ours[:] = items
    return ours


def _merge_values(ours: Any, theirs: list[Any], where: str, merged: Merged) -> Any:
    """A list of plain values: ours in their order without the removed ones, and the new ones at the end."""
    if structure(ours, "enum") == structure(theirs, "enum"):
        return ours
    ours[:] = [value for value in ours if value in theirs] + [
        _new(value, where, None, merged) for value in theirs if value not in ours
    ]
    return ours


def _own(node: dict[str, Any]) -> Any:
    """What the description of a node is about: its structure without the parts that have their own prose."""
    form = structure(node)
    return _shallow(form) if isinstance(form, dict) else form


def _shallow(form: Any) -> Any:
    if isinstance(form, dict):
        return {
            key: _shallow(value)
            for key, value in form.items()
            if key not in _APART
            and key not in METHODS
            and key not in ("operationId", "tags", "components", "servers", "openapi")
        }
    return [_shallow(item) for item in form] if isinstance(form, list) else form


def _mark_to_check(node: Any, where: str, merged: Merged) -> None:
    """Mark the description of a node that changed, and remove its examples, which may be wrong now."""
    merged.to_check.append(where)
    for key in ("example", "examples"):
        node.pop(key, None)
        if isinstance(node.get("schema"), dict):
            node["schema"].pop(key, None)
    for key in ("description", "summary"):
        if isinstance(node.get(key), str) and not node[key].startswith(TO_CHECK):
            node[key] = _wrapped(f"{TO_CHECK} {node[key]}")
            break


def _kind(parent: str | None, name: str) -> str | None:
    """The kind of a new node, which decides whether it must have a summary or a description."""
    if parent in NAMES:
        return _DESCRIBED.get(str(parent))
    return "operation" if name in METHODS else name


def _item(key: str | None) -> str | None:
    return "parameter" if key == "parameters" else None


def _new(node: Any, where: str, kind: str | None, merged: Merged) -> Any:
    """A new node for our file: the structure of the vendor, with TO_DESCRIBE in place of its prose."""
    if isinstance(node, list):
        items = [_new(item, f"{where}/{position}", _item(kind), merged) for position, item in enumerate(node)]
        return CommentedSeq(items)
    if not isinstance(node, dict) or kind in contract.DATA:
        return _text(node) if isinstance(node, str) else copy.deepcopy(node)
    new = CommentedMap()
    prose = "summary" if kind == "operation" else "description"
    needed = kind in ("operation", "named schema", "response", "parameter") or prose in node
    if needed and kind not in NAMES and "$ref" not in node:
        new[prose] = TO_DESCRIBE
        merged.to_describe.append(where)
    for name, value in node.items():
        if kind in NAMES or not contract.is_prose(name):
            new[_text(name)] = _new(value, f"{where}/{pointer(name)}", _kind(kind, name), merged)
    return new


def _text(value: str) -> str:
    """The text, in quotes if YAML 1.1 reads it as another type, such as `on`."""
    resolve: Any = _Yaml11.resolve
    tag = resolve(yaml.ScalarNode, value, (True, False))
    return value if tag == "tag:yaml.org,2002:str" else _quoted(value)


def _quoted(value: str) -> str:
    quoted: str = SingleQuotedScalarString(value)
    return quoted


def _wrapped(text: str) -> str:
    """Long text as a folded scalar, as elsewhere in the file. Text with line breaks is not changed."""
    if "\n" in text.strip() or len(text) < 90:
        return text
    folded: Any = FoldedScalarString(text)
    folded.fold_pos, length = [], 0
    for position, character in enumerate(text):
        if character == " " and length > 85:
            folded.fold_pos.append(position)
            length = 0
        length += 1
    wrapped: str = folded
    return wrapped
