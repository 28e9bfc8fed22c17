"""Messages: sending, listing, redacting, media, opt-outs and delivery outcomes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sandbox_support import OTHER_PERSON, PERSON, client_of

from textrequest_ext.sandbox import Sandbox

NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}")
SEVEN_DIGITS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")


class Clock:
    """Each call returns a time one minute later."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 14, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(minutes=1)
        return self.moment


def send(http: httpx.Client, dashboard: Any, **fields: Any) -> httpx.Response:
    return http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": "hello", **fields})


def test_send_returns_a_short_result(http: httpx.Client, dashboard: Any) -> None:
    response = send(http, dashboard)
    assert response.status_code == 200
    assert response.json() == {
        "message_id": response.json()["message_id"],
        "segments_count": 1,
        "from": dashboard.phone,
        "to": PERSON,
        "status": "sending",
    }


@pytest.mark.parametrize("number", ["5555550123", "15555550123", "+15555550123", "+5555550123"])
def test_numbers_have_10_or_11_digits_in_requests_and_11_in_responses(
    http: httpx.Client, dashboard: Any, number: str
) -> None:
    response = send(http, dashboard, to=number, **{"from": dashboard.phone[1:]}).json()
    expected = PERSON if number != "+5555550123" else "+5555550123"
    assert (response["to"], response["from"]) == (expected, dashboard.phone)
    assert response["status"] == ("sending" if expected == PERSON else "error")


@pytest.mark.parametrize("number", ["555", "", "someone", "255555501234"])
def test_an_invalid_recipient_is_a_200_with_status_error(
    http: httpx.Client, dashboard: Any, number: str
) -> None:
    response = send(http, dashboard, to=number)
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["message_id"]) == ("error", None)


def test_a_sender_without_a_dashboard_is_a_400(http: httpx.Client, dashboard: Any) -> None:
    assert send(http, dashboard, **{"from": OTHER_PERSON}).status_code == 400


def test_send_to_contact_returns_the_full_message(api: Any) -> None:
    response = api("POST", f"/contacts/{PERSON}/messages", json={"body": "hello", "sender_name": "Rafael"})
    message = response.json()
    assert response.status_code == 200
    assert (message["delivery_status"], message["message_direction"]) == ("sending", "S")
    assert message["response_by_username"] == "Rafael"
    assert SEVEN_DIGITS.fullmatch(message["message_timestamp_utc"])


def test_reads_return_utc_without_a_zone(api: Any) -> None:
    api("POST", f"/contacts/{PERSON}/messages", json={"body": "hello"})
    (message,) = api("GET", "/messages").json()["items"]
    assert NAIVE.fullmatch(message["message_timestamp_utc"])
    contact = api("GET", f"/contacts/{PERSON}").json()
    assert NAIVE.fullmatch(contact["date_created_utc"])
    assert contact["last_message"]["message_id"] == message["message_id"]


def test_the_nulls_seen_on_the_live_service(sandbox: Sandbox, dashboard: Any, api: Any) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "hello")
    (message,) = api("GET", "/messages").json()["items"]
    for name in ("response_by_username", "delivery_status", "delivery_error", "customer_friendly_name"):
        assert message[name] is None
    assert message["segments_count"] == 1
    contact = api("GET", f"/contacts/{PERSON}").json()
    for name in ("first_name", "last_name", "display_name", "suppressed_reason", "note", "last_msg_sent_utc"):
        assert contact[name] is None
    assert isinstance(contact["thread_id"], str)
    assert api("GET").json()["timeZoneId"] is None


@pytest.mark.parametrize(
    "fields",
    [
        {"body": "x" * 1601},
        {"body": "hello", "sender_name": "x" * 42},
        {"body": ""},
        {"sender_name": "Rafael"},
        {"body": "hello", "location_callback": "https://example.com/x"},
        {"body": "hello", "mms_media": ["https://example.com/1.png"] * 4},
        {"body": "hello", "mms_media": ["storefront"]},
    ],
)
def test_an_invalid_message_is_a_400_on_both_routes(
    http: httpx.Client, dashboard: Any, api: Any, fields: dict[str, Any]
) -> None:
    both = {"from": dashboard.phone, "to": PERSON, **fields}
    assert http.post("/messages", json=both).status_code == 400
    assert api("POST", f"/contacts/{PERSON}/messages", json=fields).status_code == 400
    assert api("GET", "/messages").status_code == 204


def test_a_location_callback_needs_the_tag_even_with_geolocation_requested(
    http: httpx.Client, dashboard: Any
) -> None:
    callback = {"location_callback": "https://example.com/x"}
    refused = send(http, dashboard, geolocation_requested=True, **callback)
    assert refused.status_code == 400
    assert "[LocationRequest]" in refused.json()["message"]
    assert send(http, dashboard, body="Where? [LocationRequest]", **callback).status_code == 200
    assert send(http, dashboard, body="Where? [locationrequest]", **callback).status_code == 400


def test_the_location_tag_is_replaced_by_a_link(http: httpx.Client, dashboard: Any, api: Any) -> None:
    send(http, dashboard, body="Where? [LocationRequest]")
    send(http, dashboard, body="Where?", geolocation_requested=True)
    for message in api("GET", "/messages").json()["items"]:
        assert "[LocationRequest]" not in message["body"]
        assert "https://location.example.com/" in message["body"]


def test_the_limit_of_1600_counts_characters(http: httpx.Client, dashboard: Any) -> None:
    assert send(http, dashboard, body="👍" * 1600).status_code == 200


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x" * 160, 1), ("x" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("x" * 306, 2), ("x" * 307, 3),
        ("ж" * 70, 1), ("ж" * 71, 2), ("👍" * 35, 1), ("👍" * 36, 2),
        # A character of two units is not split.
        ("]" * 153, 3), ("a" * 152 + "]" + "b" * 152, 3), ("👍" * 67, 3),
    ],
)  # fmt: skip
def test_segments(
    sandbox: Sandbox, http: httpx.Client, dashboard: Any, api: Any, text: str, count: int
) -> None:
    assert send(http, dashboard, body=text).json()["segments_count"] == count
    sandbox.receive_text(dashboard.id, PERSON, text)
    assert [one["segments_count"] for one in api("GET", "/messages").json()["items"]] == [count, count]


def test_an_opt_out_is_a_200_with_status_error(
    sandbox: Sandbox, http: httpx.Client, dashboard: Any, api: Any
) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "stop ")
    response = send(http, dashboard)
    assert (response.status_code, response.json()["status"], response.json()["message_id"]) == (
        200,
        "error",
        None,
    )
    message = api("POST", f"/contacts/{PERSON}/messages", json={"body": "hello"})
    assert message.status_code == 200
    assert (message.json()["delivery_status"], message.json()["delivery_error"]) == ("error", "30050")
    assert len(api("GET", "/messages").json()["items"]) == 1


def test_stop_archives_and_opts_out_and_start_opts_in(
    sandbox: Sandbox, http: httpx.Client, dashboard: Any, api: Any
) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "STOP")
    contact = api("GET", f"/contacts/{PERSON}").json()
    assert contact["is_archived"]
    assert contact["opted_out_utc"] == contact["last_msg_received_utc"]
    sandbox.receive_text(dashboard.id, PERSON, "START")
    contact = api("GET", f"/contacts/{PERSON}").json()
    assert (contact["is_archived"], contact["opted_out_utc"]) == (False, None)
    assert send(http, dashboard).json()["status"] == "sending"


def test_a_message_in_either_direction_unarchives_the_conversation(
    sandbox: Sandbox, http: httpx.Client, dashboard: Any, api: Any
) -> None:
    for exchange_message in (
        lambda: send(http, dashboard),
        lambda: sandbox.receive_text(dashboard.id, PERSON, "hi"),
    ):
        exchange_message()
        assert api("PUT", f"/contacts/{PERSON}/conversations/archive").status_code == 200
        assert api("GET", "/conversations").status_code == 204
        exchange_message()
        assert api("GET", "/conversations").status_code == 200


def test_empty_lists_of_messages_and_conversations_are_a_204(api: Any) -> None:
    api("POST", f"/contacts/{PERSON}", json={})
    for path in ("/messages", "/conversations", "/scheduledmessages", f"/contacts/{PERSON}/messages"):
        response = api("GET", path)
        assert (response.status_code, response.content) == (204, b"")
    assert api("GET", f"/contacts/{OTHER_PERSON}/messages").status_code == 204


def test_other_empty_lists_are_empty_pages(api: Any) -> None:
    for path in ("/contacts", "/groups", "/tags", "/hooks", "/keywords", "/reviews", "/campaigns"):
        assert api("GET", path).json() == {
            "items": [],
            "meta": {"page": 0, "page_size": 100, "total_items": 0},
        }


def test_the_messages_of_a_dashboard_are_sorted_oldest_first_by_default() -> None:
    with Sandbox(clock=Clock()) as sandbox:
        dashboard = sandbox.add_dashboard()
        for number in range(5):
            sandbox.receive_text(dashboard.id, PERSON, str(number))
        with client_of(sandbox) as http:

            def bodies(**query: Any) -> list[str]:
                response = http.get(f"/dashboards/{dashboard.id}/messages", params=query)
                return [message["body"] for message in response.json()["items"]] if response.content else []

            assert bodies() == bodies(sort="asc") == ["0", "1", "2", "3", "4"]
            assert bodies(sort="desc") == ["4", "3", "2", "1", "0"]
            assert bodies(page_size=2, page=1) == ["2", "3"]
            assert bodies(sort="desc", page_size=2, page=1) == ["2", "1"]
            assert bodies(sort="desc", page_size=2, page=2) == ["0"]
            moments = [message.timestamp for message in sandbox.state.messages.values()]
            bounds = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments]
            assert bodies(start_date=bounds[1], end_date=bounds[3]) == ["1", "2", "3"]
            assert bodies(start_date=bounds[1], end_date=bounds[3], sort="desc", page_size=2) == ["3", "2"]
            assert bodies(start_date=bounds[3].removesuffix("Z")) == ["3", "4"]
            assert bodies(end_date="2026-03-14T10:01:30-05:00") == []
            assert bodies(start_date="2099-01-01T00:00:00Z") == []
            response = http.get(f"/dashboards/{dashboard.id}/messages", params={"start_date": "yesterday"})
            assert response.status_code == 400


def test_message_direction(sandbox: Sandbox, http: httpx.Client, dashboard: Any, api: Any) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "in")
    send(http, dashboard, body="out")
    for direction, body in (("R", "in"), ("S", "out")):
        response = api("GET", "/messages", params={"message_direction": direction}).json()
        assert [message["body"] for message in response["items"]] == [body]
        assert response["meta"]["total_items"] == 1


def test_page_size_is_silently_reduced_to_1000() -> None:
    with (
        Sandbox(dashboards=1, contacts=3, messages=1500) as sandbox,
        client_of(sandbox) as http,
    ):
        dashboard = next(iter(sandbox.state.dashboards))
        first = http.get(f"/dashboards/{dashboard}/messages", params={"page_size": 5000}).json()
        assert len(first["items"]) == 1000
        assert first["meta"] == {"page": 0, "page_size": 1000, "total_items": 1500}
        second = http.get(f"/dashboards/{dashboard}/messages", params={"page_size": 5000, "page": 1}).json()
        assert len({message["message_id"] for message in first["items"] + second["items"]}) == 1500
        past_the_end = http.get(f"/dashboards/{dashboard}/messages", params={"page_size": 5000, "page": 2})
        assert (past_the_end.status_code, past_the_end.json()["items"]) == (200, [])
        assert len(http.get(f"/dashboards/{dashboard}/messages").json()["items"]) == 100


def test_redact_hides_the_body_and_unredact_restores_it(http: httpx.Client, dashboard: Any, api: Any) -> None:
    message_id = send(http, dashboard, body="secret").json()["message_id"]

    def all_responses() -> str:
        return (
            api("GET", "/messages").text
            + api("GET", f"/contacts/{PERSON}/messages").text
            + api("GET", "/contacts").text
        )

    assert "secret" in all_responses()
    redacted = http.put(f"/messages/{message_id}/redact")
    assert (redacted.status_code, redacted.content) == (200, b"")
    assert "secret" not in all_responses()
    assert http.put(f"/messages/{message_id}/unredact").content == b""
    assert all_responses().count("secret") == 3
    assert http.put("/messages/none/redact").status_code == 400


def test_media_are_uploaded_as_multipart_and_sent_by_their_url(
    http: httpx.Client, dashboard: Any, api: Any
) -> None:
    response = http.post("/mms", files={"file": ("shop front.png", b"\x89PNG", "image/png")})
    assert (response.status_code, response.json().keys()) == (200, {"mime_type", "url"})
    assert response.json()["mime_type"] == "image/png"
    assert send(http, dashboard, mms_media=[response.json()["url"]]).status_code == 200
    assert api("GET", "/messages").json()["items"][0]["mms_media"] == [response.json()["url"]]


@pytest.mark.parametrize(
    "options",
    [
        {"files": {"other": b"x"}},
        {"files": {"file": ("a.txt", b"hello", "text/plain")}},
        {"files": {"file": ("a.png", b"", "image/png")}},
        {"files": {"file": ("a.png", b"x" * 5_000_001, "image/png")}},
        {"files": {"file": ("a.pdf", b"x" * 1_000_001, "application/pdf")}},
        {"data": {"file": "text"}},
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"--x\r\nnonsense", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"json": {"file": "x"}},
        {},
    ],
)
def test_an_invalid_upload_is_a_400_with_only_a_message(http: httpx.Client, options: dict[str, Any]) -> None:
    response = http.post("/mms", **options)
    assert (response.status_code, response.json().keys()) == (400, {"error_message"})


def test_set_delivery_sets_the_outcome_of_messages(
    sandbox: Sandbox, http: httpx.Client, dashboard: Any, api: Any
) -> None:
    def send_and_get_status() -> tuple[str, str | None]:
        send(http, dashboard)
        last = api("GET", "/messages", params={"sort": "desc"}).json()["items"][0]
        return last["delivery_status"], last["delivery_error"]

    assert send_and_get_status() == ("delivered", None)
    sandbox.set_delivery("undelivered")
    assert send_and_get_status() == ("undelivered", "2001")
    sandbox.set_delivery("undelivered", to=PERSON, error="2002")
    assert send_and_get_status() == ("undelivered", "2002")
    sandbox.set_delivery("nothing", to=PERSON)
    assert send_and_get_status() == ("sent", None)
    sandbox.set_delivery(None, to=PERSON)
    assert send_and_get_status() == ("undelivered", "2001")
    sandbox.hold_deliveries()
    assert send_and_get_status() == ("sending", None)
    sandbox.release_deliveries()
    assert (
        api("GET", "/messages", params={"sort": "desc"}).json()["items"][0]["delivery_status"]
        == "undelivered"
    )


def test_outcomes_are_a_reproducible_mix_by_default() -> None:
    def statuses() -> list[str]:
        with Sandbox() as sandbox:
            dashboard = sandbox.add_dashboard()
            with client_of(sandbox) as http:
                for _ in range(150):
                    send(http, dashboard)
                messages = http.get(f"/dashboards/{dashboard.id}/messages?page_size=150").json()["items"]
        return [message["delivery_status"] for message in messages]

    first = statuses()
    assert set(first) == {"delivered", "undelivered", "sent"}
    assert first.count("delivered") > 130
    assert first == statuses()


def test_scheduled_messages(sandbox: Sandbox, dashboard: Any, api: Any) -> None:
    single = sandbox.add_scheduled_message(
        dashboard.id, body="single", schedule_date_utc="2026-07-01T09:00:00"
    )
    weekly = sandbox.add_scheduled_message(
        dashboard.id, body="weekly", schedule_date_utc="2026-08-01T09:00:00", is_recurring=True
    )

    def ids(**query: Any) -> list[str]:
        response = api("GET", "/scheduledmessages", params=query)
        return [row["message_id"] for row in response.json()["items"]] if response.content else []

    assert ids() == [single, weekly]
    assert ids(recurring_only="true") == [weekly]
    assert ids(schedule_date_after="2026-07-15T00:00:00Z") == [weekly]
    assert ids(schedule_date_before="2026-07-15T00:00:00Z") == [single]
    assert ids(schedule_date_before="2026-01-01T00:00:00Z") == []
    assert api("GET", f"/scheduledmessages/{single}").json()["body"] == "single"
    assert api("GET", "/scheduledmessages/none").status_code == 204
