"""Dashboards, groups, tags, fields, keywords, users, payments, reviews, campaigns."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sandbox_support import OTHER_PERSON, PERSON, client_of

from textrequest_ext.sandbox import Sandbox


def test_dashboards(http: httpx.Client) -> None:
    numbers = http.get("/dashboards/provisioning", params={"area_code": 423}).json()
    assert len(numbers) == 30
    made = http.post("/dashboards", json={"name": "Front desk", "phone": numbers[0]})
    assert (made.status_code, made.json()["phone"]) == (200, numbers[0])
    assert http.post("/dashboards", json={"name": "Again", "phone": numbers[0][1:]}).status_code == 400
    assert http.post("/dashboards", json={"name": "Again", "phone": "555"}).status_code == 400
    assert numbers[0] not in http.get("/dashboards/provisioning", params={"area_code": 423}).json()
    path = f"/dashboards/{made.json()['id']}"
    assert http.put(path, json={"name": "Night shift"}).json()["name"] == "Night shift"
    assert http.get(path).json()["name"] == "Night shift"
    assert [row["id"] for row in http.get("/dashboards").json()["items"]] == [made.json()["id"]]
    assert (http.delete(path).status_code, http.delete(path).status_code) == (204, 404)
    assert http.get(path).status_code == 400


@pytest.mark.parametrize("area_code", ["42", "4233", "abc", "-423"])
def test_an_area_code_that_is_none_is_a_400(http: httpx.Client, area_code: str) -> None:
    answer = http.get("/dashboards/provisioning", params={"area_code": area_code})
    assert (answer.status_code, answer.json().keys()) == (400, {"error_message", "error_code"})


@pytest.mark.parametrize(
    ("path", "body", "change"),
    [
        ("/groups", {"name": "Fair"}, {"name": "Spring fair", "notes": "April"}),
        ("/tags", {"tag": "Wholesale"}, {"tag": "Retail", "tag_color": "#4682B4"}),
        ("/fields", {"name": "Email"}, {"name": "Mail"}),
        ("/keywords", {"keyword_value": "HARVEST"}, {"keyword_value": "AUTUMN", "response": "Welcome"}),
    ],
)
def test_things_of_a_dashboard_are_made_changed_and_removed(
    at: Any, path: str, body: Any, change: Any
) -> None:
    made = at("POST", path, json=body)
    assert made.status_code == 200
    one = f"{path}/{made.json()['id']}"
    assert at("GET", one).json() == made.json()
    changed = at("PUT", one, json=change)
    assert changed.status_code == 200
    assert changed.json() == {**made.json(), **change}
    listed = at("GET", path).json()
    assert (listed if path == "/fields" else listed["items"]) == [changed.json()]
    assert (at("DELETE", one).status_code, at("DELETE", one).status_code) == (
        204,
        204 if path == "/fields" else 404,
    )
    assert (at("GET", one).status_code, at("GET", one).content) == (204, b"")
    assert at("PUT", one, json=change).status_code == 400


def test_a_tags_name_must_be_new(at: Any) -> None:
    first, second = (at("POST", "/tags", json={"tag": name}).json() for name in ("New", "Old"))
    assert at("POST", "/tags", json={"tag": "New"}).status_code == 400
    assert at("PUT", f"/tags/{second['id']}", json={"tag": "New"}).status_code == 400
    assert at("PUT", f"/tags/{first['id']}", json={"tag": "New", "tag_color": "#000000"}).status_code == 200


def test_deleting_a_group_or_a_tag_keeps_its_contacts(at: Any) -> None:
    group = at("POST", "/groups", json={"name": "Fair"}).json()["id"]
    tag = at("POST", "/tags", json={"tag": "New"}).json()["id"]
    at("POST", f"/contacts/{PERSON}", json={"groups": [group], "contact_tags": [tag]})
    assert at("DELETE", f"/groups/{group}").status_code == at("DELETE", f"/tags/{tag}").status_code == 204
    contact = at("GET", f"/contacts/{PERSON}").json()
    assert (contact["groups"], contact["contact_tags"]) == ([], [])


def test_a_field_in_use_cannot_be_deleted(at: Any) -> None:
    field = at("POST", "/fields", json={"name": "Email"}).json()["id"]
    at("POST", f"/contacts/{PERSON}", json={"custom_fields": [{"id": field, "value": "x"}]})
    assert (at("DELETE", f"/fields/{field}").status_code, at("DELETE", f"/fields/{field}").content) == (
        400,
        b"",
    )
    at("POST", f"/contacts/{PERSON}", json={"custom_fields": []})
    assert at("DELETE", f"/fields/{field}").status_code == 204


def test_the_number_of_fields_is_limited(at: Any) -> None:
    statuses = [at("POST", "/fields", json={"name": str(number)}).status_code for number in range(51)]
    assert statuses == [200] * 50 + [400]


def test_a_keyword_enrolls_who_texts_it(sandbox: Sandbox, dashboard: Any, at: Any) -> None:
    keyword = at("POST", "/keywords", json={"keyword_value": "HARVEST", "response": "Welcome"}).json()
    assert keyword["date_created"].endswith("Z")
    group = at("GET", f"/groups/{keyword['group_id']}").json()
    assert (group["is_keyword"], group["group_member_count"]) == (True, 0)
    for _ in range(2):
        sandbox.receive_text(dashboard.id, PERSON, " harvest")
    assert at("GET", f"/keywords/{keyword['id']}").json()["subscribers_count"] == 1
    assert at("GET", f"/contacts/{PERSON}").json()["groups"] == [keyword["group_id"]]
    messages = at("GET", "/messages").json()["items"]
    assert [message["body"] for message in messages] == [" harvest", "Welcome", " harvest", "Welcome"]


def test_users(http: httpx.Client) -> None:
    body = {
        "first_name": "Rafael",
        "last_name": "Lindqvist",
        "email": "rafael@example.com",
        "password": "x" * 12,
    }
    made = http.post("/users", json=body)
    assert made.status_code == 200
    assert "password" not in made.json()
    assert made.json()["external_user_id"] is None
    assert http.post("/users", json={**body, "email": "Rafael@example.com"}).status_code == 400
    assert http.post("/users", json={"first_name": "Rafael"}).status_code == 400
    path = f"/users/{made.json()['id']}"
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


def test_payments_are_off_until_they_are_turned_on(http: httpx.Client) -> None:
    made = http.post("/dashboards", json={"name": "Front desk", "phone": "4235550142"}).json()
    path = f"/dashboards/{made['id']}"
    assert http.get(f"{path}/payments").status_code == http.get(f"{path}/payments/1").status_code == 400
    turned = http.post(f"{path}/activate_payments", json={"active": True})
    assert (turned.status_code, turned.content) == (200, b"")
    assert http.get(f"{path}/payments").status_code == 200


def test_payments(sandbox: Sandbox, at: Any) -> None:
    body = {
        "description": "Sink",
        "customer_phone": "5555550123",
        "amount_requested": 84.5,
        "reference_number": "a",
    }
    one = at("POST", "/payments", json=body).json()
    assert (one["customer_phone"], one["recipient"], one["textrequest_payment_status"]) == (
        PERSON,
        None,
        "Sent",
    )
    assert len(at("GET", f"/contacts/{PERSON}/messages").json()["items"]) == 1
    two = at("POST", "/payments", json={**body, "amount_requested": 5, "reference_number": None}).json()
    for bad in ({"amount_requested": 0}, {"customer_phone": "555"}, {"description": None}):
        assert at("POST", "/payments", json={**body, **bad}).status_code == 400

    def ids(**query: Any) -> list[int]:
        return [row["payment_id"] for row in at("GET", "/payments", params=query).json()["items"]]

    first, second = one["payment_id"], two["payment_id"]
    assert ids() == ids(sort_type="date") == [second, first]
    assert ids(sort_direction="asc") == ids(sort_type="amount") == [first, second]
    assert ids(reference_number="a") == [first]
    assert (ids(phone_number="5555550123"), ids(phone_number="555")) == ([second, first], [])
    assert at("GET", "/payments", params={"sort_type": "size"}).status_code == 400
    assert at("POST", f"/payments/{first}/resend").json()["reminder_was_sent"]
    assert at("POST", f"/payments/{first}/resend").status_code == 400
    assert at("POST", f"/payments/{first}/cancel").json()["textrequest_payment_status"] == "Cancelled"
    assert (
        at("POST", f"/payments/{second}/mark_as_paid").json()["textrequest_payment_status"] == "MarkedAsPaid"
    )
    for number in (first, second):
        for action in ("resend", "cancel", "mark_as_paid"):
            assert at("POST", f"/payments/{number}/{action}").status_code == 400
    assert at("GET", "/payments/1").status_code == 204
    third = at("POST", "/payments", json=body).json()["payment_id"]
    sandbox.pay(third)
    paid = at("GET", f"/payments/{third}").json()
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


def test_a_review_can_be_added(sandbox: Sandbox, dashboard: Any, at: Any) -> None:
    review = sandbox.add_review(dashboard.id, platform="Google", star_rating=5)
    (row,) = at("GET", "/reviews").json()["items"]
    assert (row["id"], row["star_rating"], row["source"]) == (review, 5, "organic")


def test_event_types_are_a_bare_array(http: httpx.Client) -> None:
    assert len(http.get("/eventTypes").json()) == 7


def test_contacts_belong_to_one_dashboard(sandbox: Sandbox, http: httpx.Client, dashboard: Any) -> None:
    other = sandbox.add_dashboard("Night shift")
    sandbox.receive_text(dashboard.id, OTHER_PERSON, "hello")
    assert http.get(f"/dashboards/{other.id}/contacts/{OTHER_PERSON}").status_code == 204
