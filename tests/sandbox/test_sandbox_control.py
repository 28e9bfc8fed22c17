"""The control API: the methods of the sandbox over HTTP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sandbox_support import PERSON, Receiver

from textrequest_ext.sandbox import Sandbox


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.control_url, verify=False) as client:
        yield client


def test_the_overview_lists_dashboards_and_actions(
    control: httpx.Client, sandbox: Sandbox, dashboard: Any
) -> None:
    overview = control.get("").json()
    assert overview["url"] == sandbox.url
    assert overview["dashboards"][0]["id"] == dashboard.id
    assert "POST /_sandbox/texts" in overview["actions"]
    assert sandbox.api_key not in str(overview)


def test_a_conversation_through_the_control_api(
    control: httpx.Client, http: httpx.Client, receiver: Receiver
) -> None:
    created = control.post("/dashboards", json={"name": "Front desk", "phone": "4235550142"}).json()
    text = control.post(
        "/texts", json={"dashboard_id": created["id"], "from": "5555550123", "body": "Where are you?"}
    ).json()
    assert (text["from"], text["body"]) == (PERSON, "Where are you?")
    control.post("/deliveries/hold").raise_for_status()
    control.put(
        "/deliveries", json={"outcome": "undelivered", "to": PERSON, "error": "2002"}
    ).raise_for_status()
    message = {
        "from": created["phone"],
        "to": PERSON,
        "body": "Where are you? [LocationRequest]",
        "status_callback": f"{receiver.url}/status",
        "location_callback": f"{receiver.url}/location",
    }
    message_id = http.post("/messages", json=message).json()["message_id"]
    control.post("/statuses", json={"message_id": message_id, "status": "queued"}).raise_for_status()
    control.post("/deliveries/release").raise_for_status()
    location = {"message_id": message_id, "latitude": 43.9, "longitude": -69.8, "address": "Near the quay"}
    control.post("/locations", json=location).raise_for_status()
    made_calls = control.post("/settle", json={"timeout": 5}).json()
    assert [call["payload"].get("status") for call in made_calls] == ["queued", "sent", "undelivered", None]
    assert made_calls == control.get("/callbacks").json()
    assert receiver.at("/location")[0]["FormattedAddress"] == "Near the quay"
    payment = {"description": "Sink", "customer_phone": PERSON, "amount_requested": 5}
    path = f"/dashboards/{created['id']}/payments"
    payment_id = http.post(path, json=payment).json()["payment_id"]
    assert control.post("/payments", json={"payment_id": payment_id}).status_code == 204
    assert http.get(f"{path}/{payment_id}").json()["textrequest_payment_status"] == "Paid"


def test_faults_requests_and_reset(control: httpx.Client, http: httpx.Client, dashboard: Any) -> None:
    fault = {"status": 503, "times": 1, "operation": "Dashboards_list"}
    assert control.post("/faults", json=fault).json() == fault
    assert control.get("/faults").json() == [fault]
    assert http.get("/dashboards?page=0").status_code == 503
    assert http.post("/users", content=b"\xff").status_code == 400
    first, second = control.get("/requests").json()
    assert (first["method"], first["path"], first["query"]) == ("GET", "/dashboards", "page=0")
    assert (first["operation"], first["status"]) == ("Dashboards_list", 503)
    assert second["body"] == "\N{REPLACEMENT CHARACTER}"
    control.post("/faults", json={"latency": 1}).raise_for_status()
    assert control.delete("/faults").status_code == 204
    assert control.get("/faults").json() == []
    assert control.post("/reset").status_code == 204
    assert (control.get("/requests").json(), http.get("/dashboards").json()["items"]) == ([], [])


def test_reviews_and_scheduled_messages(control: httpx.Client, api: Any, dashboard: Any) -> None:
    review = control.post("/reviews", json={"dashboard_id": dashboard.id, "star_rating": 4}).json()
    assert api("GET", "/reviews").json()["items"][0]["id"] == review["id"]
    scheduled = control.post("/scheduled", json={"dashboard_id": dashboard.id, "body": "later"}).json()
    assert api("GET", f"/scheduledmessages/{scheduled['message_id']}").json()["body"] == "later"


@pytest.mark.parametrize(
    ("path", "body", "error_text"),
    [
        ("/texts", {"dashboard_id": 999, "from": PERSON, "body": "x"}, "no dashboard 999"),
        ("/texts", {"dashboard_id": 350}, "missing"),
        ("/texts", {"dashboard": 350}, "dashboard"),
        ("/texts", [], "not a JSON object"),
        ("/faults", {"status": "high"}, "not a number"),
        ("/faults", {"stat": 503}, "not a field"),
        ("/locations", {"message_id": "none", "latitude": 1, "longitude": 2}, "no message"),
        ("/locations", {"message_id": "none", "latitude": "north", "longitude": 2}, "latitude"),
        ("/dashboards", {"phone": "555"}, "phone"),
        ("/statuses", {"message_id": "none", "status": "lost"}, "status"),
    ],
)
def test_invalid_arguments_are_a_400_that_says_why(
    control: httpx.Client, dashboard: Any, path: str, body: Any, error_text: str
) -> None:
    response = control.post(path, json=body)
    assert response.status_code == 400
    assert error_text in response.json()["error"]


@pytest.mark.parametrize(
    ("path", "body", "error_text"),
    [
        ("/texts", "[" * 600 + "]" * 600, "more than 100 levels deep"),
        ("/texts", '{"a":' * 5_000 + "1" + "}" * 5_000, "more than 100 levels deep"),
        ("/texts", "[" * 100_000, "more than 100 levels deep"),
        ("/faults", '{"status": 503, "times": 1e999}', "1e999 is out of range"),
        ("/faults", '{"status": 503, "times": 1.5}', "times: 1.5 is not a whole number"),
        ("/faults", '{"status": 503, "times": "1e999"}', "times: inf is not a whole number"),
        ("/faults", '{"status": 503, "every": true}', "every: True is not a whole number"),
        ("/faults", '{"latency": NaN}', "NaN is not JSON"),
        ("/faults", '{"latency": -Infinity}', "-Infinity is not JSON"),
        ("/faults", '{"latency": "nan"}', "latency: nan is not a finite number"),
        ("/faults", '{"latency": "1e999"}', "latency: inf is not a finite number"),
        ("/faults", '{"latency": ' + "9" * 400 + "}", "has more than 19 digits"),
        ("/faults", r'{"status": 429, "retry_after": "1\r\nx-evil: 1"}', "retry_after"),
        ("/faults", r'{"status": 429, "retry_after": "\ud800"}', "is not JSON"),
        ("/faults", '{"status": 429, "retry_after": []}', "retry_after: [] is neither a number nor text"),
        ("/settle", '{"timeout": NaN}', "NaN is not JSON"),
        ("/settle", '{"timeout": 1e300}', "timeout"),
        ("/settle", '{"timeout": -1}', "timeout"),
        ("/settle", '{"timeout": "soon"}', "timeout"),
        ("/texts", r'{"dashboard_id": 350, "from": "5555550123", "body": "\ud800"}', "is not JSON"),
        ("/texts", '{"dashboard_id": [], "from": "5555550123", "body": "x"}', "no dashboard []"),
        ("/texts", '{"dashboard_id": 350, "from": "5555550123", "body": "x", "media": [1]}', "media"),
        ("/texts", '{"dashboard_id": 350, "from": "5555550123", "body": "x", "media": "x"}', "media"),
        ("/texts", '{"dashboard_id": 350, "from": "5555550123", "body": "x", "media": ["x"]}', "media"),
        ("/dashboards", '{"name": 5}', "name"),
        ("/payments", '{"payment_id": []}', "no payment []"),
        ("/reviews", '{"dashboard_id": 350, "star_rating": "five"}', "review/star_rating"),
        ("/reviews", '{"dashboard_id": 350, "review_date_utc": "2026-13-01T00:00:00"}', "review_date_utc"),
        ("/reviews", '{"dashboard_id": 350, "stars": 5}', "stars"),
        ("/scheduled", '{"dashboard_id": 350, "schedule_date_utc": "soon"}', "schedule_date_utc"),
    ],
)
def test_extreme_arguments_are_a_400_that_says_why(
    control: httpx.Client, dashboard: Any, path: str, body: str, error_text: str
) -> None:
    response = control.post(path, content=body)
    assert response.status_code == 400
    assert error_text in response.json()["error"]
    assert control.get("").status_code == 200


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/locations", "address", 5),
        ("/statuses", "error", 5),
        ("/statuses", "status", []),
        ("/locations", "message_id", []),
    ],
)
def test_an_invalid_argument_for_a_message_is_a_400(
    control: httpx.Client, http: httpx.Client, dashboard: Any, api: Any, path: str, name: str, value: Any
) -> None:
    message = {"from": dashboard.phone, "to": PERSON, "body": "[LocationRequest]"}
    message_id = http.post("/messages", json=message).json()["message_id"]
    valid = {
        "/locations": {"message_id": message_id, "latitude": 1, "longitude": 2},
        "/statuses": {"message_id": message_id, "status": "failed"},
    }[path]
    for event in ("location_received", "msg_status_updated"):
        api("POST", "/hooks", json={"target_url": "https://example.com/x", "event": event})
    response = control.post(path, json={**valid, name: value})
    assert response.status_code == 400
    assert name.removesuffix("_id") in response.json()["error"]
    assert control.post(path, json=valid).status_code == 204


def test_the_error_code_of_a_delivery_is_text(control: httpx.Client) -> None:
    response = control.put("/deliveries", json={"outcome": "undelivered", "error": 2001})
    assert (response.status_code, response.json()) == (400, {"error": "error: 2001 is not text"})


def test_the_request_log_shows_every_body(control: httpx.Client, api: Any) -> None:
    api("POST", "/groups", content='{"name": "x", "ignored": 1e999}')
    api("POST", "/groups", content=b'{"name": "\xed\xa0\x80"}')
    assert [request["status"] for request in control.get("/requests").json()] == [400, 400]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8350", "[::1]", "[::1]:1"]
)
def test_the_control_api_accepts_loopback_hosts(control: httpx.Client, host: str) -> None:
    assert control.get("", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "example.com:8350",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "example.com#127.0.0.1",
        "user@localhost",
        "192.0.2.1",
        "0.0.0.0",
        "localhost:",
        "[::2]",
        "::1",
        "",
    ],
)
def test_the_control_api_refuses_other_hosts(
    control: httpx.Client, sandbox: Sandbox, dashboard: Any, host: str
) -> None:
    for method, path in (("GET", ""), ("GET", "/nothing"), ("POST", "/reset")):
        response = control.request(method, path, headers={"host": host})
        assert response.status_code == 403
        assert response.json() == {
            "error": f"the control API accepts the hosts localhost, 127.0.0.1 and [::1] only, not {host!r}"
        }
    assert list(sandbox.state.dashboards) == [dashboard.id]


def test_the_service_accepts_every_host(http: httpx.Client) -> None:
    assert http.get("/dashboards", headers={"host": "sandbox.example.com"}).status_code == 200


def test_the_control_api_refuses_a_request_without_a_host(sandbox: Sandbox) -> None:
    port = int(sandbox.url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /_sandbox HTTP/1.0\r\n\r\n")
        assert b" 403 " in connection.makefile("rb").readline()


def test_a_body_that_is_not_json_and_an_unknown_path(control: httpx.Client) -> None:
    assert "not JSON" in control.post("/texts", content=b"{").json()["error"]
    assert control.get("/nothing").status_code == 404
