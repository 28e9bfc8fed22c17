"""The new openapi.yaml: the structure of the vendor's document, the prose of ours.

Edits our file where it must and leaves every other line as it stands, comments included. No sentence
of the vendor's enters: what is new is marked as still to be described, and what changed underneath
our words is marked as to be checked.
"""

from __future__ import annotations

import copy
import io
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
# What stands under these keys has prose of its own.
_APART = NAMES | {"requestBody"}
# What a new node under these keys is, if it must have words of its own.
_DESCRIBED = {
    "properties": "named schema",
    "schemas": "named schema",
    "responses": "response",
    "parameters": "parameter",
}
_Yaml11 = yaml.resolver.Resolver()


class Merged:
    """The new text of openapi.yaml, and what to know of it.

    to_describe, to_check: JSON pointers of the places where words are missing or doubtful.
    moved: paths that have another name now, old to new.
    """

    def __init__(self) -> None:
        self.text = ""
        self.to_describe: list[str] = []
        self.to_check: list[str] = []
        self.moved: dict[str, str] = {}


def merge(ours: str, theirs: dict[str, Any]) -> Merged:
    """Bring the text of our document to the structure of theirs; raises Refused where that fails."""
    merged = Merged()
    editor = _editor()
    document = editor.load(ours)
    merged.moved = _moved(document["paths"], theirs["paths"])
    for old, new in merged.moved.items():
        document["paths"].insert(list(document["paths"]).index(old), new, document["paths"].pop(old))
    _merge_map(document, theirs, "", None, merged)
    if "version" in theirs.get("info", {}):
        document["info"]["version"] = _fresh(theirs["info"]["version"], "", None, merged)
    stream = io.StringIO()
    editor.dump(document, stream)
    merged.text = stream.getvalue()
    left = contract.changes(theirs, parse(merged.text.encode(), "the new openapi.yaml"))
    left = [line for line in left if not line.endswith("/operationId")]
    if left:
        raise Refused(f"the document could not be brought into openapi.yaml: {left[0]}")
    return merged


def _moved(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, str]:
    """Paths under another name, and else the same down to their operationIds.

    The ids must be there and agree: archive and unarchive have one shape, and our words about the one,
    and its name in Python, must not pass to the other.
    """

    def form(item: dict[str, Any]) -> Any:
        operations = [item[method] for method in METHODS if isinstance(item.get(method), dict)]
        named = operations and all("operationId" in operation for operation in operations)
        return structure(item) if named else None

    gone = {path: form(item) for path, item in ours.items() if path not in theirs}
    added = {path: form(item) for path, item in theirs.items() if path not in ours}
    return {
        old: new for old, was in gone.items() for new, now in added.items() if was is not None and was == now
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
    """What stands in the new document for ours: ours itself, edited, wherever it says the same."""
    both_lists = isinstance(ours, list) and isinstance(theirs, list)
    if both_lists and key not in ("default", "const"):
        return _merge_list(ours, theirs, where, key, merged)
    if isinstance(ours, dict) and isinstance(theirs, dict) and key not in contract.DATA:
        _merge_map(ours, theirs, where, key, merged)
        return ours
    same = structure(ours, key) == structure(theirs, key) and isinstance(ours, bool) is isinstance(
        theirs, bool
    )
    return ours if same else _fresh(theirs, where, key, merged)


def _merge_map(ours: Any, theirs: dict[str, Any], where: str, key: str | None, merged: Merged) -> None:
    names = key in NAMES
    if not names and _own(ours) != _own(theirs) and where:
        _doubt(ours, where, merged)
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
            ours[_text(name)] = _fresh(value, here, _kind(key, name), merged)


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
        _fresh(item, f"{where}/{position}", _item(key), merged)
        if old is None
        else _merge(old, item, f"{where}/{position}", None, merged)
        for position, (old, item) in enumerate(pairs)
    ]
    ours[:] = items
    return ours


def _merge_values(ours: Any, theirs: list[Any], where: str, merged: Merged) -> Any:
    """A list of plain values: ours in their order, what is gone taken out, what is new at the end."""
    if structure(ours, "enum") == structure(theirs, "enum"):
        return ours
    ours[:] = [value for value in ours if value in theirs] + [
        _fresh(value, where, None, merged) for value in theirs if value not in ours
    ]
    return ours


def _own(node: dict[str, Any]) -> Any:
    """What a node's own words are about: its structure, less what stands below it with words of its own."""
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


def _doubt(node: Any, where: str, merged: Merged) -> None:
    """Mark our words about a node whose meaning changed; its examples, which may be wrong now, go."""
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
    """What a new node is, where that decides which words it must have."""
    if parent in NAMES:
        return _DESCRIBED.get(str(parent))
    return "operation" if name in METHODS else name


def _item(key: str | None) -> str | None:
    return "parameter" if key == "parameters" else None


def _fresh(node: Any, where: str, kind: str | None, merged: Merged) -> Any:
    """A new node for our file: the vendor's structure, and a mark in place of the vendor's words."""
    if isinstance(node, list):
        items = [
            _fresh(item, f"{where}/{position}", _item(kind), merged) for position, item in enumerate(node)
        ]
        return CommentedSeq(items)
    if not isinstance(node, dict) or kind in contract.DATA:
        return _text(node) if isinstance(node, str) else copy.deepcopy(node)
    fresh = CommentedMap()
    words = "summary" if kind == "operation" else "description"
    needs = kind in ("operation", "named schema", "response", "parameter") or words in node
    if needs and kind not in NAMES and "$ref" not in node:
        fresh[words] = TO_DESCRIBE
        merged.to_describe.append(where)
    for name, value in node.items():
        if kind in NAMES or not contract.is_prose(name):
            fresh[_text(name)] = _fresh(value, f"{where}/{pointer(name)}", _kind(kind, name), merged)
    return fresh


def _text(value: str) -> str:
    """Text that YAML 1.1 would read as something else, such as `on`, in quotes."""
    resolve: Any = _Yaml11.resolve
    tag = resolve(yaml.ScalarNode, value, (True, False))
    return value if tag == "tag:yaml.org,2002:str" else _quoted(value)


def _quoted(value: str) -> str:
    quoted: str = SingleQuotedScalarString(value)
    return quoted


def _wrapped(text: str) -> str:
    """Long text folded, as elsewhere in the file; text with line breaks of its own stays as it is."""
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
