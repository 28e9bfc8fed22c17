"""Contacts: upserts, updates, filters, refused deletes and conversations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sandbox_support import OTHER_PERSON, PERSON, client_of

from textrequest_ext.sandbox import Sandbox


@pytest.fixture
def ids_by_kind(api: Any) -> dict[str, Any]:
    """The ids of a tag, a custom field and a group of the dashboard."""
    return {
        "tag": api("POST", "/tags", json={"tag": "Wholesale"}).json()["id"],
        "field": api("POST", "/fields", json={"name": "Email"}).json()["id"],
        "group": api("POST", "/groups", json={"name": "Fair"}).json()["id"],
    }


def test_a_contact_is_created_and_found(api: Any) -> None:
    created = api("POST", "/contacts/5555550123", json={"first_name": "Odette", "is_blocked": True})
    assert created.status_code == 200
    assert (created.json()["phone_number"], created.json()["first_name"]) == (PERSON, "Odette")
    for spelling in ("5555550123", "15555550123", "+15555550123"):
        assert api("GET", f"/contacts/{spelling}").json() == created.json()


def test_a_missing_contact_is_a_204(api: Any) -> None:
    for path in (f"/contacts/{PERSON}", "/contacts/555"):
        response = api("GET", path)
        assert (response.status_code, response.content) == (204, b"")


def test_upsert_keeps_omitted_fields_and_clears_empty_ones(api: Any, ids_by_kind: dict[str, Any]) -> None:
    full = {
        "contact_tags": [ids_by_kind["tag"]],
        "custom_fields": [{"id": ids_by_kind["field"], "value": "odette@example.com"}],
        "groups": [ids_by_kind["group"]],
        "note": "Met at the fair",
    }
    names = ("contact_tags", "custom_fields", "groups", "note")
    first = api("POST", f"/contacts/{PERSON}", json=full).json()
    assert {name: first[name] for name in names} == full
    for nothing in ({}, dict.fromkeys(full)):
        kept = api("POST", f"/contacts/{PERSON}", json=nothing).json()
        assert {name: kept[name] for name in names} == full
    cleared = api(
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
def test_unknown_ids_are_a_400(api: Any, body: dict[str, Any]) -> None:
    assert api("POST", f"/contacts/{PERSON}", json=body).status_code == 400
    assert api("GET", f"/contacts/{PERSON}").status_code == 204


def test_an_invalid_number_is_a_400_where_a_contact_would_be_created(api: Any) -> None:
    assert api("POST", "/contacts/555", json={}).status_code == 400
    assert api("POST", "/contacts/555/messages", json={"body": "hello"}).status_code == 400


def test_a_bulk_update_creates_and_updates_and_returns_an_array(api: Any) -> None:
    api("POST", f"/contacts/{PERSON}", json={"first_name": "Odette", "note": "kept"})
    entries = [{"phone_number": "5555550123", "first_name": "Mina"}, {"phone_number": OTHER_PERSON}]
    response = api("POST", "/contacts", json=entries)
    assert response.status_code == 200
    assert [contact["phone_number"] for contact in response.json()] == [PERSON, OTHER_PERSON]
    assert (response.json()[0]["first_name"], response.json()[0]["note"]) == ("Mina", "kept")


@pytest.mark.parametrize(
    "bad", [{"phone_number": "555"}, {"first_name": "x"}, {"phone_number": PERSON, "groups": [9]}]
)
def test_a_bulk_update_with_an_invalid_entry_changes_nothing(api: Any, bad: dict[str, Any]) -> None:
    assert api("POST", "/contacts", json=[{"phone_number": OTHER_PERSON}, bad]).status_code == 400
    assert api("GET", "/contacts").json()["items"] == []


def test_patch_adds_and_removes_one_id(api: Any, ids_by_kind: dict[str, Any]) -> None:
    api("POST", f"/contacts/{PERSON}", json={})
    add = {
        "group": ids_by_kind["group"], "add_group_to_contact": True, "contact_tag": ids_by_kind["tag"], "add_tag_to_contact": True,
        "custom_field_id": ids_by_kind["field"], "custom_field_value": "plum",
    }  # fmt: skip
    contact = api("PATCH", f"/contacts/{PERSON}", json=add).json()
    assert (contact["groups"], contact["contact_tags"]) == ([ids_by_kind["group"]], [ids_by_kind["tag"]])
    assert contact["custom_fields"] == [{"id": ids_by_kind["field"], "value": "plum"}]
    assert api("GET", f"/groups/{ids_by_kind['group']}").json()["group_member_count"] == 1
    take = {
        "group": ids_by_kind["group"],
        "add_group_to_contact": False,
        "contact_tag": ids_by_kind["tag"],
        "add_tag_to_contact": False,
    }
    contact = api("PATCH", f"/contacts/{PERSON}", json=take).json()
    assert (contact["groups"], contact["contact_tags"], len(contact["custom_fields"])) == ([], [], 1)
    assert api("PATCH", f"/contacts/{PERSON}", json={"group": 999}).status_code == 400
    assert api("PATCH", f"/contacts/{OTHER_PERSON}", json={}).status_code == 400


def test_a_contact_with_history_cannot_be_deleted(sandbox: Sandbox, dashboard: Any, api: Any) -> None:
    api("POST", f"/contacts/{OTHER_PERSON}", json={})
    deleted = api("DELETE", f"/contacts/{OTHER_PERSON}")
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert api("GET", f"/contacts/{OTHER_PERSON}").status_code == 204
    sandbox.receive_text(dashboard.id, PERSON, "hello")
    assert api("DELETE", f"/contacts/{PERSON}").status_code == 400
    assert api("GET", f"/contacts/{PERSON}").status_code == 200


def test_contact_filters(sandbox: Sandbox, dashboard: Any, api: Any, ids_by_kind: dict[str, Any]) -> None:
    odette, mina = PERSON, OTHER_PERSON
    api("POST", f"/contacts/{odette}", json={
        "display_name": "Odette Marsh", "contact_tags": [ids_by_kind["tag"]], "groups": [ids_by_kind["group"]], "is_blocked": True,
        "custom_fields": [{"id": ids_by_kind["field"], "value": "plum"}],
    })  # fmt: skip
    sandbox.receive_text(dashboard.id, mina, "STOP")

    def filtered(**query: Any) -> list[str]:
        return [contact["phone_number"] for contact in api("GET", "/contacts", params=query).json()["items"]]

    assert filtered() == [odette, mina]
    assert filtered(contact_phone_number="1555") == [odette]
    assert filtered(contact_phone_number="555") == []
    assert filtered(contact_phone_number="1") == [odette, mina]
    assert filtered(is_blocked="true") == filtered(is_blocked="True") == [odette]
    assert filtered(is_blocked="false") == [mina]
    assert (
        filtered(has_opted_out="true")
        == filtered(is_archived="true")
        == filtered(has_message_history="true")
        == [mina]
    )
    assert filtered(is_suppressed="true") == []
    assert filtered(is_resolved="false") == [odette, mina]
    assert (
        filtered(tags=f"none,{ids_by_kind['tag']}")
        == filtered(groups=f"{ids_by_kind['group']},77")
        == [odette]
    )
    assert filtered(tags="none") == []
    assert filtered(display_name="marsh") == [odette]
    assert filtered(custom_field_id_2=ids_by_kind["field"], custom_field_value_2="plum") == [odette]
    assert filtered(custom_field_id_1=ids_by_kind["field"], custom_field_value_1="rhubarb") == []
    assert filtered(is_blocked="true", has_opted_out="true") == []
    assert filtered(is_blokced="true") == [odette, mina]


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
def test_an_invalid_filter_is_a_400(api: Any, query: dict[str, str]) -> None:
    assert api("GET", "/contacts", params=query).status_code == 400


def test_the_sent_and_received_filters_use_local_time() -> None:
    noon = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)  # 7:00 in local time
    with (
        Sandbox(clock=lambda: noon) as sandbox,
        client_of(sandbox) as http,
    ):
        dashboard = sandbox.add_dashboard()
        sandbox.receive_text(dashboard.id, PERSON, "hello")
        http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": "hello"})

        def matches(name: str, value: str) -> bool:
            response = http.get(f"/dashboards/{dashboard.id}/contacts", params={name: value})
            return bool(response.json()["items"])

        for side in ("sent", "received"):
            for spelling in ("2026-03-14T08:00:00", "2026-03-14T08:00:00Z"):
                assert matches(f"last_message_{side}_before", spelling)
                assert not matches(f"last_message_{side}_after", spelling)
        assert matches("last_message_timestamp_after_utc", "2026-03-14T08:00:00Z")
        assert not matches("last_message_timestamp_before_utc", "2026-03-14T08:00:00Z")
        assert matches("contact_created_after", "2026-03-14T08:00:00Z")
        assert not matches("contact_created_before", "2026-03-14T08:00:00Z")


def test_the_counters_of_a_contact(sandbox: Sandbox, dashboard: Any, http: httpx.Client, api: Any) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "one")
    http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": "two"})
    sandbox.receive_text(dashboard.id, PERSON, "three")
    sandbox.receive_text(dashboard.id, PERSON, "four")
    contact = api("GET", f"/contacts/{PERSON}").json()
    counts = ("total_msgs_sent", "total_msgs_received", "response_count")
    assert [contact[name] for name in counts] == [1, 3, 1]
    assert contact["last_contact_date_utc"] == contact["last_msg_received_utc"]


def test_conversations(sandbox: Sandbox, dashboard: Any, api: Any) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "first")
    sandbox.receive_text(dashboard.id, OTHER_PERSON, "second")
    tag = api("POST", "/tags", json={"tag": "Wholesale"}).json()["id"]
    api(
        "POST",
        f"/contacts/{PERSON}",
        json={"is_resolved": True, "display_name": "Odette", "contact_tags": [tag]},
    )

    def listed(**query: Any) -> list[str]:
        response = api("GET", "/conversations", params=query)
        return [row["phone_number"] for row in response.json()["items"]] if response.content else []

    assert listed() == [OTHER_PERSON, PERSON]
    assert listed(show_unresolved_only="true") == [OTHER_PERSON]
    assert listed(search="ODE") == listed(search="5550123") == listed(tags=tag) == [PERSON]
    assert listed(search="unknown") == []
    assert api("PUT", f"/contacts/{OTHER_PERSON}/conversations/archive").content == b""
    assert listed() == [PERSON]
    assert listed(include_archived="true") == [OTHER_PERSON, PERSON]
    assert api("PUT", f"/contacts/{OTHER_PERSON}/conversations/unarchive").status_code == 200
    assert listed() == [OTHER_PERSON, PERSON]
    assert api("PUT", "/contacts/15555550177/conversations/archive").status_code == 400
    past_the_end = api("GET", "/conversations", params={"page": 5})
    assert (past_the_end.status_code, past_the_end.json()["items"]) == (200, [])
