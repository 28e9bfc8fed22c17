"""Write the package of a built document: run the generator and the formatter, and add the runtime."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from referencing.exceptions import PointerToNowhere

from regeneration import Refused

PACKAGE = "textrequest_api"
GENERATOR = "openapi-python-client"
LINE_LENGTH = "110"
MAX_SECONDS = 120
MAX_REASON = 200


def check(document: dict[str, Any], name: str) -> None:
    """Raise Refused unless the document is a valid OpenAPI document."""
    try:
        _check_inheritance(document, name)
        validate(document)
    except Refused:
        raise
    except OpenAPIValidationError as error:
        reason, where = _reason(error)
        raise Refused(f"{name}: not valid OpenAPI: {reason} at /{where}") from error
    except PointerToNowhere as error:
        raise Refused(f"{name}: reference without a target: {_first_line(str(error.ref))}") from error
    except Exception as error:  # the validator may fail in any way on an untrusted document
        raise Refused(f"{name}: cannot be validated ({type(error).__name__})") from error


def _reason(error: Any) -> tuple[str, str]:
    """Why a document is not valid, and where."""
    reason = _first_line(str(getattr(error, "message", error)))
    rules = [str(part) for part in getattr(error, "absolute_schema_path", ())]
    if len(reason) > MAX_REASON and rules:  # it begins with the whole value
        reason = f"the value does not meet the rule {rules[-1]}"
    return reason, "/".join(str(part) for part in getattr(error, "absolute_path", ()))


def _check_inheritance(document: dict[str, Any], name: str) -> None:
    """Raise Refused for a schema that inherits from itself, on which the validator recurses without end."""
    schemas = document.get("components", {}).get("schemas", {})
    parents = {
        key: [
            str(part["$ref"]).rpartition("/")[2]
            for part in [schema, *(schema.get("allOf") or [])]
            if isinstance(part, dict) and "$ref" in part
        ]
        for key, schema in schemas.items()
        if isinstance(schema, dict)
    }
    try:
        TopologicalSorter(parents).prepare()
    except CycleError as error:
        raise Refused(f"{name}: schema {error.args[1][0]}: inherits from itself by allOf") from None


def write(built: dict[str, Any], provenance: dict[str, str], codegen: Path, directory: Path) -> None:
    """Generate the package into directory / textrequest_api. A warning of the generator raises Refused."""
    target = directory / PACKAGE
    document = directory / "built.json"
    document.write_text(_json(built), "utf-8")
    _run(
        "generator",
        [
            *(sys.executable, "-P", str(Path(__file__).with_name("generator.py")), "generate"),
            *("--path", str(document), "--output-path", str(target), "--meta", "none", "--fail-on-warning"),
            *("--config", str(codegen / "config.yaml")),
            *("--custom-template-path", str(codegen / "templates")),
        ],
    )
    _copy_runtime(codegen, target)
    url = (built.get("servers") or [{}])[0].get("url", "")
    (target / "_server.py").write_text(
        f'{_header(codegen)}\n\n"""The server of the contract."""\n\nBASE_URL = {json.dumps(url.rstrip("/"))}\n',
        "utf-8",
    )
    ruff = [sys.executable, "-P", "-m", "ruff"]
    _run(
        "formatter",
        [
            *ruff,
            "check",
            "--isolated",
            "--no-cache",
            "--quiet",
            "--fix-only",
            "--select",
            "I,F401",
            str(target),
        ],
    )
    _run(
        "formatter",
        [*ruff, "format", "--isolated", "--no-cache", "--quiet", "--line-length", LINE_LENGTH, str(target)],
    )
    _compile(target)
    document.replace(target / "openapi.json")
    (target / "provenance.json").write_text(_json(provenance), "utf-8")
    (target / "py.typed").touch()


def _copy_runtime(codegen: Path, target: Path) -> None:
    """Add the modules that do not depend on the document, in place of the generator's own."""
    header = _header(codegen)
    for path in sorted((codegen / "runtime").glob("*.py")):
        (target / path.name).write_text(f"{header}\n\n{path.read_text('utf-8')}", "utf-8")


def _header(codegen: Path) -> str:
    lines = (codegen / "templates" / "header.jinja").read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if line.startswith("#"))


def _run(step: str, command: list[str]) -> None:
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=MAX_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise Refused(f"{step}: did not finish within {MAX_SECONDS} seconds") from error
    if result.returncode:
        lines = [line.strip() for line in (result.stdout + result.stderr).splitlines() if line.strip()]
        messages = [
            line
            for line in lines
            if not line.startswith(("Generating", "Error(s) encountered", "Warning(s) encountered"))
        ]
        raise Refused(
            f"{step}: {' | '.join(messages)[:600] or f'failed with exit status {result.returncode}'}"
        )


def _compile(folder: Path) -> None:
    """Raise Refused for code that Python cannot compile, such as a function with two arguments of one name."""
    for path in sorted(folder.rglob("*.py")):
        try:
            compile(path.read_bytes(), path.name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            raise Refused(f"generated code is not Python: {path.relative_to(folder)}: {error}") from error


def provenance(contract: dict[str, Any], overlay: Path, codegen: Path) -> dict[str, str]:
    """Where the package comes from: hashes of the four inputs, and the versions of the tools.

    The hash of the contract is that of canonical JSON: it does not depend on the format or on the
    order of keys.
    """
    templates = sorted([*(codegen / "templates").glob("*.jinja"), *(codegen / "runtime").glob("*.py")])
    return {
        "contract_version": str(contract.get("info", {}).get("version", "")),
        "contract_sha256": _sha256(_json(contract, sort_keys=True).encode()),
        "overlay_sha256": _sha256(overlay.read_bytes()),
        "settings_sha256": _sha256((codegen / "config.yaml").read_bytes()),
        "templates_sha256": _sha256(
            b"".join(path.name.encode() + b"\0" + path.read_bytes() for path in templates)
        ),
        "generator": f"{GENERATOR} {version(GENERATOR)}",
        "formatter": f"ruff {version('ruff')}",
    }


def differences(old: Path, new: Path) -> list[str]:
    """The files that differ between two package directories, as `changed|added|removed path`."""
    before, after = (dict(_files(folder)) for folder in (old, new))
    lines = [f"removed {name}" for name in before.keys() - after.keys()]
    lines += [f"added {name}" for name in after.keys() - before.keys()]
    lines += [f"changed {name}" for name in before.keys() & after.keys() if before[name] != after[name]]
    return sorted(lines, key=lambda line: line.split(" ", 1)[1])


def replace(old: Path, new: Path) -> None:
    """Replace the old directory by the new one. It is renamed, so that it is never incomplete."""
    old.parent.mkdir(parents=True, exist_ok=True)
    retired = new.with_name(new.name + ".retired")
    if old.exists():
        old.rename(retired)
    try:
        new.rename(old)
    except BaseException:  # also KeyboardInterrupt, between the two renames
        if retired.exists() and not old.exists():
            retired.rename(old)
        raise
    shutil.rmtree(retired, ignore_errors=True)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _json(value: Any, *, sort_keys: bool = False) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=sort_keys) + "\n"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _first_line(text: str) -> str:
    return text.splitlines()[0][:300] if text else ""
