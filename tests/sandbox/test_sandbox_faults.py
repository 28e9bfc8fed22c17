"""Faults: their effects, the requests they apply to, and how often."""

from __future__ import annotations

import dataclasses
import inspect
from time import perf_counter
from typing import Any

import httpx
import pytest
from sandbox_support import PERSON

from textrequest_ext.sandbox import Fault, Sandbox


def statuses(http: httpx.Client, count: int, path: str = "/dashboards") -> list[int]:
    return [http.get(path).status_code for _ in range(count)]


def test_a_fault_applies_a_number_of_times(sandbox: Sandbox, http: httpx.Client) -> None:
    fault = sandbox.fail(status=503, times=2, retry_after=0)
    assert sandbox.faults == [fault]
    response = http.get("/dashboards")
    assert (response.status_code, response.headers["retry-after"]) == (503, "0")
    assert response.json()["status"] == 503
    assert statuses(http, 3) == [503, 200, 200]
    assert sandbox.faults == []


def test_a_fault_applies_to_every_nth_request_after_the_skipped_ones(
    sandbox: Sandbox, http: httpx.Client
) -> None:
    sandbox.fail(status=500, every=3, skip=1)
    assert statuses(http, 8) == [200, 200, 200, 500, 200, 200, 500, 200]
    sandbox.clear_faults()
    assert statuses(http, 3) == [200, 200, 200]


@pytest.mark.parametrize("name", ["Dashboards_list", "dashboards_list", "dashboards.list"])
def test_a_fault_applies_to_one_operation(sandbox: Sandbox, http: httpx.Client, name: str) -> None:
    sandbox.fail(operation=name)
    assert statuses(http, 2) == [503, 503]
    assert statuses(http, 1, "/users") == [200]
    assert http.post("/dashboards", json={}).status_code == 400


def test_a_fault_applies_to_a_method_and_a_path(sandbox: Sandbox, http: httpx.Client, api: Any) -> None:
    sandbox.fail(status=500, method="post")
    sandbox.fail(status=502, path="/dashboards/*/messages")
    assert api("POST", "/groups", json={"name": "Fair"}).status_code == 500
    assert api("GET", "/groups").status_code == 200
    assert api("GET", "/messages").status_code == 502
    assert http.get("/nothing").status_code == 404


def test_the_first_fault_that_is_due_applies(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fail(status=429, times=1)
    sandbox.fail(status=500, times=1)
    assert statuses(http, 3) == [429, 500, 200]


@pytest.mark.parametrize(
    ("value", "header"),
    [
        (2, "2"),
        (0.5, "0.5"),
        (1_234_567, "1234567"),
        (86_400.0, "86400"),
        (-1, "-1"),
        ("", ""),
        ("soon", "soon"),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT"),
    ],
)
def test_429_with_retry_after(sandbox: Sandbox, http: httpx.Client, value: Any, header: str) -> None:
    sandbox.fail(status=429, retry_after=value)
    response = http.get("/dashboards")
    assert (response.status_code, response.headers["retry-after"]) == (429, header)


def test_an_html_body(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fail(status=502, body="html", times=1)
    sandbox.fail(body="html", times=1)
    for status in (502, 200):
        response = http.get("/dashboards")
        assert (response.status_code, response.headers["content-type"]) == (status, "text/html")
        assert response.text.startswith("<html>")


def test_an_empty_body(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fail(status=500, body="empty", times=1)
    sandbox.fail(body="empty", times=1)
    sandbox.fail(status=204, times=1)
    responses = [http.get("/dashboards") for _ in range(4)]
    assert [(response.status_code, bool(response.content)) for response in responses] == [
        (500, False),
        (200, False),
        (204, False),
        (200, True),
    ]


@pytest.mark.parametrize("body", ["garbage", "truncated"])
def test_a_body_that_cannot_be_decoded(sandbox: Sandbox, http: httpx.Client, body: Any) -> None:
    whole = http.get("/eventTypes")
    sandbox.fail(body=body, times=1)
    response = http.get("/eventTypes")
    assert response.status_code == 200
    assert response.headers["content-type"] == whole.headers["content-type"]
    with pytest.raises(ValueError, match=r"codec|Expecting|Unterminated"):
        response.json()
    if body == "truncated":
        assert whole.content.startswith(response.content)


def test_a_body_that_is_cut_off(
    sandbox: Sandbox, http: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    sandbox.fail(body="cut", times=1)
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
        http.get("/eventTypes")
    assert http.get("/eventTypes").status_code == 200
    assert caplog.records == []


@pytest.mark.parametrize(("drop", "message_count"), [("before", 0), ("after", 1)])
def test_the_connection_is_dropped_before_or_after_the_request_takes_effect(
    sandbox: Sandbox,
    http: httpx.Client,
    dashboard: Any,
    drop: Any,
    message_count: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("WARNING")
    sandbox.fail(drop=drop, times=1)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": "hello"})
    assert len(sandbox.state.messages) == message_count
    assert sandbox.requests[-1].status is None
    assert caplog.records == []
    assert http.get("/dashboards").status_code == 200


def test_connections_are_dropped_one_at_a_time(sandbox: Sandbox, http: httpx.Client) -> None:
    with httpx.Client(base_url=sandbox.url, headers=http.headers, verify=False) as other:
        assert statuses(other, 1) == [200]
        sandbox.fail(drop="before", times=1)
        with pytest.raises(httpx.TransportError):
            http.get("/dashboards")
        connection = other.get("/dashboards").extensions["network_stream"]
        assert statuses(other, 1) == [200]
        assert other.get("/dashboards").extensions["network_stream"] is connection


@pytest.mark.parametrize(("takes_effect", "message_count"), [(False, 0), (True, 1)])
def test_a_request_may_take_effect_despite_a_502(
    sandbox: Sandbox, http: httpx.Client, dashboard: Any, takes_effect: bool, message_count: int
) -> None:
    sandbox.fail(status=502, body="html", takes_effect=takes_effect)
    response = http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": "hello"})
    assert (response.status_code, len(sandbox.state.messages)) == (502, message_count)


def test_latencies_add_up_and_the_request_gets_its_response(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fail(latency=0.03, times=1)
    sandbox.fail(latency=0.02, status=503, times=1)
    begin = perf_counter()
    assert statuses(http, 1) == [503]
    assert perf_counter() - begin >= 0.05
    assert statuses(http, 1) == [200]


def test_a_client_times_out_on_latency(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fail(latency=5, times=1)
    with pytest.raises(httpx.ReadTimeout):
        http.get("/dashboards", timeout=0.05)
    assert statuses(http, 1) == [200]


def test_faults_apply_before_the_api_key_is_checked_and_are_logged(sandbox: Sandbox) -> None:
    sandbox.fail(status=503, times=1, operation="dashboards_list")
    assert httpx.get(f"{sandbox.url}/dashboards").status_code == 503
    assert sandbox.requests[-1].fault == "status=503, operation=dashboards_list, times=1"


def test_faults_do_not_apply_to_the_control_api(sandbox: Sandbox) -> None:
    sandbox.fail(drop="before")
    assert httpx.get(sandbox.control_url).status_code == 200


def test_reset_restores_the_initial_faults() -> None:
    with Sandbox(faults=[Fault(status=503, times=1)]) as sandbox:
        headers = {"x-api-key": sandbox.api_key}
        for _ in range(2):
            assert [httpx.get(f"{sandbox.url}/users", headers=headers).status_code for _ in range(2)] == [
                503,
                200,
            ]
            sandbox.reset()


@pytest.mark.parametrize(
    ("fields", "error_text"),
    [
        ({}, "needs a status"),
        ({"status": 99}, "status"),
        ({"status": 700}, "status"),
        ({"status": 503, "body": "xml"}, "body"),
        ({"drop": "during"}, "drop"),
        ({"drop": "after", "status": 503}, "drop"),
        ({"latency": -1}, "latency"),
        ({"latency": float("nan")}, "latency: nan is not a finite number"),
        ({"latency": float("inf")}, "latency: inf is not a finite number"),
        ({"latency": 10**400}, "latency"),
        ({"latency": "1"}, "latency: '1' is not a finite number"),
        ({"status": 503, "times": float("inf")}, "times: inf is not a whole number"),
        ({"status": 503.0}, r"status: 503\.0 is not a whole number"),
        ({"status": 503, "skip": True}, "skip: True is not a whole number"),
        ({"status": 503, "every": "2"}, "every: '2' is not a whole number"),
        ({"status": 429, "retry_after": "1\r\nx-evil: 1"}, "retry_after: .* cannot be the value of a header"),
        ({"status": 429, "retry_after": "1\n"}, "retry_after"),
        ({"status": 429, "retry_after": " 1"}, "retry_after"),
        ({"status": 429, "retry_after": "bient\xf4t"}, "retry_after"),
        ({"status": 429, "retry_after": float("nan")}, "retry_after: nan is not a finite number"),
        ({"status": 429, "retry_after": True}, "retry_after: True is neither a number nor text"),
        ({"status": 503, "every": 0}, "every"),
        ({"status": 503, "times": 0}, "times"),
        ({"status": 503, "skip": -1}, "skip"),
        ({"body": "html", "takes_effect": True}, "takes_effect"),
        ({"status": 503, "operation": "messages_lst"}, "did you mean Messages_list"),
        ({"status": 503, "operation": "zzz"}, "no 'zzz'"),
    ],
)
def test_an_invalid_fault_raises_value_error(fields: Any, error_text: str) -> None:
    with pytest.raises(ValueError, match=error_text):
        Fault(**fields)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("status=503,times=2,operation=messages_list", Fault(status=503, times=2, operation="messages_list")),
        ("latency=0.3, method=GET", Fault(latency=0.3, method="GET")),
        ("status=429,retry_after=1.5,every=10", Fault(status=429, retry_after=1.5, every=10)),
        ("status=502,takes_effect=true,body=html", Fault(status=502, takes_effect=True, body="html")),
        ("drop=after,skip=3,path=/users*", Fault(drop="after", skip=3, path="/users*")),
        ("status=429,retry_after=nan", Fault(status=429, retry_after="nan")),
    ],
)
def test_parse_reads_a_fault_from_text(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault
    assert Fault.from_mapping(fault.as_mapping()) == fault


@pytest.mark.parametrize(
    ("text", "error_text"),
    [
        ("status", "name=value"),
        ("status=high", "not a number"),
        ("latency=nan", "latency"),
        ("status=503,times=1e999", "times"),
        ("stauts=503", "not a field"),
        ("status=503,takes_effect=maybe", "takes_effect"),
        ("", "needs a status"),
    ],
)
def test_parse_rejects_invalid_text(text: str, error_text: str) -> None:
    with pytest.raises(ValueError, match=error_text):
        Fault.parse(text)


def test_fail_has_the_fields_of_a_fault_and_their_defaults() -> None:
    arguments = dict(inspect.signature(Sandbox.fail).parameters)
    del arguments["self"]
    assert {name: argument.default for name, argument in arguments.items()} == {
        field.name: field.default for field in dataclasses.fields(Fault)
    }
