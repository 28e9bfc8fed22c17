"""Apply an OpenAPI Overlay with oas-patch. Every action must find its target."""

from __future__ import annotations

import copy
import importlib.util
import json
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from jsonpath_ng.ext.parser import ExtentedJsonPathParser

from regeneration import Refused
from regeneration.source import nodes


def _oas_patch() -> Any:
    """The module of oas-patch that applies an overlay. The package also imports what compares documents: pandas."""
    package: Any = importlib.util.find_spec("oas_patch")
    loader = SourceFileLoader("oas_patch_overlay", f"{package.submodule_search_locations[0]}/overlay.py")
    module = ModuleType(loader.name)
    loader.exec_module(module)
    return module


oas_patch = _oas_patch()
# jsonpath-ng builds a parser for every path, which takes 30 ms, and oas-patch needs one per action.
# One parser for all of them makes the overlay 20 times as fast.
_parse = cache(ExtentedJsonPathParser().parse)
oas_patch.parse = _parse


def read(path: Path) -> list[dict[str, Any]]:
    """The actions of an overlay file, in order."""
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise Refused(f"{path.name}: not a readable overlay ({type(error).__name__})") from error
    return parse(text, path.name)


def parse(text: str, source: str) -> list[dict[str, Any]]:
    """The same for the text of an overlay. source: its name in errors."""
    try:
        overlay = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise Refused(f"{source}: not a readable overlay ({type(error).__name__})") from error
    if not isinstance(overlay, dict) or not isinstance(overlay.get("actions"), list):
        raise Refused(f"{source}: not an OpenAPI Overlay: no list of actions")
    actions: list[dict[str, Any]] = overlay["actions"]
    for action in actions:
        if isinstance(action, dict) and "copy" in action:
            raise Refused(
                f"{source}: the action copy of Overlay 1.1 is not supported; write what is copied as an update: "
                f"{action.get('target')}"
            )
        if (
            not isinstance(action, dict)
            or not {"target", "description"} <= action.keys()
            or not {"update", "remove"} & action.keys()
        ):
            raise Refused(f"{source}: an action needs target, description, and update or remove: {action}")
    return actions


def name(action: dict[str, Any]) -> str:
    """An action in a message: its target and its description."""
    return f"{action['target']} ({action['description']})"


def apply(document: dict[str, Any], actions: list[dict[str, Any]]) -> dict[str, Any]:
    """A corrected copy of the document. Raises Refused for an action without a target."""
    corrected, stale = apply_possible(document, actions)
    if stale:
        raise Refused("overlay action without a target: " + "; ".join(name(action) for action in stale))
    return corrected


def apply_possible(
    document: dict[str, Any], actions: list[dict[str, Any]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A copy of the document with the actions that have a target applied, and the actions without one."""
    corrected = copy.deepcopy(document)
    stale: list[dict[str, Any]] = []
    for action in actions:
        try:
            matches = len(_parse(action["target"]).find(corrected))
        except Exception as error:  # the lexer and the parser of jsonpath-ng raise plain exceptions
            raise Refused(f"overlay action with a target that is not a JSONPath: {name(action)}") from error
        if not matches:
            stale.append(action)
            continue
        corrected = oas_patch.apply_overlay(corrected, {"actions": [copy.deepcopy(action)]})
        if matches > 1:
            # The update is now one object in many places, which later actions must change separately.
            corrected = json.loads(json.dumps(corrected))
    for _, node in nodes(corrected):
        # An update appends, and the list may contain the property already.
        required = node.get("required") if isinstance(node, dict) else None
        if isinstance(required, list) and all(isinstance(name, str) for name in required):
            node["required"] = list(dict.fromkeys(required))
    return corrected, stale
