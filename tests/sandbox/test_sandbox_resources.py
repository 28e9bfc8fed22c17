"""Dashboards, groups, tags, custom fields, keywords, users, payments, reviews and campaigns."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sandbox_support import OTHER_PERSON, PERSON, client_of

from textrequest_ext.sandbox import Sandbox


def test_dashboards(http: httpx.Client) -> None:
    numbers = http.get("/dashboards/provisioning", params={"area_code": 423}).json()
    assert len(numbers) == 30
    created = http.post("/dashboards", json={"name": "Front desk", "phone": numbers[0]})
    assert (created.status_code, created.json()["phone"]) == (200, numbers[0])
    assert http.post("/dashboards", json={"name": "Again", "phone": numbers[0][1:]}).status_code == 400
    assert http.post("/dashboards", json={"name": "Again", "phone": "555"}).status_code == 400
    assert numbers[0] not in http.get("/dashboards/provisioning", params={"area_code": 423}).json()
    path = f"/dashboards/{created.json()['id']}"
    assert http.put(path, json={"name": "Night shift"}).json()["name"] == "Night shift"
    assert http.get(path).json()["name"] == "Night shift"
    assert [row["id"] for row in http.get("/dashboards").json()["items"]] == [created.json()["id"]]
    assert (http.delete(path).status_code, http.delete(path).status_code) == (204, 404)
    assert http.get(path).status_code == 400


@pytest.mark.parametrize("area_code", ["42", "4233", "abc", "-423"])
def test_an_invalid_area_code_is_a_400(http: httpx.Client, area_code: str) -> None:
    response = http.get("/dashboards/provisioning", params={"area_code": area_code})
    assert (response.status_code, response.json().keys()) == (400, {"error_message", "error_code"})


@pytest.mark.parametrize(
    ("path", "body", "change"),
    [
        ("/groups", {"name": "Fair"}, {"name": "Spring fair", "notes": "April"}),
        ("/tags", {"tag": "Wholesale"}, {"tag": "Retail", "tag_color": "#4682B4"}),
        ("/fields", {"name": "Email"}, {"name": "Mail"}),
        ("/keywords", {"keyword_value": "HARVEST"}, {"keyword_value": "AUTUMN", "response": "Welcome"}),
    ],
)
def test_objects_of_a_dashboard_are_created_updated_and_deleted(
    api: Any, path: str, body: Any, change: Any
) -> None:
    created = api("POST", path, json=body)
    assert created.status_code == 200
    one = f"{path}/{created.json()['id']}"
    assert api("GET", one).json() == created.json()
    changed = api("PUT", one, json=change)
    assert changed.status_code == 200
    assert changed.json() == {**created.json(), **change}
    listed = api("GET", path).json()
    assert (listed if path == "/fields" else listed["items"]) == [changed.json()]
    assert (api("DELETE", one).status_code, api("DELETE", one).status_code) == (
        204,
        204 if path == "/fields" else 404,
    )
    assert (api("GET", one).status_code, api("GET", one).content) == (204, b"")
    assert api("PUT", one, json=change).status_code == 400


def test_the_name_of_a_tag_must_be_unique(api: Any) -> None:
    first, second = (api("POST", "/tags", json={"tag": name}).json() for name in ("New", "Old"))
    assert api("POST", "/tags", json={"tag": "New"}).status_code == 400
    assert api("PUT", f"/tags/{second['id']}", json={"tag": "New"}).status_code == 400
    assert api("PUT", f"/tags/{first['id']}", json={"tag": "New", "tag_color": "#000000"}).status_code == 200


def test_deleting_a_group_or_a_tag_keeps_its_contacts(api: Any) -> None:
    group = api("POST", "/groups", json={"name": "Fair"}).json()["id"]
    tag = api("POST", "/tags", json={"tag": "New"}).json()["id"]
    api("POST", f"/contacts/{PERSON}", json={"groups": [group], "contact_tags": [tag]})
    assert api("DELETE", f"/groups/{group}").status_code == api("DELETE", f"/tags/{tag}").status_code == 204
    contact = api("GET", f"/contacts/{PERSON}").json()
    assert (contact["groups"], contact["contact_tags"]) == ([], [])


def test_a_custom_field_in_use_cannot_be_deleted(api: Any) -> None:
    field = api("POST", "/fields", json={"name": "Email"}).json()["id"]
    api("POST", f"/contacts/{PERSON}", json={"custom_fields": [{"id": field, "value": "x"}]})
    assert (api("DELETE", f"/fields/{field}").status_code, api("DELETE", f"/fields/{field}").content) == (
        400,
        b"",
    )
    api("POST", f"/contacts/{PERSON}", json={"custom_fields": []})
    assert api("DELETE", f"/fields/{field}").status_code == 204


def test_the_number_of_custom_fields_is_limited(api: Any) -> None:
    statuses = [api("POST", "/fields", json={"name": str(number)}).status_code for number in range(51)]
    assert statuses == [200] * 50 + [400]


def test_a_keyword_adds_its_sender_to_its_group(sandbox: Sandbox, dashboard: Any, api: Any) -> None:
    keyword = api("POST", "/keywords", json={"keyword_value": "HARVEST", "response": "Welcome"}).json()
    assert keyword["date_created"].endswith("Z")
    group = api("GET", f"/groups/{keyword['group_id']}").json()
    assert (group["is_keyword"], group["group_member_count"]) == (True, 0)
    for _ in range(2):
        sandbox.receive_text(dashboard.id, PERSON, " harvest")
    assert api("GET", f"/keywords/{keyword['id']}").json()["subscribers_count"] == 1
    assert api("GET", f"/contacts/{PERSON}").json()["groups"] == [keyword["group_id"]]
    messages = api("GET", "/messages").json()["items"]
    assert [message["body"] for message in messages] == [" harvest", "Welcome", " harvest", "Welcome"]


def test_users(http: httpx.Client) -> None:
    body = {
        "first_name": "Rafael",
        "last_name": "Lindqvist",
        "email": "rafael@example.com",
        "password": "x" * 12,
    }
    created = http.post("/users", json=body)
    assert created.status_code == 200
    assert "password" not in created.json()
    assert created.json()["external_user_id"] is None
    assert http.post("/users", json={**body, "email": "Rafael@example.com"}).status_code == 400
    assert http.post("/users", json={"first_name": "Rafael"}).status_code == 400
    path = f"/users/{created.json()['id']}"
    changed = http.put(path, json={"external_user_id": "crew-07", "email": "other@example.com"}).json()
    assert (changed["external_user_id"], changed["email"]) == ("crew-07", "rafael@example.com")
    for query, count in (
        ({"email": "rafael@example.com"}, 1),
        ({"email": "x"}, 0),
        ({"external_user_id": "crew-07"}, 1),
    ):
        assert len(http.get("/users", params=query).json()["items"]) == count
    assert (http.delete(path).status_code, http.delete(path).status_code) == (204, 404)
    assert http.get(path).status_code == 204
    assert http.put(path, json={}).status_code == 400


def test_payments_are_disabled_by_default(http: httpx.Client) -> None:
    created = http.post("/dashboards", json={"name": "Front desk", "phone": "4235550142"}).json()
    path = f"/dashboards/{created['id']}"
    assert http.get(f"{path}/payments").status_code == http.get(f"{path}/payments/1").status_code == 400
    turned = http.post(f"{path}/activate_payments", json={"active": True})
    assert (turned.status_code, turned.content) == (200, b"")
    assert http.get(f"{path}/payments").status_code == 200


def test_payments(sandbox: Sandbox, api: Any) -> None:
    body = {
        "description": "Sink",
        "customer_phone": "5555550123",
        "amount_requested": 84.5,
        "reference_number": "a",
    }
    one = api("POST", "/payments", json=body).json()
    assert (one["customer_phone"], one["recipient"], one["textrequest_payment_status"]) == (
        PERSON,
        None,
        "Sent",
    )
    assert len(api("GET", f"/contacts/{PERSON}/messages").json()["items"]) == 1
    two = api("POST", "/payments", json={**body, "amount_requested": 5, "reference_number": None}).json()
    for bad in ({"amount_requested": 0}, {"customer_phone": "555"}, {"description": None}):
        assert api("POST", "/payments", json={**body, **bad}).status_code == 400

    def ids(**query: Any) -> list[int]:
        return [row["payment_id"] for row in api("GET", "/payments", params=query).json()["items"]]

    first, second = one["payment_id"], two["payment_id"]
    assert ids() == ids(sort_type="date") == [second, first]
    assert ids(sort_direction="asc") == ids(sort_type="amount") == [first, second]
    assert ids(reference_number="a") == [first]
    assert (ids(phone_number="5555550123"), ids(phone_number="555")) == ([second, first], [])
    assert api("GET", "/payments", params={"sort_type": "size"}).status_code == 400
    assert api("POST", f"/payments/{first}/resend").json()["reminder_was_sent"]
    assert api("POST", f"/payments/{first}/resend").status_code == 400
    assert api("POST", f"/payments/{first}/cancel").json()["textrequest_payment_status"] == "Cancelled"
    assert (
        api("POST", f"/payments/{second}/mark_as_paid").json()["textrequest_payment_status"] == "MarkedAsPaid"
    )
    for number in (first, second):
        for action in ("resend", "cancel", "mark_as_paid"):
            assert api("POST", f"/payments/{number}/{action}").status_code == 400
    assert api("GET", "/payments/1").status_code == 204
    third = api("POST", "/payments", json=body).json()["payment_id"]
    sandbox.pay(third)
    paid = api("GET", f"/payments/{third}").json()
    assert (paid["textrequest_payment_status"], paid["transaction_status"]) == ("Paid", "Approved")
    with pytest.raises(ValueError, match="payment_id"):
        sandbox.pay(third)


def test_reviews_and_campaigns() -> None:
    with Sandbox(seed=3) as sandbox, client_of(sandbox) as http:
        path = f"/dashboards/{next(iter(sandbox.state.dashboards))}"
        reviews = http.get(f"{path}/reviews").json()["items"]
        assert {
            (row["star_rating"] is None) ^ (row["is_positive_recommendation"] is None) for row in reviews
        } == {True}
        assert all((row["campaign_id"] is None) == (row["source"] == "organic") for row in reviews)
        middle = reviews[3]["review_date_utc"]
        since = http.get(f"{path}/reviews", params={"start_date": middle}).json()["items"]
        until = http.get(f"{path}/reviews", params={"end_date": middle}).json()["items"]
        assert (since, until) == (reviews[3:], reviews[:4])
        (campaign,) = http.get(f"{path}/campaigns").json()["items"]
        assert http.get(f"{path}/campaigns/{campaign['id']}").json() == campaign
        assert http.get(f"{path}/campaigns/999").status_code == 204
        next(iter(sandbox.state.dashboards.values())).campaigns[campaign["id"]]["is_archived"] = True
        assert http.get(f"{path}/campaigns").json()["items"] == []
        assert len(http.get(f"{path}/campaigns", params={"include_archived": "true"}).json()["items"]) == 1


def test_a_review_can_be_added(sandbox: Sandbox, dashboard: Any, api: Any) -> None:
    review = sandbox.add_review(dashboard.id, platform="Google", star_rating=5)
    (row,) = api("GET", "/reviews").json()["items"]
    assert (row["id"], row["star_rating"], row["source"]) == (review, 5, "organic")


def test_event_types_are_an_array(http: httpx.Client) -> None:
    assert len(http.get("/eventTypes").json()) == 7


def test_contacts_belong_to_one_dashboard(sandbox: Sandbox, http: httpx.Client, dashboard: Any) -> None:
    other = sandbox.add_dashboard("Night shift")
    sandbox.receive_text(dashboard.id, OTHER_PERSON, "hello")
    assert http.get(f"/dashboards/{other.id}/contacts/{OTHER_PERSON}").status_code == 204
