"""Both sides are held to the contract, and the service's three error bodies are there."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sandbox_support import PERSON

from textrequest_ext.sandbox import Sandbox
from textrequest_ext.sandbox._contract import ContractError, load_contract
from textrequest_ext.sandbox._service import service
from textrequest_ext.sandbox._service.registry import HANDLERS


def test_every_operation_of_the_contract_has_a_route_and_no_other() -> None:
    assert service.HANDLERS is HANDLERS
    assert set(HANDLERS) == set(load_contract().operations)
    assert len(HANDLERS) == 64


@pytest.mark.parametrize("key", [None, "", "wrong", "095E5113DE4142C28FB7815CC10BEB5"])
def test_a_missing_or_wrong_key_is_a_401(sandbox: Sandbox, key: str | None) -> None:
    headers = {} if key is None else {"x-api-key": key}
    answer = httpx.get(f"{sandbox.url}/dashboards", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {
        "status": 401,
        "errorCode": None,
        "message": "The API key is missing or not valid.",
    }


def test_the_name_of_the_header_may_be_in_any_case(sandbox: Sandbox) -> None:
    assert httpx.get(f"{sandbox.url}/dashboards", headers={"X-API-KEY": sandbox.api_key}).status_code == 200


def test_a_missing_key_comes_before_anything_else(sandbox: Sandbox) -> None:
    assert httpx.post(f"{sandbox.url}/messages", content=b"not json").status_code == 401
    assert httpx.get(f"{sandbox.url}/nothing/here").status_code == 401


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "body: is missing"),
        (b"{", "is not JSON"),
        (b'{"name": NaN}', "is not JSON"),
        (b'{"name": "\\ud800"}', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not of type"),
        (b"{}", "name"),
        (b'{"name": 5}', "body/name"),
        (b'{"name": "  "}', "name must be specified"),
    ],
)
def test_a_bad_body_is_a_400_that_says_why(at: Any, body: bytes, named: str) -> None:
    answer = at("POST", "/groups", content=body)
    assert answer.status_code == 400
    assert named in answer.json()["message"]


@pytest.mark.parametrize(
    "query", ["page=-1", "page=one", "page=", "page_size=0", "page_size=-5", "page_size=1.5"]
)
def test_bad_paging_is_a_400(at: Any, query: str) -> None:
    answer = at("GET", f"/messages?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["message"]


@pytest.mark.parametrize("value", ["up", "ASC", "timestamp", ""])
def test_a_bad_sort_is_a_400(at: Any, value: str) -> None:
    assert at("GET", "/messages", params={"sort": value}).status_code == 400


def test_unknown_query_parameters_are_ignored(sandbox: Sandbox, dashboard: Any, at: Any) -> None:
    for _ in range(3):
        sandbox.receive_text(dashboard.id, PERSON, "hello")
    answer = at("GET", "/messages", params={"start_dat": "2099-01-01T00:00:00Z", "Sort": "up", "limit": "1"})
    assert len(answer.json()["items"]) == 3


def test_unknown_keys_of_a_body_are_ignored(at: Any) -> None:
    answer = at("POST", "/groups", json={"name": "Fair", "color": "green", "id": 5})
    assert answer.status_code == 200
    assert "color" not in answer.json()


def test_a_required_query_parameter_that_is_missing_is_a_400(http: httpx.Client) -> None:
    answer = http.get("/dashboards/provisioning")
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "parameterInvalid"


def test_an_id_that_is_no_number_is_a_400(http: httpx.Client) -> None:
    assert http.get("/dashboards/front-desk").status_code == 400
    assert http.get("/users/1e3").status_code == 400


def test_a_dashboard_the_account_does_not_have_is_a_400(http: httpx.Client) -> None:
    assert http.get("/dashboards/999").status_code == 400
    assert http.get("/dashboards/999/messages").status_code == 400


def test_an_unknown_address_is_an_empty_404_and_a_wrong_method_a_405(http: httpx.Client) -> None:
    assert (http.get("/message").status_code, http.get("/message").content) == (404, b"")
    refused = http.patch("/messages")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_there_are_three_error_bodies(http: httpx.Client, at: Any, sandbox: Sandbox, dashboard: Any) -> None:
    assert at("POST", "/groups", json={}).json().keys() == {"status", "errorCode", "message"}
    assert at("POST", "/payments", json={}).json().keys() == {"error_message", "error_code"}
    assert http.post("/mms", files={"other": b"x"}).json().keys() == {"error_message"}


@pytest.mark.parametrize(
    "path", ["/groups/9", "/tags/none", "/keywords/9", "/contacts/15555550123", "/hooks/9", "/fields/none"]
)
def test_refused_deletes_have_the_body_the_contract_gives_them(at: Any, path: str) -> None:
    answer = at("DELETE", path)
    expected = {"/hooks/9": 400, "/fields/none": 204}.get(path, 404)
    assert answer.status_code == expected
    assert bool(answer.content) is (path == "/hooks/9")


def test_a_bad_answer_of_our_own_is_a_500_that_names_the_violation(
    sandbox: Sandbox, dashboard: Any, at: Any
) -> None:
    sandbox.receive_text(dashboard.id, PERSON, "hello")
    sandbox.state.messages[next(iter(sandbox.state.messages))].set_status("lost")
    answer = at("GET", "/messages")
    assert answer.status_code == 500
    assert answer.json()["errorCode"] == "contractViolation"
    assert 'Messages_list, response 200: body/items/0/delivery_status: "lost"' in answer.json()["message"]
    assert sandbox.requests[-1].problem is not None


def test_a_status_the_operation_does_not_have_is_a_500(
    sandbox: Sandbox, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from textrequest_ext.sandbox._service.responses import Response

    monkeypatch.setitem(HANDLERS, "Webhooks_event_types", lambda state, call: Response(202, ["msg_sent"]))
    answer = http.get("/eventTypes")
    assert answer.status_code == 500
    assert "status 202 is not documented" in answer.json()["message"]


@pytest.mark.parametrize(("payload", "named"), [(None, "the body is missing"), ({}, "is not of type")])
def test_an_answer_of_the_wrong_kind_is_a_500(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, payload: Any, named: str
) -> None:
    from textrequest_ext.sandbox._service.responses import Response

    monkeypatch.setitem(HANDLERS, "Webhooks_event_types", lambda state, call: Response(200, payload))
    answer = http.get("/eventTypes")
    assert answer.status_code == 500
    assert named in answer.json()["message"]


def test_a_route_that_fails_is_a_500_that_says_how(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(HANDLERS, "Webhooks_event_types", lambda state, call: [][0])
    answer = http.get("/eventTypes")
    assert answer.status_code == 500
    assert "IndexError" in answer.json()["message"]
    assert "GET /eventTypes" in caplog.text


def test_a_payload_that_is_not_in_the_contract_is_not_posted(sandbox: Sandbox) -> None:
    with pytest.raises(ContractError, match="webhook_payload_payment/payment_id"):
        sandbox.state.callbacks.send(
            "http://127.0.0.1:9/", {"payment_id": "x"}, event="", schema="webhook_payload_payment"
        )
