"""The code of docs/webhooks.md runs unchanged, block after block, against the sandbox."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from textrequest_ext import TextRequest
from textrequest_ext.sandbox import Sandbox

GUIDE = Path(__file__).parents[2] / "docs" / "webhooks.md"


def test_the_code_of_the_guide_runs_and_registers_each_webhook_once(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    with (
        Sandbox(dashboards=1, contacts=0, messages=0) as sandbox,
        TextRequest(sandbox.api_key, base_url=sandbox.url) as client,
    ):
        dashboard = client.dashboards.list().first()
        assert dashboard is not None
        text = sandbox.receive_text(dashboard.id, "14235550142", "is it ready")
        monkeypatch.setenv("TEXTREQUEST_API_KEY", sandbox.api_key)
        monkeypatch.setenv("TEXTREQUEST_BASE_URL", sandbox.url)
        for _ in range(2):
            for block in blocks:
                exec(compile(block, GUIDE.name, "exec"), names)
            connected = [hook.is_connected for hook in client.webhooks.list(dashboard.id)]
            assert connected == [True, True, True]
            for hook in sandbox.state.dashboards[dashboard.id].webhooks.values():
                hook.is_connected = False
        events = [str(hook.event) for hook in client.webhooks.list(dashboard.id)]
    assert sorted(events) == ["contact_updated", "msg_received", "msg_status_updated"]
    assert names["on_delivery"](b"{}", {}, "msg_received") == 401
    assert names["seen"] == {text.message_id}
