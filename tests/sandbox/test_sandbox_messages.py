"""Messages: sent by both routes, paged, hidden, and answered by people."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sandbox_support import OTHER_PERSON, PERSON, client_of

from textrequest_ext.sandbox import Sandbox
from textrequest_ext.sandbox._account.messaging import count_segments

NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}")
SEVEN_DIGITS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")


class Clock:
    """A minute later each time it is asked."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 14, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(minutes=1)
        return self.moment


def send(http: httpx.Client, dashboard: Any, **fields: Any) -> httpx.Response:
    return http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": "hello", **fields})


def test_a_send_answers_a_short_result(http: httpx.Client, dashboard: Any) -> None:
    answer = send(http, dashboard)
    assert answer.status_code == 200
    assert answer.json() == {
        "message_id": answer.json()["message_id"],
        "segments_count": 1,
        "from": dashboard.phone,
        "to": PERSON,
        "status": "sending",
    }


@pytest.mark.parametrize("number", ["5555550123", "15555550123", "+15555550123", "+5555550123"])
def test_numbers_are_taken_with_10_or_11_digits_and_echoed_with_11(
    http: httpx.Client, dashboard: Any, number: str
) -> None:
    answer = send(http, dashboard, to=number, **{"from": dashboard.phone[1:]}).json()
    expected = PERSON if number != "+5555550123" else "+5555550123"
    assert (answer["to"], answer["from"]) == (expected, dashboard.phone)
    assert answer["status"] == ("sending" if expected == PERSON else "error")


@pytest.mark.parametrize("number", ["555", "", "someone", "255555501234"])
def test_a_bad_recipient_is_a_200_with_status_error(http: httpx.Client, dashboard: Any, number: str) -> None:
    answer = send(http, dashboard, to=number)
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["message_id"]) == ("error", None)


def test_a_sender_that_is_no_dashboard_is_a_400(http: httpx.Client, dashboard: Any) -> None:
    assert send(http, dashboard, **{"from": OTHER_PERSON}).status_code == 400


def test_a_send_to_a_contact_answers_the_full_message(at: Any) -> None:
    answer = at("POST", f"/contacts/{PERSON}/messages", json={"body": "hello", "sender_name": "Rafael"})
    message = answer.json()
    assert answer.status_code == 200
    assert (message["delivery_status"], message["message_direction"]) == ("sending", "S")
    assert message["response_by_username"] == "Rafael"
    assert SEVEN_DIGITS.fullmatch(message["message_timestamp_utc"])


def test_reads_show_utc_without_a_zone(at: Any) -> None:
    at("POST", f"/contacts/{PERSON}/messages", json={"body": "hello"})
    (message,) = at("GET", "/messages").json()["items"]
    assert NAIVE.fullmatch(message["message_timestamp_utc"])
    contact = at("GET", f"/contacts/{PERSON}").json()
    assert NAIVE.fullmatch(contact["date_created_utc"])
    assert contact["last_message"]["message_id"] == message["message_id"]


def test_nulls_are_where_they_were_seen(sandbox: Sandbox, dashboard: Any, at: Any) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "hello")
    (message,) = at("GET", "/messages").json()["items"]
    for name in ("response_by_username", "delivery_status", "delivery_error", "customer_friendly_name"):
        assert message[name] is None
    assert message["segments_count"] == 1
    contact = at("GET", f"/contacts/{PERSON}").json()
    for name in ("first_name", "last_name", "display_name", "suppressed_reason", "note", "last_msg_sent_utc"):
        assert contact[name] is None
    assert isinstance(contact["thread_id"], str)
    assert at("GET").json()["timeZoneId"] is None


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
def test_what_cannot_be_sent_is_a_400_on_both_routes(
    http: httpx.Client, dashboard: Any, at: Any, fields: dict[str, Any]
) -> None:
    both = {"from": dashboard.phone, "to": PERSON, **fields}
    assert http.post("/messages", json=both).status_code == 400
    assert at("POST", f"/contacts/{PERSON}/messages", json=fields).status_code == 400
    assert at("GET", "/messages").status_code == 204


def test_a_location_callback_needs_the_tag_even_with_geolocation_requested(
    http: httpx.Client, dashboard: Any
) -> None:
    callback = {"location_callback": "https://example.com/x"}
    refused = send(http, dashboard, geolocation_requested=True, **callback)
    assert refused.status_code == 400
    assert "[LocationRequest]" in refused.json()["message"]
    assert send(http, dashboard, body="Where? [LocationRequest]", **callback).status_code == 200
    assert send(http, dashboard, body="Where? [locationrequest]", **callback).status_code == 400


def test_the_tag_becomes_a_link(http: httpx.Client, dashboard: Any, at: Any) -> None:
    send(http, dashboard, body="Where? [LocationRequest]")
    send(http, dashboard, body="Where?", geolocation_requested=True)
    for message in at("GET", "/messages").json()["items"]:
        assert "[LocationRequest]" not in message["body"]
        assert "https://location.example.com/" in message["body"]


def test_1600_characters_are_counted_as_characters(http: httpx.Client, dashboard: Any) -> None:
    assert send(http, dashboard, body="👍" * 1600).status_code == 200


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1), ("x" * 160, 1), ("x" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("x" * 306, 2), ("x" * 307, 3),
        ("ж" * 70, 1), ("ж" * 71, 2), ("👍" * 35, 1), ("👍" * 36, 2),
    ],
)  # fmt: skip
def test_segments(text: str, count: int) -> None:
    assert count_segments(text) == count


def test_an_opt_out_is_a_200_with_status_error(
    sandbox: Sandbox, http: httpx.Client, dashboard: Any, at: Any
) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "stop ")
    answer = send(http, dashboard)
    assert (answer.status_code, answer.json()["status"], answer.json()["message_id"]) == (200, "error", None)
    message = at("POST", f"/contacts/{PERSON}/messages", json={"body": "hello"})
    assert message.status_code == 200
    assert (message.json()["delivery_status"], message.json()["delivery_error"]) == ("error", "30050")
    assert len(at("GET", "/messages").json()["items"]) == 1


def test_stop_archives_and_opts_out_and_start_opts_in(
    sandbox: Sandbox, http: httpx.Client, dashboard: Any, at: Any
) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "STOP")
    contact = at("GET", f"/contacts/{PERSON}").json()
    assert contact["is_archived"]
    assert contact["opted_out_utc"] == contact["last_msg_received_utc"]
    sandbox.receive_text(dashboard.id, PERSON, "START")
    contact = at("GET", f"/contacts/{PERSON}").json()
    assert (contact["is_archived"], contact["opted_out_utc"]) == (False, None)
    assert send(http, dashboard).json()["status"] == "sending"


def test_a_text_from_either_side_brings_the_conversation_back(
    sandbox: Sandbox, http: httpx.Client, dashboard: Any, at: Any
) -> None:
    for text_again in (
        lambda: send(http, dashboard),
        lambda: sandbox.receive_text(dashboard.id, PERSON, "hi"),
    ):
        text_again()
        assert at("PUT", f"/contacts/{PERSON}/conversations/archive").status_code == 200
        assert at("GET", "/conversations").status_code == 204
        text_again()
        assert at("GET", "/conversations").status_code == 200


def test_empty_lists_of_messages_and_conversations_are_a_204(at: Any) -> None:
    at("POST", f"/contacts/{PERSON}", json={})
    for path in ("/messages", "/conversations", "/scheduledmessages", f"/contacts/{PERSON}/messages"):
        answer = at("GET", path)
        assert (answer.status_code, answer.content) == (204, b"")
    assert at("GET", f"/contacts/{OTHER_PERSON}/messages").status_code == 204


def test_other_empty_lists_are_empty_pages(at: Any) -> None:
    for path in ("/contacts", "/groups", "/tags", "/hooks", "/keywords", "/reviews", "/campaigns"):
        assert at("GET", path).json() == {
            "items": [],
            "meta": {"page": 0, "page_size": 100, "total_items": 0},
        }


def test_a_dashboards_messages_come_oldest_first_and_can_be_turned() -> None:
    with Sandbox(clock=Clock()) as sandbox:
        dashboard = sandbox.add_dashboard()
        for number in range(5):
            sandbox.receive_text(dashboard.id, PERSON, str(number))
        with client_of(sandbox) as http:

            def bodies(**query: Any) -> list[str]:
                answer = http.get(f"/dashboards/{dashboard.id}/messages", params=query)
                return [message["body"] for message in answer.json()["items"]] if answer.content else []

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
            answer = http.get(f"/dashboards/{dashboard.id}/messages", params={"start_date": "yesterday"})
            assert answer.status_code == 400


def test_message_direction(sandbox: Sandbox, http: httpx.Client, dashboard: Any, at: Any) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "in")
    send(http, dashboard, body="out")
    for direction, body in (("R", "in"), ("S", "out")):
        answer = at("GET", "/messages", params={"message_direction": direction}).json()
        assert [message["body"] for message in answer["items"]] == [body]
        assert answer["meta"]["total_items"] == 1


def test_page_size_is_cut_to_1000_without_a_word() -> None:
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


def test_redact_hides_the_text_and_unredact_shows_it(http: httpx.Client, dashboard: Any, at: Any) -> None:
    message_id = send(http, dashboard, body="secret").json()["message_id"]

    def everywhere() -> str:
        return (
            at("GET", "/messages").text
            + at("GET", f"/contacts/{PERSON}/messages").text
            + at("GET", "/contacts").text
        )

    assert "secret" in everywhere()
    redacted = http.put(f"/messages/{message_id}/redact")
    assert (redacted.status_code, redacted.content) == (200, b"")
    assert "secret" not in everywhere()
    assert http.put(f"/messages/{message_id}/unredact").content == b""
    assert everywhere().count("secret") == 3
    assert http.put("/messages/none/redact").status_code == 400


def test_media_are_uploaded_as_multipart_and_sent_by_their_url(
    http: httpx.Client, dashboard: Any, at: Any
) -> None:
    answer = http.post("/mms", files={"file": ("shop front.png", b"\x89PNG", "image/png")})
    assert (answer.status_code, answer.json().keys()) == (200, {"mime_type", "url"})
    assert answer.json()["mime_type"] == "image/png"
    assert send(http, dashboard, mms_media=[answer.json()["url"]]).status_code == 200
    assert at("GET", "/messages").json()["items"][0]["mms_media"] == [answer.json()["url"]]


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
def test_an_upload_that_is_none_is_a_400_with_a_bare_message(
    http: httpx.Client, options: dict[str, Any]
) -> None:
    answer = http.post("/mms", **options)
    assert (answer.status_code, answer.json().keys()) == (400, {"error_message"})


def test_messages_end_as_they_are_told_to(
    sandbox: Sandbox, http: httpx.Client, dashboard: Any, at: Any
) -> None:
    def ended() -> tuple[str, str | None]:
        send(http, dashboard)
        last = at("GET", "/messages", params={"sort": "desc"}).json()["items"][0]
        return last["delivery_status"], last["delivery_error"]

    assert ended() == ("delivered", None)
    sandbox.set_delivery("undelivered")
    assert ended() == ("undelivered", "2001")
    sandbox.set_delivery("undelivered", to=PERSON, error="2002")
    assert ended() == ("undelivered", "2002")
    sandbox.set_delivery("nothing", to=PERSON)
    assert ended() == ("sent", None)
    sandbox.set_delivery(None, to=PERSON)
    assert ended() == ("undelivered", "2001")
    sandbox.hold_deliveries()
    assert ended() == ("sending", None)
    sandbox.release_deliveries()
    assert (
        at("GET", "/messages", params={"sort": "desc"}).json()["items"][0]["delivery_status"] == "undelivered"
    )


def test_without_a_setting_messages_end_as_often_as_was_seen_and_the_same_each_time() -> None:
    def endings() -> list[str]:
        with Sandbox() as sandbox:
            dashboard = sandbox.add_dashboard()
            with client_of(sandbox) as http:
                for _ in range(150):
                    send(http, dashboard)
                messages = http.get(f"/dashboards/{dashboard.id}/messages?page_size=150").json()["items"]
        return [message["delivery_status"] for message in messages]

    once = endings()
    assert set(once) == {"delivered", "undelivered", "sent"}
    assert once.count("delivered") > 130
    assert once == endings()


def test_scheduled_messages(sandbox: Sandbox, dashboard: Any, at: Any) -> None:
    once = sandbox.add_scheduled_message(dashboard.id, body="once", schedule_date_utc="2026-07-01T09:00:00")
    often = sandbox.add_scheduled_message(
        dashboard.id, body="often", schedule_date_utc="2026-08-01T09:00:00", is_recurring=True
    )

    def ids(**query: Any) -> list[str]:
        answer = at("GET", "/scheduledmessages", params=query)
        return [row["message_id"] for row in answer.json()["items"]] if answer.content else []

    assert ids() == [once, often]
    assert ids(recurring_only="true") == [often]
    assert ids(schedule_date_after="2026-07-15T00:00:00Z") == [often]
    assert ids(schedule_date_before="2026-07-15T00:00:00Z") == [once]
    assert ids(schedule_date_before="2026-01-01T00:00:00Z") == []
    assert at("GET", f"/scheduledmessages/{once}").json()["body"] == "once"
    assert at("GET", "/scheduledmessages/none").status_code == 204
