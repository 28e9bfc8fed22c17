"""Requests and responses are validated against the contract; error bodies have three formats."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sandbox_support import PERSON

from textrequest_ext.sandbox import Sandbox
from textrequest_ext.sandbox._contract import ContractError, load_contract
from textrequest_ext.sandbox._service import service
from textrequest_ext.sandbox._service.registry import HANDLERS


def test_exactly_the_operations_of_the_contract_have_a_handler() -> None:
    assert service.HANDLERS is HANDLERS
    assert set(HANDLERS) == set(load_contract().operations)
    assert len(HANDLERS) >= 64


@pytest.mark.parametrize("key", [None, "", "wrong", "095E5113DE4142C28FB7815CC10BEB5"])
def test_a_missing_or_wrong_api_key_is_a_401(sandbox: Sandbox, key: str | None) -> None:
    headers = {} if key is None else {"x-api-key": key}
    response = httpx.get(f"{sandbox.url}/dashboards", headers=headers)
    assert response.status_code == 401
    assert response.json() == {
        "status": 401,
        "errorCode": None,
        "message": "The API key is missing or not valid.",
    }


def test_the_api_key_header_is_case_insensitive(sandbox: Sandbox) -> None:
    assert httpx.get(f"{sandbox.url}/dashboards", headers={"X-API-KEY": sandbox.api_key}).status_code == 200


def test_the_api_key_is_checked_first(sandbox: Sandbox) -> None:
    assert httpx.post(f"{sandbox.url}/messages", content=b"not json").status_code == 401
    assert httpx.get(f"{sandbox.url}/nothing/here").status_code == 401


@pytest.mark.parametrize(
    ("body", "error_text"),
    [
        (b"", "body: is missing"),
        (b"{", "is not JSON"),
        (b'{"name": NaN}', "is not JSON"),
        (b'{"name": "\\ud800"}', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[" * 600 + b"]" * 600, "more than 100 levels deep"),
        (b'{"name": "x", "ignored": ' + b"[" * 150 + b"]" * 150 + b"}", "more than 100 levels deep"),
        (b'{"name": "x", "ignored": 1e999}', "1e999 is out of range"),
        (b'{"name": "x", "ignored": -1e999}', "-1e999 is out of range"),
        (b'{"name": "x", "ignored": ' + b"9" * 400 + b"}", "has more than 19 digits"),
        (b'{"name": "\xed\xa0\x80"}', "is not JSON"),
        (b"[]", "is not of type"),
        (b"{}", "name"),
        (b'{"name": 5}', "body/name"),
        (b'{"name": "  "}', "name must be specified"),
    ],
)
def test_an_invalid_body_is_a_400_that_says_why(api: Any, body: bytes, error_text: str) -> None:
    response = api("POST", "/groups", content=body)
    assert response.status_code == 400
    assert error_text in response.json()["message"]


def test_a_body_may_be_100_levels_deep_and_have_large_numbers(api: Any) -> None:
    deep = b'{"name": "Fair [[[", "ignored": ' + b"[" * 99 + b"]" * 99 + b"}"
    assert api("POST", "/groups", content=deep).status_code == 200
    wide = b'{"name": "Fair", "ignored": [' + b"[]," * 200 + b"-9223372036854775808, 1e308]}"
    assert api("POST", "/groups", content=wide).status_code == 200


@pytest.mark.parametrize("amount", ["1e999", "9" * 400])
def test_an_amount_out_of_range_is_a_400(api: Any, amount: str) -> None:
    body = '{"description": "Sink", "customer_phone": "5555550123", "amount_requested": ' + amount + "}"
    response = api("POST", "/payments", content=body)
    assert response.status_code == 400
    assert "amount" in response.json()["error_message"] or "number" in response.json()["error_message"]


@pytest.mark.parametrize(
    "query", ["page=-1", "page=one", "page=", "page_size=0", "page_size=-5", "page_size=1.5"]
)
def test_invalid_pagination_is_a_400(api: Any, query: str) -> None:
    response = api("GET", f"/messages?{query}")
    assert response.status_code == 400
    assert query.partition("=")[0] in response.json()["message"]


@pytest.mark.parametrize("value", ["up", "ASC", "timestamp", ""])
def test_an_invalid_sort_is_a_400(api: Any, value: str) -> None:
    assert api("GET", "/messages", params={"sort": value}).status_code == 400


def test_unknown_query_parameters_are_ignored(sandbox: Sandbox, dashboard: Any, api: Any) -> None:
    for _ in range(3):
        sandbox.receive_text(dashboard.id, PERSON, "hello")
    response = api(
        "GET", "/messages", params={"start_dat": "2099-01-01T00:00:00Z", "Sort": "up", "limit": "1"}
    )
    assert len(response.json()["items"]) == 3


def test_unknown_keys_of_the_body_are_ignored(api: Any) -> None:
    response = api("POST", "/groups", json={"name": "Fair", "color": "green", "id": 5})
    assert response.status_code == 200
    assert "color" not in response.json()


def test_a_missing_required_query_parameter_is_a_400(http: httpx.Client) -> None:
    response = http.get("/dashboards/provisioning")
    assert response.status_code == 400
    assert response.json()["error_code"] == "parameterInvalid"


def test_an_id_that_is_not_a_number_is_a_400(http: httpx.Client) -> None:
    assert http.get("/dashboards/front-desk").status_code == 400
    assert http.get("/users/1e3").status_code == 400


def test_an_unknown_dashboard_is_a_400(http: httpx.Client) -> None:
    assert http.get("/dashboards/999").status_code == 400
    assert http.get("/dashboards/999/messages").status_code == 400


def test_an_unknown_path_is_an_empty_404_and_a_wrong_method_a_405(http: httpx.Client) -> None:
    assert (http.get("/message").status_code, http.get("/message").content) == (404, b"")
    refused = http.patch("/messages")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_error_bodies_have_three_formats(
    http: httpx.Client, api: Any, sandbox: Sandbox, dashboard: Any
) -> None:
    assert api("POST", "/groups", json={}).json().keys() == {"status", "errorCode", "message"}
    assert api("POST", "/payments", json={}).json().keys() == {"error_message", "error_code"}
    assert http.post("/mms", files={"other": b"x"}).json().keys() == {"error_message"}


@pytest.mark.parametrize(
    "path", ["/groups/9", "/tags/none", "/keywords/9", "/contacts/15555550123", "/hooks/9", "/fields/none"]
)
def test_refused_deletes_have_the_body_of_the_contract(api: Any, path: str) -> None:
    response = api("DELETE", path)
    expected = {"/hooks/9": 400, "/fields/none": 204}.get(path, 404)
    assert response.status_code == expected
    assert bool(response.content) is (path == "/hooks/9")


def test_an_invalid_response_becomes_a_500_that_names_the_violation(
    sandbox: Sandbox, dashboard: Any, api: Any
) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "hello")
    sandbox.state.messages[next(iter(sandbox.state.messages))].set_status("lost")
    response = api("GET", "/messages")
    assert response.status_code == 500
    assert response.json()["errorCode"] == "contractViolation"
    assert 'Messages_list, response 200: body/items/0/delivery_status: "lost"' in response.json()["message"]
    assert sandbox.requests[-1].problem is not None


def test_an_undocumented_status_becomes_a_500(
    sandbox: Sandbox, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from textrequest_ext.sandbox._service.responses import Response

    monkeypatch.setitem(HANDLERS, "Webhooks_event_types", lambda state, call: Response(202, ["msg_sent"]))
    response = http.get("/eventTypes")
    assert response.status_code == 500
    assert "status 202 is not documented" in response.json()["message"]


@pytest.mark.parametrize(("payload", "error_text"), [(None, "the body is missing"), ({}, "is not of type")])
def test_a_response_of_the_wrong_type_becomes_a_500(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, payload: Any, error_text: str
) -> None:
    from textrequest_ext.sandbox._service.responses import Response

    monkeypatch.setitem(HANDLERS, "Webhooks_event_types", lambda state, call: Response(200, payload))
    response = http.get("/eventTypes")
    assert response.status_code == 500
    assert error_text in response.json()["message"]


def test_an_operation_without_a_handler_says_what_to_add(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(HANDLERS, "Groups_list")
    response = api("GET", "/groups")
    assert response.status_code == 501
    assert response.json()["message"] == (
        "The sandbox does not have Groups_list: add a handler in sandbox/_service/handlers."
    )


def test_an_exception_in_a_handler_becomes_a_500_that_names_it(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(HANDLERS, "Webhooks_event_types", lambda state, call: [][0])
    response = http.get("/eventTypes")
    assert response.status_code == 500
    assert "IndexError" in response.json()["message"]
    assert "GET /eventTypes" in caplog.text


def test_an_invalid_callback_payload_is_not_sent(sandbox: Sandbox) -> None:
    with pytest.raises(ContractError, match="webhook_payload_payment/payment_id"):
        sandbox.state.callbacks.send(
            "http://127.0.0.1:9/", {"payment_id": "x"}, event="", schema="webhook_payload_payment"
        )
