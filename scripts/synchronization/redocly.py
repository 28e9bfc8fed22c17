"""The differences @redocly/cli finds between two built contracts. Optional: it needs Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from synchronization.differences import SEVERITIES, Difference

PACKAGE = "@redocly/cli@2.77.0"
SECONDS = 180


def compare(old: Path, new: Path) -> list[Difference] | None:
    """The differences of two files; None if the tool is not available or fails."""
    npx = shutil.which("npx")
    if npx is None or os.environ.get("SYNC_REDOCLY") == "off":
        return None
    command = [npx, "--yes", PACKAGE, "diff", str(old), str(new), "--format", "json", "--fail-on", "none"]
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    try:
        result = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            env=environment,
            cwd=old.parent,
        )
        return read(result.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return None


def read(output: str) -> list[Difference]:
    """The differences in the JSON report of redocly. Raises ValueError, KeyError or TypeError for other text."""
    report: Any = json.loads(output[output.index("{") :])
    found = []
    for change in report["changes"]:
        # An addition has a severity but no verdict of a rule.
        plain = {"impact": change["impact"], "ruleId": change["kind"], "message": change.get("typeName", "")}
        for verdict in change["verdicts"] or [plain]:
            if verdict["impact"] in SEVERITIES:
                message = verdict["message"].replace("`", "")
                found.append(
                    Difference(verdict["impact"], verdict["ruleId"], _pointer(verdict, change), message)
                )
    return sorted(set(found), key=lambda item: (SEVERITIES.index(item.severity), item.where, item.kind))


def _pointer(verdict: dict[str, Any], change: dict[str, Any]) -> str:
    place = verdict.get("location") or change.get("revision") or change.get("base") or {}
    return str(place.get("pointer") or change["path"])
