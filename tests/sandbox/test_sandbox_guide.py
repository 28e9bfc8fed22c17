"""The code in docs/sandbox.md runs, and the guide names every method."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from textrequest_ext import TextRequest
from textrequest_ext.sandbox import Fault, Sandbox

GUIDE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")


def test_the_code_of_the_guide_runs(textrequest: TextRequest, textrequest_sandbox: Sandbox) -> None:
    names: dict[str, Any] = {}
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "docs/sandbox.md", "exec"), names)
    names["test_my_reminder"](textrequest, textrequest_sandbox)


def test_the_guide_names_every_method_and_every_field_of_fault() -> None:
    methods = [name for name in dir(Sandbox) if not name.startswith("_")]
    documented = {*re.findall(r"\w+", GUIDE)}
    elsewhere = {"start", "stop", "control_url", "faults"}
    assert [name for name in methods if name not in documented | elsewhere] == []
    assert [field.name for field in fields(Fault) if field.name not in documented] == []
