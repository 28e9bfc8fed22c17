"""What takes several requests: paging, a failure in between, media, and the round trip of a location."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cassettes.conftest import HOOK, KEY, RECORDED
from textrequest_ext import LOCATION_REQUEST_TAG, webhooks

DELIVERY = RECORDED / "journeys" / "location_delivery.json"


def test_paging_over_three_pages(api: Any) -> None:
    dashboard = api(api.client.dashboards.list().first())
    pager = api.client.messages.list(dashboard.id, page_size=3)
    messages = api.all(pager)
    assert len(messages) == 8
    moments = [message.message_timestamp_utc for message in messages]
    assert moments == sorted(moments)
    assert len({message.message_id for message in messages}) == 8


def dashboard_id(api: Any) -> int:
    identity: int = api(api.client.dashboards.list().first()).id
    return identity


def test_a_503_in_between_is_repeated(api: Any, stage: Any) -> None:
    stage.fail(status=503, times=1, operation="contacts_list")
    assert len(api.all(api.client.contacts.list(dashboard_id(api), page_size=100))) == 6


def test_media_upload(api: Any, tmp_path: Path) -> None:
    dashboard = api(api.client.dashboards.list().first())
    picture = tmp_path / "map.gif"
    picture.write_bytes(b"GIF89a made up for this test")
    media = api(api.client.messages.upload_media(picture))
    assert media.mime_type == "image/gif"
    sent = api(
        api.client.messages.send_to_contact(dashboard.id, "5555550123", "This way:", mms_media=[media.url])
    )
    assert sent.mms_media == [media.url]


@pytest.fixture
def receiver(stage: Any) -> Iterator[str]:
    """Where the service delivers to: a server that stores the delivery while recording, else just an address."""
    if stage.sandbox is None:
        yield HOOK
        return

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {k.lower(): v for k, v in self.headers.items() if k.lower().startswith("x-tr-webhook")}
            DELIVERY.write_text(json.dumps({"headers": headers, "body": body}, indent=1) + "\n", "utf-8")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/location"
    server.shutdown()
    server.server_close()


def test_the_round_trip_of_a_location(api: Any, stage: Any, receiver: str, vcr: Any) -> None:
    dashboard = api(api.client.dashboards.list().first())
    body = "Where should the plumber come?"
    message = api(api.client.messages.request_location(dashboard.id, "5555550123", body, callback=receiver))
    assert message.message_id
    stage("/locations", message_id=message.message_id, latitude=39.7392, longitude=-104.9903)
    stage("/settle")
    delivery = json.loads(DELIVERY.read_text("utf-8"))
    timestamp = float(delivery["headers"]["x-tr-webhook-timestamp"])
    event = webhooks.receive(
        delivery["body"].encode(),
        delivery["headers"],
        api_key=KEY,
        event="location_received",
        now=timestamp + 60,
    )
    assert isinstance(event, webhooks.LocationReceived)
    assert (event.message_id, event.latitude, event.longitude) == (message.message_id, 39.7392, -104.9903)
    asked = json.loads(vcr.requests[-1].body)
    assert asked["body"] == f"{body} {LOCATION_REQUEST_TAG}"
