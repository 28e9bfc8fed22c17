"""webhooks.ensure finds, reconnects or creates a webhook."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from textrequest_ext import InvalidArgumentError
from unit.conftest import ClientHarness

URL = "https://example.com/hooks/in"


def webhook(number: int, event: str, url: str, connected: bool | None) -> dict[str, Any]:
    return {"id": number, "event": event, "target_url": url, "is_connected": connected}


OTHERS = [webhook(1, "msg_sent", URL, True), webhook(2, "msg_received", "https://example.com/other", True)]


@pytest.mark.parametrize(
    ("existing", "methods", "webhook_id"),
    [
        ([*OTHERS, webhook(3, "msg_received", URL, True)], ["GET"], 3),
        ([*OTHERS, webhook(3, "msg_received", URL, None)], ["GET"], 3),
        ([*OTHERS, webhook(3, "msg_received", URL, False)], ["GET", "PUT"], 3),
        (OTHERS, ["GET", "POST"], 9),
        ([], ["GET", "POST"], 9),
    ],
)
def test_ensure(
    harness: ClientHarness, existing: list[dict[str, Any]], methods: list[str], webhook_id: int
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            meta = {"page": 0, "page_size": 100, "total_items": len(existing)}
            return httpx.Response(200, json={"items": existing, "meta": meta})
        if request.method == "PUT":
            assert request.url.path.endswith("/hooks/3")
            return httpx.Response(204)
        assert json.loads(request.content) == {"target_url": URL, "event": "msg_received"}
        return httpx.Response(201, json=webhook(9, "msg_received", URL, True))

    client = harness.client(handler)
    found = harness.run(client.webhooks.ensure(121, target_url=URL, event="msg_received"))
    assert [request.method for request in harness.requests] == methods
    assert found.id == webhook_id
    assert found.is_connected is not False


def test_invalid_argument_raises_before_sending(harness: ClientHarness) -> None:
    client = harness.client_returning()
    with pytest.raises(InvalidArgumentError, match="target_url"):
        harness.run(client.webhooks.ensure(121, target_url="nowhere", event="msg_received"))
    assert harness.requests == []
