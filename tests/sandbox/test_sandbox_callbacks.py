"""Callbacks: their payloads and signatures, and the disconnection of failing webhooks."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sandbox_support import PERSON, Receiver, client_of

from textrequest_ext.sandbox import Sandbox
from textrequest_ext.webhooks import sign, verify


def create_webhook(api: Any, receiver: Receiver, event: str, **fields: Any) -> httpx.Response:
    return api("POST", "/hooks", json={"target_url": f"{receiver.url}/{event}", "event": event, **fields})


def send(http: httpx.Client, dashboard: Any, **fields: Any) -> str:
    response = http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": "hello", **fields})
    return response.json()["message_id"]


def test_a_webhook_is_created_listed_and_deleted(api: Any, receiver: Receiver) -> None:
    created = create_webhook(api, receiver, "msg_sent", http_verb="PUT")
    assert created.status_code == 201
    assert created.json()["httpVerb"] == "PUT"
    assert created.json()["is_connected"] is True
    assert "http_verb" not in created.json()
    assert api("GET", "/hooks").json()["items"] == [created.json()]
    path = f"/hooks/{created.json()['id']}"
    assert (api("DELETE", path).status_code, api("DELETE", path).status_code) == (204, 400)


def test_a_duplicate_event_and_url_is_a_409(api: Any, receiver: Receiver) -> None:
    assert create_webhook(api, receiver, "msg_sent").status_code == 201
    twice = create_webhook(api, receiver, "msg_sent", http_verb="PUT")
    assert (twice.status_code, twice.json()["status"]) == (409, 409)
    assert create_webhook(api, receiver, "msg_received").status_code == 201


def test_both_spellings_of_http_verb_are_accepted(api: Any, receiver: Receiver) -> None:
    assert create_webhook(api, receiver, "msg_sent", httpVerb="DELETE").json()["httpVerb"] == "DELETE"
    assert create_webhook(api, receiver, "msg_received").json()["httpVerb"] == "POST"
    assert create_webhook(api, receiver, "contact_created", httpVerb="GET").status_code == 400
    assert create_webhook(api, receiver, "contact_created", http_verb="GET").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"event": "msg_sent"},
        {"target_url": "https://example.com/x"},
        {"target_url": "https://example.com/x", "event": "msg_lost"},
        {"target_url": "not a URL", "event": "msg_sent"},
        {"target_url": "ftp://example.com/x", "event": "msg_sent"},
    ],
)
def test_an_invalid_webhook_is_a_400(api: Any, body: dict[str, str]) -> None:
    assert api("POST", "/hooks", json=body).status_code == 400


def test_every_event_has_its_payload_in_its_own_casing(
    sandbox: Sandbox, dashboard: Any, http: httpx.Client, api: Any, receiver: Receiver
) -> None:
    for event in http.get("/eventTypes").json():
        assert create_webhook(api, receiver, event).status_code == 201
    message = send(http, dashboard, body="Where? [LocationRequest]")
    sandbox.share_location(message, 43.9127, -69.8213, address="Near 12 Lantern Quay")
    text = sandbox.receive_text(dashboard.id, PERSON, "here")
    api("POST", f"/contacts/{PERSON}", json={"first_name": "Odette"})
    payment = api(
        "POST", "/payments", json={"description": "Sink", "customer_phone": PERSON, "amount_requested": 5}
    ).json()["payment_id"]
    sandbox.pay(payment)
    sandbox.wait_for_callbacks()
    (created,) = receiver.at("/contact_created")
    assert created == {
        "ContactId": created["ContactId"],
        "LocationPhoneNumber": dashboard.phone,
        "ContactPhoneNumber": PERSON,
        "ContactFriendlyName": None,
    }
    sent = receiver.at("/msg_sent")[0]
    assert sent["messageUniqueIdentifier"] == message
    assert sent["conversation"]["messageDirection"] == "S"
    assert sent["yourPhoneNumber"]["phoneNumber"] == dashboard.phone
    (received,) = receiver.at("/msg_received")
    assert (received["messageUniqueIdentifier"], received["conversation"]["message"]) == (
        text.message_id,
        "here",
    )
    assert receiver.at("/msg_status_updated")[:2] == [
        {"message_id": message, "status": "sent", "error_code": None},
        {"message_id": message, "status": "delivered", "error_code": None},
    ]
    assert receiver.at("/location_received") == [
        {
            "MessageId": message,
            "PhoneNumber": PERSON,
            "DashboardId": dashboard.id,
            "Longitude": -69.8213,
            "Latitude": 43.9127,
            "FormattedAddress": "Near 12 Lantern Quay",
        }
    ]
    assert receiver.at("/contact_updated")[-1]["first_name"] == "Odette"
    assert receiver.at("/payment_status_updated") == [
        {"payment_id": payment, "status": "Paid", "reference_id": None}
    ]
    for callback in receiver.callbacks:
        verify(callback.body, callback.headers, api_key=sandbox.api_key)


def test_callbacks_are_signed_with_the_api_key_and_the_time(receiver: Receiver) -> None:
    with Sandbox(
        api_key="a-key-of-our-own", clock=lambda: datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
    ) as sandbox:
        dashboard = sandbox.add_dashboard()
        with client_of(sandbox) as http:
            http.post(
                f"/dashboards/{dashboard.id}/hooks",
                json={"target_url": f"{receiver.url}/x", "event": "msg_received"},
            )
        sandbox.receive_text(dashboard.id, PERSON, "Café ✓")
        sandbox.wait_for_callbacks()
    (callback,) = receiver.callbacks
    assert callback.headers["x-tr-webhook-timestamp"] == "1773500966"
    expected = sign(callback.body, api_key="a-key-of-our-own", timestamp=1773500966)
    assert callback.headers["x-tr-webhook-signature"] == expected
    assert "Café ✓".encode() in callback.body


def test_callbacks_use_the_http_verb_of_the_webhook(
    sandbox: Sandbox, dashboard: Any, api: Any, receiver: Receiver
) -> None:
    for event, verb in (("msg_received", "PUT"), ("contact_created", "DELETE")):
        create_webhook(api, receiver, event, http_verb=verb)
    sandbox.receive_text(dashboard.id, PERSON, "hello")
    sandbox.wait_for_callbacks()
    assert {callback.path: callback.verb for callback in receiver.callbacks} == {
        "/msg_received": "PUT",
        "/contact_created": "DELETE",
    }


def test_the_callback_urls_of_a_message_are_called(
    sandbox: Sandbox, dashboard: Any, http: httpx.Client, receiver: Receiver
) -> None:
    sandbox.set_delivery("undelivered", error="2002")
    message = send(
        http,
        dashboard,
        body="Where? [LocationRequest]",
        status_callback=f"{receiver.url}/status?order=2207",
        location_callback=f"{receiver.url}/location",
    )
    sandbox.share_location(message, 43.9, -69.8)
    sandbox.wait_for_callbacks()
    statuses = receiver.at("/status?order=2207")
    assert [(row["status"], row["error_code"]) for row in statuses] == [
        ("sent", None),
        ("undelivered", "2002"),
    ]
    assert PERSON not in str(statuses)
    assert [row["MessageId"] for row in receiver.at("/location")] == [message]
    assert {callback.verb for callback in receiver.callbacks} == {"POST"}
    assert all("x-tr-webhook-signature" in callback.headers for callback in receiver.callbacks)


def test_callbacks_are_sent_after_the_response(
    sandbox: Sandbox, dashboard: Any, api: Any, receiver: Receiver
) -> None:
    create_webhook(api, receiver, "msg_received")
    with sandbox._callbacks.after_response():  # as for every request, until its response is sent
        sandbox.receive_text(dashboard.id, PERSON, "hello")
        with pytest.raises(TimeoutError):
            sandbox.wait_for_callbacks(0.05)
        assert receiver.callbacks == []
    assert len(sandbox.wait_for_callbacks()) == len(receiver.callbacks) == 1


def test_share_location_rejects_invalid_arguments(
    sandbox: Sandbox, dashboard: Any, http: httpx.Client
) -> None:
    message = send(http, dashboard)
    with pytest.raises(ValueError, match="does not request a location"):
        sandbox.share_location(message, 1, 2)
    with pytest.raises(ValueError, match="there is no message 'none'"):
        sandbox.share_location("none", 1, 2)
    for latitude, longitude, error_text in ((91, 0, "latitude"), (0, -181, "longitude")):
        with pytest.raises(ValueError, match=error_text):
            sandbox.share_location(message, latitude, longitude)


def test_methods_accept_an_object_with_a_message_id(
    sandbox: Sandbox, dashboard: Any, http: httpx.Client
) -> None:
    class SendResult:
        message_id = send(http, dashboard, geolocation_requested=True)

    sandbox.share_location(SendResult(), 1, 2)
    sandbox.update_status(SendResult(), "failed", error="2001")
    text = sandbox.receive_text(dashboard.id, PERSON, "hello")
    with pytest.raises(ValueError, match="was received"):
        sandbox.update_status(text, "failed")


def test_ten_failures_in_a_row_disconnect_a_webhook_and_put_reconnects_it(
    sandbox: Sandbox, dashboard: Any, api: Any, receiver: Receiver
) -> None:
    created = create_webhook(api, receiver, "msg_received").json()

    def texts(count: int) -> bool:
        for _ in range(count):
            sandbox.receive_text(dashboard.id, PERSON, "hello")
        sandbox.wait_for_callbacks()
        return bool(api("GET", "/hooks").json()["items"][0]["is_connected"])

    receiver.status = 500
    assert texts(9)
    receiver.status = 204
    assert texts(1), "a successful callback resets the count"
    receiver.status = 404
    assert texts(9)
    assert not texts(1)
    received = len(receiver.callbacks)
    assert not texts(3)
    assert len(receiver.callbacks) == received, (
        "a disconnected webhook gets no callbacks, and none is sent again"
    )
    reconnected = api("PUT", f"/hooks/{created['id']}")
    assert (reconnected.status_code, reconnected.content) == (204, b"")
    receiver.status = 200
    assert texts(1)
    assert len(receiver.callbacks) == received + 1
    assert api("PUT", f"/hooks/{created['id']}").status_code == 204
    assert (api("PUT", "/hooks/999").status_code, api("PUT", "/hooks/999").content) == (404, b"")


def test_unreachable_urls_are_failed_callbacks(sandbox: Sandbox, dashboard: Any, http: httpx.Client) -> None:
    send(http, dashboard, status_callback="https://example.com/status")
    send(http, dashboard, status_callback="https://hooks.example.org/status")
    send(http, dashboard, status_callback="mailto:someone@example.com")
    send(http, dashboard, status_callback="http://127.0.0.1:9/status")
    callbacks = sandbox.wait_for_callbacks()
    assert len(callbacks) == 8
    assert not any(callback.ok for callback in callbacks)
    assert ["no request was made" in (callback.error or "") for callback in callbacks[::2]] == [
        True,
        True,
        False,
        False,
    ]


def test_a_receiver_may_call_the_sandbox(sandbox: Sandbox, dashboard: Any, http: httpx.Client) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    found: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            found.append(
                http.get(f"/dashboards/{dashboard.id}/messages").json()["items"][0]["delivery_status"]
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        send(http, dashboard, status_callback=f"http://127.0.0.1:{server.server_port}/")
        httpx.post(f"{sandbox.control_url}/settle").raise_for_status()
        server.shutdown()
        thread.join()
    assert found == ["delivered", "delivered"]


def test_held_deliveries_are_released_by_settle(
    sandbox: Sandbox, dashboard: Any, http: httpx.Client, receiver: Receiver
) -> None:
    sandbox.hold_deliveries()
    send(http, dashboard, status_callback=f"{receiver.url}/status")
    assert sandbox.wait_for_callbacks() == []
    assert [callback.payload["status"] for callback in sandbox.settle()] == ["sent", "delivered"]


def test_wait_for_callbacks_times_out(sandbox: Sandbox, dashboard: Any, http: httpx.Client) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        send(http, dashboard, status_callback=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        with pytest.raises(TimeoutError, match=r"0\.05 seconds"):
            sandbox.wait_for_callbacks(0.05)
        sandbox.reset()
        assert sandbox.wait_for_callbacks(0.05) == []


@pytest.mark.parametrize(
    ("arguments", "error_text"),
    [
        ((999, PERSON, "hello"), "there is no dashboard 999"),
        ((350, "555", "hello"), "from_"),
        ((350, 15555550123, "hello"), "from_"),
        ((350, PERSON, None), "body"),
    ],
)
def test_receive_text_rejects_invalid_arguments(
    sandbox: Sandbox, dashboard: Any, arguments: Any, error_text: str
) -> None:
    assert dashboard.id == 350
    with pytest.raises(ValueError, match=error_text):
        sandbox.receive_text(*arguments)
