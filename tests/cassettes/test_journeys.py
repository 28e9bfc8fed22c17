"""Scenarios with several requests: pagination, a retry, a media upload, and a location request."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cassettes.conftest import CALLBACK_URL, KEY, RECORDED, ClientHarness, SandboxControl
from textrequest_ext import LOCATION_REQUEST_TAG, webhooks

DELIVERY = RECORDED / "journeys" / "location_delivery.json"


def test_pagination_over_three_pages(harness: ClientHarness) -> None:
    dashboard = harness.run(harness.client.dashboards.list().first())
    pager = harness.client.messages.list(dashboard.id, page_size=3)
    messages = harness.collect(pager)
    assert len(messages) == 8
    timestamps = [message.message_timestamp_utc for message in messages]
    assert timestamps == sorted(timestamps)
    assert len({message.message_id for message in messages}) == 8


def dashboard_id(harness: ClientHarness) -> int:
    first: int = harness.run(harness.client.dashboards.list().first()).id
    return first


def test_503_is_retried(harness: ClientHarness, sandbox: SandboxControl) -> None:
    sandbox.fail(status=503, times=1, operation="contacts_list")
    assert len(harness.collect(harness.client.contacts.list(dashboard_id(harness), page_size=100))) == 6


def test_media_upload(harness: ClientHarness, tmp_path: Path) -> None:
    dashboard = harness.run(harness.client.dashboards.list().first())
    picture = tmp_path / "map.gif"
    picture.write_bytes(b"GIF89a made up for this test")
    media = harness.run(harness.client.messages.upload_media(picture))
    assert media.mime_type == "image/gif"
    sent = harness.run(
        harness.client.messages.send_to_contact(
            dashboard.id, "5555550123", "This way:", mms_media=[media.url]
        )
    )
    assert sent.mms_media == [media.url]


@pytest.fixture
def callback_url(sandbox: SandboxControl) -> Iterator[str]:
    """A callback URL. While recording, a server behind it stores the delivery."""
    if sandbox.replaying:
        yield CALLBACK_URL
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


def test_location_request_round_trip(
    harness: ClientHarness, sandbox: SandboxControl, callback_url: str, vcr: Any
) -> None:
    dashboard = harness.run(harness.client.dashboards.list().first())
    body = "Where should the plumber come?"
    message = harness.run(
        harness.client.messages.request_location(dashboard.id, "5555550123", body, callback=callback_url)
    )
    assert message.message_id
    sandbox.post("/locations", message_id=message.message_id, latitude=39.7392, longitude=-104.9903)
    sandbox.post("/settle")
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
    request_body = json.loads(vcr.requests[-1].body)
    assert request_body["body"] == f"{body} {LOCATION_REQUEST_TAG}"
