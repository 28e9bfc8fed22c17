"""Contacts: three-state upserts, small changes, filters, and deletes that are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sandbox_support import OTHER_PERSON, PERSON, client_of

from textrequest_ext.sandbox import Sandbox


@pytest.fixture
def things(at: Any) -> dict[str, Any]:
    """A tag, a field and a group of the dashboard."""
    return {
        "tag": at("POST", "/tags", json={"tag": "Wholesale"}).json()["id"],
        "field": at("POST", "/fields", json={"name": "Email"}).json()["id"],
        "group": at("POST", "/groups", json={"name": "Fair"}).json()["id"],
    }


def test_a_contact_is_made_and_found(at: Any) -> None:
    made = at("POST", "/contacts/5555550123", json={"first_name": "Odette", "is_blocked": True})
    assert made.status_code == 200
    assert (made.json()["phone_number"], made.json()["first_name"]) == (PERSON, "Odette")
    for spelling in ("5555550123", "15555550123", "+15555550123"):
        assert at("GET", f"/contacts/{spelling}").json() == made.json()


def test_a_contact_that_is_not_there_is_a_204(at: Any) -> None:
    for path in (f"/contacts/{PERSON}", "/contacts/555"):
        answer = at("GET", path)
        assert (answer.status_code, answer.content) == (204, b"")


def test_upsert_keeps_what_is_left_out_and_clears_what_is_empty(at: Any, things: dict[str, Any]) -> None:
    full = {
        "contact_tags": [things["tag"]],
        "custom_fields": [{"id": things["field"], "value": "odette@example.com"}],
        "groups": [things["group"]],
        "note": "Met at the fair",
    }
    names = ("contact_tags", "custom_fields", "groups", "note")
    first = at("POST", f"/contacts/{PERSON}", json=full).json()
    assert {name: first[name] for name in names} == full
    for nothing in ({}, dict.fromkeys(full)):
        kept = at("POST", f"/contacts/{PERSON}", json=nothing).json()
        assert {name: kept[name] for name in names} == full
    cleared = at(
        "POST", f"/contacts/{PERSON}", json={"contact_tags": [], "custom_fields": [], "groups": []}
    ).json()
    assert {name: cleared[name] for name in names[:3]} == {
        "contact_tags": [],
        "custom_fields": [],
        "groups": [],
    }
    assert cleared["note"] == "Met at the fair"


@pytest.mark.parametrize(
    "body", [{"contact_tags": ["none"]}, {"groups": [999]}, {"custom_fields": [{"id": "none", "value": "x"}]}]
)
def test_ids_the_dashboard_does_not_have_are_a_400(at: Any, body: dict[str, Any]) -> None:
    assert at("POST", f"/contacts/{PERSON}", json=body).status_code == 400
    assert at("GET", f"/contacts/{PERSON}").status_code == 204


def test_a_bad_number_is_a_400_where_a_contact_would_be_made(at: Any) -> None:
    assert at("POST", "/contacts/555", json={}).status_code == 400
    assert at("POST", "/contacts/555/messages", json={"body": "hello"}).status_code == 400


def test_a_bulk_update_makes_and_changes_and_answers_a_bare_array(at: Any) -> None:
    at("POST", f"/contacts/{PERSON}", json={"first_name": "Odette", "note": "kept"})
    entries = [{"phone_number": "5555550123", "first_name": "Mina"}, {"phone_number": OTHER_PERSON}]
    answer = at("POST", "/contacts", json=entries)
    assert answer.status_code == 200
    assert [contact["phone_number"] for contact in answer.json()] == [PERSON, OTHER_PERSON]
    assert (answer.json()[0]["first_name"], answer.json()[0]["note"]) == ("Mina", "kept")


@pytest.mark.parametrize(
    "bad", [{"phone_number": "555"}, {"first_name": "x"}, {"phone_number": PERSON, "groups": [9]}]
)
def test_a_bulk_update_with_a_bad_entry_changes_nothing(at: Any, bad: dict[str, Any]) -> None:
    assert at("POST", "/contacts", json=[{"phone_number": OTHER_PERSON}, bad]).status_code == 400
    assert at("GET", "/contacts").json()["items"] == []


def test_patch_adds_and_takes_away_one_thing(at: Any, things: dict[str, Any]) -> None:
    at("POST", f"/contacts/{PERSON}", json={})
    add = {
        "group": things["group"], "add_group_to_contact": True, "contact_tag": things["tag"], "add_tag_to_contact": True,
        "custom_field_id": things["field"], "custom_field_value": "plum",
    }  # fmt: skip
    contact = at("PATCH", f"/contacts/{PERSON}", json=add).json()
    assert (contact["groups"], contact["contact_tags"]) == ([things["group"]], [things["tag"]])
    assert contact["custom_fields"] == [{"id": things["field"], "value": "plum"}]
    assert at("GET", f"/groups/{things['group']}").json()["group_member_count"] == 1
    take = {
        "group": things["group"],
        "add_group_to_contact": False,
        "contact_tag": things["tag"],
        "add_tag_to_contact": False,
    }
    contact = at("PATCH", f"/contacts/{PERSON}", json=take).json()
    assert (contact["groups"], contact["contact_tags"], len(contact["custom_fields"])) == ([], [], 1)
    assert at("PATCH", f"/contacts/{PERSON}", json={"group": 999}).status_code == 400
    assert at("PATCH", f"/contacts/{OTHER_PERSON}", json={}).status_code == 400


def test_a_contact_with_history_cannot_be_deleted(sandbox: Sandbox, dashboard: Any, at: Any) -> None:
    at("POST", f"/contacts/{OTHER_PERSON}", json={})
    deleted = at("DELETE", f"/contacts/{OTHER_PERSON}")
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert at("GET", f"/contacts/{OTHER_PERSON}").status_code == 204
    sandbox.receive_text(dashboard.id, PERSON, "hello")
    assert at("DELETE", f"/contacts/{PERSON}").status_code == 400
    assert at("GET", f"/contacts/{PERSON}").status_code == 200


def test_filters(sandbox: Sandbox, dashboard: Any, at: Any, things: dict[str, Any]) -> None:
    odette, mina = PERSON, OTHER_PERSON
    at("POST", f"/contacts/{odette}", json={
        "display_name": "Odette Marsh", "contact_tags": [things["tag"]], "groups": [things["group"]], "is_blocked": True,
        "custom_fields": [{"id": things["field"], "value": "plum"}],
    })  # fmt: skip
    sandbox.receive_text(dashboard.id, mina, "STOP")

    def found(**query: Any) -> list[str]:
        return [contact["phone_number"] for contact in at("GET", "/contacts", params=query).json()["items"]]

    assert found() == [odette, mina]
    assert found(contact_phone_number="1555") == [odette]
    assert found(contact_phone_number="555") == []
    assert found(contact_phone_number="1") == [odette, mina]
    assert found(is_blocked="true") == found(is_blocked="True") == [odette]
    assert found(is_blocked="false") == [mina]
    assert (
        found(has_opted_out="true")
        == found(is_archived="true")
        == found(has_message_history="true")
        == [mina]
    )
    assert found(is_suppressed="true") == []
    assert found(is_resolved="false") == [odette, mina]
    assert found(tags=f"none,{things['tag']}") == found(groups=f"{things['group']},77") == [odette]
    assert found(tags="none") == []
    assert found(display_name="marsh") == [odette]
    assert found(custom_field_id_2=things["field"], custom_field_value_2="plum") == [odette]
    assert found(custom_field_id_1=things["field"], custom_field_value_1="rhubarb") == []
    assert found(is_blocked="true", has_opted_out="true") == []
    assert found(is_blokced="true") == [odette, mina]


@pytest.mark.parametrize(
    "query",
    [
        {"is_blocked": "maybe"},
        {"groups": "18,fair"},
        {"custom_field_id_1": "x"},
        {"custom_field_value_3": "x"},
        {"contact_created_after": "lately"},
        {"last_message_sent_before": "2026-13-01"},
    ],
)
def test_a_filter_that_cannot_be_read_is_a_400(at: Any, query: dict[str, str]) -> None:
    assert at("GET", "/contacts", params=query).status_code == 400


def test_the_sent_and_received_filters_read_local_time() -> None:
    noon = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)  # seven in the morning, local time
    with (
        Sandbox(clock=lambda: noon) as sandbox,
        client_of(sandbox) as http,
    ):
        dashboard = sandbox.add_dashboard()
        sandbox.receive_text(dashboard.id, PERSON, "hello")
        http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": "hello"})

        def found(name: str, value: str) -> bool:
            answer = http.get(f"/dashboards/{dashboard.id}/contacts", params={name: value})
            return bool(answer.json()["items"])

        for side in ("sent", "received"):
            for spelling in ("2026-03-14T08:00:00", "2026-03-14T08:00:00Z"):
                assert found(f"last_message_{side}_before", spelling)
                assert not found(f"last_message_{side}_after", spelling)
        assert found("last_message_timestamp_after_utc", "2026-03-14T08:00:00Z")
        assert not found("last_message_timestamp_before_utc", "2026-03-14T08:00:00Z")
        assert found("contact_created_after", "2026-03-14T08:00:00Z")
        assert not found("contact_created_before", "2026-03-14T08:00:00Z")


def test_what_is_counted_on_a_contact(sandbox: Sandbox, dashboard: Any, http: httpx.Client, at: Any) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "one")
    http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": "two"})
    sandbox.receive_text(dashboard.id, PERSON, "three")
    sandbox.receive_text(dashboard.id, PERSON, "four")
    contact = at("GET", f"/contacts/{PERSON}").json()
    counts = ("total_msgs_sent", "total_msgs_received", "response_count")
    assert [contact[name] for name in counts] == [1, 3, 1]
    assert contact["last_contact_date_utc"] == contact["last_msg_received_utc"]


def test_conversations(sandbox: Sandbox, dashboard: Any, at: Any) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "first")
    sandbox.receive_text(dashboard.id, OTHER_PERSON, "second")
    tag = at("POST", "/tags", json={"tag": "Wholesale"}).json()["id"]
    at(
        "POST",
        f"/contacts/{PERSON}",
        json={"is_resolved": True, "display_name": "Odette", "contact_tags": [tag]},
    )

    def found(**query: Any) -> list[str]:
        answer = at("GET", "/conversations", params=query)
        return [row["phone_number"] for row in answer.json()["items"]] if answer.content else []

    assert found() == [OTHER_PERSON, PERSON]
    assert found(show_unresolved_only="true") == [OTHER_PERSON]
    assert found(search="ODE") == found(search="5550123") == found(tags=tag) == [PERSON]
    assert found(search="nobody") == []
    assert at("PUT", f"/contacts/{OTHER_PERSON}/conversations/archive").content == b""
    assert found() == [PERSON]
    assert found(include_archived="true") == [OTHER_PERSON, PERSON]
    assert at("PUT", f"/contacts/{OTHER_PERSON}/conversations/unarchive").status_code == 200
    assert found() == [OTHER_PERSON, PERSON]
    assert at("PUT", "/contacts/15555550177/conversations/archive").status_code == 400
    past_the_end = at("GET", "/conversations", params={"page": 5})
    assert (past_the_end.status_code, past_the_end.json()["items"]) == (200, [])
