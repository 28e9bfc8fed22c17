"""The code in docs/texts.md runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from textrequest_ext import TextRequest
from textrequest_ext.sandbox import Sandbox

GUIDE = (Path(__file__).parents[2] / "docs" / "texts.md").read_text("utf-8")


def test_the_code_of_the_guide_runs(textrequest: TextRequest, textrequest_sandbox: Sandbox) -> None:
    names: dict[str, Any] = {}
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "docs/texts.md", "exec"), names)
    dashboard = textrequest_sandbox.add_dashboard()
    assert names["remind"](textrequest, dashboard.id, "5555550123", "See you at 7") is True
    assert names["remind"](textrequest, dashboard.id, "5555550123", "See you at 7 \u2013 " * 6) is False
    names["remind_smart"](textrequest, dashboard.id, "5555550123", "It\u2019s 7")
    bodies = [message.body for message in textrequest.messages.list(dashboard.id)]
    assert bodies == ["See you at 7", "It's 7"]
