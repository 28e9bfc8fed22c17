"""The snippets of docs/typing.md run against the sandbox; tests/editors has them checked by pyright."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from textrequest_ext import TextRequest

GUIDE = (Path(__file__).parents[2] / "docs" / "typing.md").read_text("utf-8")
CODE = "\n".join(re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE))


def test_snippets_run(textrequest: TextRequest) -> None:
    names: dict[str, Any] = {}
    exec(compile(CODE, "typing.md", "exec"), names)
    [dashboard] = [textrequest.dashboards.create(name="Main", phone="5555550100")]
    names["import_people"](textrequest, dashboard.id, [("5555550123", "Ann"), ("5555550124", "Lee")])
    found = {contact.first_name: contact.groups for contact in textrequest.contacts.list(dashboard.id)}
    [group] = textrequest.groups.list(dashboard.id)
    assert found.keys() == {"Ann", "Lee"}
    assert group.name == "Imported"
    assert len(names["request_ids"](textrequest, dashboard.id)) == 2
