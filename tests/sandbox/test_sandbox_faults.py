"""Faults: what goes wrong, with which requests, how often; seen by a client over the socket."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import httpx
import pytest
from sandbox_support import PERSON

from textrequest_ext.sandbox import Fault, Sandbox


def statuses(http: httpx.Client, count: int, path: str = "/dashboards") -> list[int]:
    return [http.get(path).status_code for _ in range(count)]


def test_the_next_n(sandbox: Sandbox, http: httpx.Client) -> None:
    fault = sandbox.fail(status=503, times=2, retry_after=0)
    assert sandbox.faults == [fault]
    answer = http.get("/dashboards")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "0")
    assert answer.json()["status"] == 503
    assert statuses(http, 3) == [503, 200, 200]
    assert sandbox.faults == []


def test_every_nth_after_some(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fail(status=500, every=3, skip=1)
    assert statuses(http, 8) == [200, 200, 200, 500, 200, 200, 500, 200]
    sandbox.clear_faults()
    assert statuses(http, 3) == [200, 200, 200]


@pytest.mark.parametrize("name", ["Dashboards_list", "dashboards_list", "dashboards.list"])
def test_one_operation(sandbox: Sandbox, http: httpx.Client, name: str) -> None:
    sandbox.fail(operation=name)
    assert statuses(http, 2) == [503, 503]
    assert statuses(http, 1, "/users") == [200]
    assert http.post("/dashboards", json={}).status_code == 400


def test_a_method_and_a_path(sandbox: Sandbox, http: httpx.Client, at: Any) -> None:
    sandbox.fail(status=500, method="post")
    sandbox.fail(status=502, path="/dashboards/*/messages")
    assert at("POST", "/groups", json={"name": "Fair"}).status_code == 500
    assert at("GET", "/groups").status_code == 200
    assert at("GET", "/messages").status_code == 502
    assert http.get("/nothing").status_code == 404


def test_the_first_fault_that_is_due_happens(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fail(status=429, times=1)
    sandbox.fail(status=500, times=1)
    assert statuses(http, 3) == [429, 500, 200]


@pytest.mark.parametrize(
    ("value", "header"),
    [(2, "2"), (0.5, "0.5"), ("Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT")],
)
def test_429_with_retry_after(sandbox: Sandbox, http: httpx.Client, value: Any, header: str) -> None:
    sandbox.fail(status=429, retry_after=value)
    answer = http.get("/dashboards")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, header)


def test_an_html_page(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fail(status=502, body="html", times=1)
    sandbox.fail(body="html", times=1)
    for status in (502, 200):
        answer = http.get("/dashboards")
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html")
        assert answer.text.startswith("<html>")


def test_an_empty_body(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fail(status=500, body="empty", times=1)
    sandbox.fail(body="empty", times=1)
    sandbox.fail(status=204, times=1)
    answers = [http.get("/dashboards") for _ in range(4)]
    assert [(answer.status_code, bool(answer.content)) for answer in answers] == [
        (500, False),
        (200, False),
        (204, False),
        (200, True),
    ]


@pytest.mark.parametrize("body", ["garbage", "truncated"])
def test_a_body_that_cannot_be_read(sandbox: Sandbox, http: httpx.Client, body: Any) -> None:
    whole = http.get("/eventTypes")
    sandbox.fail(body=body, times=1)
    answer = http.get("/eventTypes")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == whole.headers["content-type"]
    with pytest.raises(ValueError, match=r"codec|Expecting|Unterminated"):
        answer.json()
    if body == "truncated":
        assert whole.content.startswith(answer.content)


def test_a_body_that_is_cut_off(
    sandbox: Sandbox, http: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    sandbox.fail(body="cut", times=1)
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
        http.get("/eventTypes")
    assert http.get("/eventTypes").status_code == 200
    assert caplog.records == []


@pytest.mark.parametrize(("drop", "arrived"), [("before", 0), ("after", 1)])
def test_a_dropped_connection_before_or_after_the_request_took_effect(
    sandbox: Sandbox,
    http: httpx.Client,
    dashboard: Any,
    drop: Any,
    arrived: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("WARNING")
    sandbox.fail(drop=drop, times=1)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": "hello"})
    assert len(sandbox.state.messages) == arrived
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


@pytest.mark.parametrize(("takes_effect", "arrived"), [(False, 0), (True, 1)])
def test_a_502_may_hide_that_the_request_took_effect(
    sandbox: Sandbox, http: httpx.Client, dashboard: Any, takes_effect: bool, arrived: int
) -> None:
    sandbox.fail(status=502, body="html", takes_effect=takes_effect)
    answer = http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": "hello"})
    assert (answer.status_code, len(sandbox.state.messages)) == (502, arrived)


def test_latency_adds_up_and_the_request_is_answered(sandbox: Sandbox, http: httpx.Client) -> None:
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


def test_faults_come_before_the_key_and_are_in_the_log(sandbox: Sandbox) -> None:
    sandbox.fail(status=503, times=1, operation="dashboards_list")
    assert httpx.get(f"{sandbox.url}/dashboards").status_code == 503
    assert sandbox.requests[-1].fault == "status=503, operation=dashboards_list, times=1"


def test_the_control_api_has_no_faults(sandbox: Sandbox) -> None:
    sandbox.fail(drop="before")
    assert httpx.get(sandbox.control_url).status_code == 200


def test_faults_to_begin_with_come_back_with_a_reset() -> None:
    with Sandbox(faults=[Fault(status=503, times=1)]) as sandbox:
        headers = {"x-api-key": sandbox.api_key}
        for _ in range(2):
            assert [httpx.get(f"{sandbox.url}/users", headers=headers).status_code for _ in range(2)] == [
                503,
                200,
            ]
            sandbox.reset()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "needs a status"),
        ({"status": 99}, "status"),
        ({"status": 700}, "status"),
        ({"status": 503, "body": "xml"}, "body"),
        ({"drop": "during"}, "drop"),
        ({"drop": "after", "status": 503}, "drop"),
        ({"latency": -1}, "latency"),
        ({"status": 503, "every": 0}, "every"),
        ({"status": 503, "times": 0}, "times"),
        ({"status": 503, "skip": -1}, "skip"),
        ({"body": "html", "takes_effect": True}, "takes_effect"),
        ({"status": 503, "operation": "messages_lst"}, "did you mean Messages_list"),
        ({"status": 503, "operation": "zzz"}, "no 'zzz'"),
    ],
)
def test_a_fault_that_cannot_be_is_a_clear_error(fields: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Fault(**fields)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("status=503,times=2,operation=messages_list", Fault(status=503, times=2, operation="messages_list")),
        ("latency=0.3, method=GET", Fault(latency=0.3, method="GET")),
        ("status=429,retry_after=1.5,every=10", Fault(status=429, retry_after=1.5, every=10)),
        ("status=502,takes_effect=true,body=html", Fault(status=502, takes_effect=True, body="html")),
        ("drop=after,skip=3,path=/users*", Fault(drop="after", skip=3, path="/users*")),
    ],
)
def test_a_fault_is_read_from_text(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault
    assert Fault.from_mapping(fault.as_mapping()) == fault


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("status", "name=value"),
        ("status=high", "not a number"),
        ("stauts=503", "not a field"),
        ("status=503,takes_effect=maybe", "takes_effect"),
        ("", "needs a status"),
    ],
)
def test_text_that_is_no_fault_is_a_clear_error(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Fault.parse(text)
