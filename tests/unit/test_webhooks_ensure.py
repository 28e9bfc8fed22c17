"""A webhook that must be there is found, reconnected, or made, whichever it takes."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from textrequest_ext import InvalidArgumentError
from unit.conftest import World

URL = "https://example.com/hooks/in"


def hook(number: int, event: str, url: str, connected: bool | None) -> dict[str, Any]:
    return {"id": number, "event": event, "target_url": url, "is_connected": connected}


OTHERS = [hook(1, "msg_sent", URL, True), hook(2, "msg_received", "https://example.com/other", True)]


@pytest.mark.parametrize(
    ("hooks", "asked", "number"),
    [
        ([*OTHERS, hook(3, "msg_received", URL, True)], ["GET"], 3),
        ([*OTHERS, hook(3, "msg_received", URL, None)], ["GET"], 3),
        ([*OTHERS, hook(3, "msg_received", URL, False)], ["GET", "PUT"], 3),
        (OTHERS, ["GET", "POST"], 9),
        ([], ["GET", "POST"], 9),
    ],
)
def test_ensure(world: World, hooks: list[dict[str, Any]], asked: list[str], number: int) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            meta = {"page": 0, "page_size": 100, "total_items": len(hooks)}
            return httpx.Response(200, json={"items": hooks, "meta": meta})
        if request.method == "PUT":
            assert request.url.path.endswith("/hooks/3")
            return httpx.Response(204)
        assert json.loads(request.content) == {"target_url": URL, "event": "msg_received"}
        return httpx.Response(201, json=hook(9, "msg_received", URL, True))

    client = world.client(handler)
    found = world.run(client.webhooks.ensure(121, target_url=URL, event="msg_received"))
    assert [request.method for request in world.requests] == asked
    assert found.id == number
    assert found.is_connected is not False


def test_bad_input_is_refused_before_the_list_is_asked_for(world: World) -> None:
    client = world.answering()
    with pytest.raises(InvalidArgumentError, match="target_url"):
        world.run(client.webhooks.ensure(121, target_url="nowhere", event="msg_received"))
    assert world.requests == []
