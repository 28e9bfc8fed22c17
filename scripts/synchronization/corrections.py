"""Update the overlay for a new document: remove the actions that no longer fit, and report them.

Edits the text of the overlay, so that comments and layout stay and the change can be reviewed line by
line. An action can be

  stale       its target no longer exists: it is removed
  documented  the document now has what the action added, such as a parameter or an operation: that part
              of the action is removed and the document's version is used. The operationId and our x- keys
              stay, in an action of their own
  redundant   the document now has the same value: it is removed
  moved       its path was renamed: the target is renamed
  missing     a part of an x- key names something that the document no longer has: that part is removed
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from regeneration import Misfit
from regeneration.overlay import oas_patch
from regeneration.source import METHODS
from synchronization import contract

_NOTHING = object()
_KEPT = ("operationId", "tags")


@dataclass(frozen=True)
class Correction:
    """A change of one action of the overlay; its kinds are listed at the top of this module."""

    kind: str
    target: str
    description: str
    note: str = ""


@dataclass
class _Cuts:
    """What to remove from an action: nodes of its YAML, and operations whose names stay."""

    nodes: list[tuple[yaml.Node, yaml.Node]] = field(default_factory=list)
    documented: list[str] = field(default_factory=list)
    redundant: list[str] = field(default_factory=list)
    names: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def reconcile(
    text: str, before: dict[str, Any], after: dict[str, Any], moved: dict[str, str] | None = None
) -> tuple[str, list[Correction]]:
    """The text of the overlay for the document `after`, and the changes made to it.

    text: the overlay that fits `before`. moved: the paths that `after` renamed, old to new.
    """
    corrections: list[Correction] = []
    for old, new in (moved or {}).items():
        count = text.count(f"$.paths['{old}']")
        if count:
            text = text.replace(f"$.paths['{old}']", f"$.paths['{new}']")
            corrections.append(Correction("moved", f"$.paths['{new}']", f"{count} actions", f"was {old}"))
        before = {
            **before,
            "paths": {new if path == old else path: item for path, item in before["paths"].items()},
        }
    before, after = copy.deepcopy(before), copy.deepcopy(after)
    root = _composed(text)
    listed = next(value for key, value in root.value if key.value == "actions")
    removals: list[tuple[int, int]] = []
    insertions: list[tuple[int, str]] = []
    for node in listed.value:
        action = _value(node)
        olds, news = _find(action, before), _find(action, after)
        about = (action["target"], " ".join(action["description"].split()))
        cuts = _Cuts()
        remaining: dict[str, Any] | None = action
        if not news:
            corrections.append(Correction("stale", *about))
            remaining = None
        elif "update" in action and olds:  # without: written for the new document, as a refusal asks for
            update = _remaining(action["update"], olds, news, _member(node, "update"), action["target"], cuts)
            remaining = None if update is _NOTHING else {**action, "update": update}
            kinds = (("documented", cuts.documented), ("redundant", cuts.redundant))
            corrections += [Correction(kind, *about, ", ".join(parts)) for kind, parts in kinds if parts]
        whole = _span(text, listed, node)
        removals += [_span(text, *cut) for cut in cuts.nodes] if remaining else [whole]
        insertions += [(whole[1], _naming(*name)) for name in cuts.names]
        # In both documents, the next action applies to the result of this one.
        before = _applied(action, before)
        for target, kept in cuts.names:
            after = _applied({"target": target, "update": kept}, after)
        if remaining:
            after = _applied(remaining, after)
    return _edited(text, removals, insertions), corrections


def without_part(text: str, document: dict[str, Any], misfit: Misfit) -> tuple[str, Correction]:
    """The text of the overlay without the part of an x- key that does not fit the document.

    document: the new one, with the overlay applied. Raises the misfit if no action has the part.
    """
    owner: Any = document
    for key in misfit.owner:
        owner = owner[key]
    root = _composed(text)
    listed = next(value for key, value in root.value if key.value == "actions")
    for node in reversed(listed.value):
        action = _value(node)
        parents, value = [(listed, node)], action.get("update")
        if not any(match is owner for match in _find(action, document)):
            continue
        inner: Any = _member(node, "update") if "update" in action else None
        for key in misfit.part:
            if not isinstance(value, dict) or key not in value:
                break
            pair = next(pair for pair in inner.value if pair[0].value == key)
            # A mapping that would be empty is removed too.
            parents = [*parents, (inner, pair)] if len(value) > 1 else parents
            inner, value = pair[1], value[key]
        else:
            correction = Correction(
                "missing", action["target"], " ".join(action["description"].split()), ".".join(misfit.part)
            )
            return _edited(text, [_span(text, *parents[-1])], []), correction
    raise misfit


@lru_cache(maxsize=4)
def _composed(text: str) -> Any:
    """The nodes of an overlay, which are not changed."""
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _find(action: dict[str, Any], document: dict[str, Any]) -> list[Any]:
    """The matches of the action's target, found with the parser that regeneration.overlay gives to oas-patch."""
    return [match.value for match in oas_patch.parse(action["target"]).find(document)]


def _applied(action: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """The document with the action applied, as in regeneration.overlay, but in place."""
    matches = len(_find(action, document))
    if matches:
        document = oas_patch.apply_overlay(document, {"actions": [copy.deepcopy(action)]})
    # An update of several places is one shared object; later actions must change each place alone.
    changed: dict[str, Any] = json.loads(json.dumps(document)) if matches > 1 else document
    return changed


def _remaining(update: Any, olds: list[Any], news: list[Any], node: Any, where: str, cuts: _Cuts) -> Any:
    """The part of an update that the new document still needs; _NOTHING if it needs none of it.

    olds, news: the values at the place of the update before and after, one for each match.
    """
    if isinstance(update, dict):
        remaining: dict[str, Any] = {}
        removed: list[tuple[Any, Any]] = []
        for (key, value), pair in zip(update.items(), node.value, strict=True):
            part = _remaining_of_key(key, value, olds, news, pair, f"{where}['{key}']", cuts)
            if part is _NOTHING:
                removed.append((node, pair))
            else:
                remaining[key] = part
        if removed and not any(_is_structural(key) for key in remaining):
            return _NOTHING
        cuts.nodes += removed
        return remaining
    if isinstance(update, list):
        items = []
        removed = []
        for item, child in zip(update, node.value, strict=True):
            known = _known(item)
            if all(_has(new, known) for new in news) and not any(_has(old, known) for old in olds):
                cuts.documented.append(_brief(item))
                removed.append((node, child))
            else:
                items.append(item)
        if removed and not items:
            return _NOTHING
        cuts.nodes += removed
        return items
    if all(new == update for new in news) and not all(old == update for old in olds):
        cuts.redundant.append(str(update))
        return _NOTHING
    return update


def _remaining_of_key(
    key: str, value: Any, olds: list[Any], news: list[Any], pair: Any, where: str, cuts: _Cuts
) -> Any:
    old = [place[key] for place in olds if isinstance(place, dict) and key in place]
    new = [place[key] for place in news if isinstance(place, dict) and key in place]
    if len(new) < len(news) or not _is_structural(key) or key in _KEPT:
        return value
    added = not old
    if isinstance(value, dict) and isinstance(new[0], dict) and (key.startswith("/") or not added):
        return _remaining(value, old or [{}], new, pair[1], where, cuts)
    if isinstance(value, list):
        return _remaining(value, old or [[]], new, pair[1], where, cuts)
    if not added:
        return _remaining(value, old, new, pair[1], where, cuts)
    if all(item == value for item in new):
        cuts.redundant.append(f"{key}: {_brief(value)}")
        return _NOTHING
    path = re.findall(r"'([^']*)'", where)[-2:-1]
    cuts.documented.append(f"{key.upper()} {path[0]}" if key in METHODS and path else key)
    if key in METHODS and isinstance(value, dict):
        kept = {name: what for name, what in value.items() if name in _KEPT or name.startswith("x-")}
        cuts.names.append((re.sub(r"\['([a-z]+)'\]$", r".\1", where), kept))
    return _NOTHING


def _is_structural(key: str) -> bool:
    """Whether a key of an update is part of the contract or an instruction (x-…), and not prose."""
    return key not in contract.PROSE


def _known(item: Any) -> Any:
    """What identifies an item in a list."""
    return contract.identity(item) if isinstance(item, dict) else item


def _has(items: Any, known: Any) -> bool:
    return bool(known) and isinstance(items, list) and any(_known(item) == known for item in items)


def _brief(item: Any) -> str:
    text = str(item.get("name", item)) if isinstance(item, dict) else str(item)
    return text if len(text) <= 60 else text[:57] + "..."


def _value(node: yaml.Node) -> dict[str, Any]:
    loader = yaml.SafeLoader("")
    value: dict[str, Any] = loader.construct_document(node)
    return value


def _member(node: Any, name: str) -> Any:
    return next(value for key, value in node.value if key.value == name)


def _naming(target: str, update: dict[str, Any]) -> str:
    inner = yaml.safe_dump(update, default_flow_style=True, width=10_000).strip()
    return (
        f"  - target: {target}\n"
        '    description: "ours: the document has this operation now; it keeps the name it had here."\n'
        f"    update: {inner}\n"
    )


def _span(text: str, parent: Any, child: Any) -> tuple[int, int]:
    """The characters to remove for an item of a list or a mapping: whole lines, or a part of a flow style."""
    first, last = child if isinstance(child, tuple) else (child, child)
    start, end = first.start_mark.index, _end(text, last)
    if parent.flow_style:
        following = re.compile(r"\s*,\s*").match(text, end)
        if following:
            return start, following.end()
        preceding = re.compile(r",\s*$").search(text, 0, start)
        return (preceding.start() if preceding else start), end
    line = text.rfind("\n", 0, start) + 1
    newline = text.find("\n", end)
    return line, len(text) if newline < 0 else newline + 1


def _end(text: str, node: Any) -> int:
    """The index after the last character of a node. (The end mark of a block includes the comments after it.)"""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    return len(text[:end].rstrip()) if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">") else end


def _edited(text: str, removals: Iterable[tuple[int, int]], insertions: Iterable[tuple[int, str]]) -> str:
    """The text without the removed spans, which may overlap, and with the inserted lines."""
    edits = [(start, end, "") for start, end in removals] + [(at, at, new) for at, new in insertions]
    pieces, position = [], 0
    for start, end, new in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if start >= position:
            pieces.append(text[position:start])
        pieces.append(new)
        position = max(position, end)
    return "".join([*pieces, text[position:]])
