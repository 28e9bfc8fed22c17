"""Starting and stopping, the history, the request log, and concurrent requests."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from sandbox_support import PERSON, client_of

from textrequest_ext.sandbox import PortTakenError, Sandbox


def all_lists(sandbox: Sandbox) -> dict[str, Any]:
    """The response of every list, by path."""
    found: dict[str, Any] = {}
    with client_of(sandbox) as http:
        for path in ("/dashboards", "/users"):
            found[path] = http.get(path).json()
        for dashboard in found["/dashboards"]["items"]:
            for name in [
                "messages",
                "conversations",
                "contacts",
                "groups",
                "tags",
                "fields",
                "keywords",
                "payments",
                "reviews",
                "campaigns",
                "hooks",
                "scheduledmessages",
            ]:
                response = http.get(f"/dashboards/{dashboard['id']}/{name}", params={"page_size": 1000})
                found[f"{dashboard['id']}/{name}"] = response.json() if response.content else None
    return found


def test_the_same_seed_gives_the_same_history() -> None:
    histories = []
    for seed in (1, 1, 2):
        with Sandbox(seed=seed, dashboards=2, contacts=6, messages=40) as sandbox:
            histories.append(all_lists(sandbox))
            sandbox.add_dashboard()
            sandbox.reset()
            assert all_lists(sandbox) == histories[-1]
    assert histories[0] == histories[1]
    assert histories[0] != histories[2]
    assert len(histories[0]["350/messages"]["items"]) == 40
    # The timestamps do not depend on the current time.
    assert histories[0]["350/messages"]["items"][-1]["message_timestamp_utc"].startswith("2026-06-26T")
    assert len(histories[0]["351/contacts"]["items"]) == 6


def test_a_sandbox_without_a_history_is_empty() -> None:
    with Sandbox() as sandbox:
        found = all_lists(sandbox)
    assert {len(page["items"]) for page in found.values()} == {0}


@pytest.mark.parametrize(
    ("sizes", "error_text"),
    [
        ({"dashboards": -1}, "dashboards"),
        ({"dashboards": 101}, "dashboards"),
        ({"contacts": 10**6}, "contacts"),
        ({"contacts": 0, "messages": 5}, "messages"),
    ],
)
def test_invalid_sizes_raise_value_error(sizes: dict[str, int], error_text: str) -> None:
    with pytest.raises(ValueError, match=f"^{error_text}:"):
        Sandbox(**sizes)


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        *(
            (name, ["3", 1.5, True, object()])
            for name in ("seed", "dashboards", "contacts", "messages", "port")
        ),
        ("port", [-1, 65_536]),
        ("api_key", ["", None, b"key", "k\ud800", "a b\n", "k\u00e9"]),
        ("host", [None, 127, ""]),
        ("clock", [None, 5]),
        ("local_time", [None, "UTC"]),
        ("on_request", [5]),
        ("faults", [None, 5, b"abc", ["status=503"]]),
    ],
)
def test_an_argument_of_the_wrong_type_is_a_value_error_that_names_it(
    argument: str, values: list[Any]
) -> None:
    for value in values:
        with pytest.raises(ValueError, match=f"^{argument}: "):
            Sandbox(**{argument: value})


def test_what_is_no_fault_cannot_be_added(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match=r"^fault: "):
        sandbox.add_fault({"status": 503})  # type: ignore[arg-type]
    assert sandbox.faults == []


def test_ids_are_the_same_in_every_sandbox() -> None:
    def message_id() -> str:
        with Sandbox() as sandbox:
            return sandbox.receive_text(sandbox.add_dashboard().id, PERSON, "hello").message_id

    assert message_id() == message_id()


def test_many_messages_are_paged_in_both_orders() -> None:
    with Sandbox(dashboards=1, contacts=50, messages=10_000) as sandbox, client_of(sandbox) as http:
        path = f"/dashboards/{next(iter(sandbox.state.dashboards))}/messages"

        def ids(**query: Any) -> list[str]:
            found: list[str] = []
            for page in range(10):
                response = http.get(path, params={"page": page, "page_size": 1000, **query})
                found += [message["message_id"] for message in response.json()["items"]]
            return found

        forward = ids()
        assert len(set(forward)) == 10_000
        assert ids(sort="desc") == forward[::-1]


def test_the_request_log_has_the_requests_without_the_key(
    sandbox: Sandbox, http: httpx.Client, api: Any
) -> None:
    api("POST", "/groups", json={"name": "Fair"})
    api("POST", "/groups", json={})
    http.get("/nothing", params={"a": "b"})
    http.post("/mms", files={"file": ("a.png", b"x", "image/png")})
    created, refused, unknown, uploaded = sandbox.requests
    assert (created.method, created.operation, created.body, created.status) == (
        "POST",
        "Groups_create",
        {"name": "Fair"},
        200,
    )
    assert (refused.status, refused.problem) == (400, 'body: "name" is a required property')
    assert (unknown.path, unknown.query, unknown.operation, unknown.status) == ("/nothing", "a=b", None, 404)
    assert uploaded.body == {"file": "a.png"}
    assert str(created) == f"POST   {created.path} 200"
    assert sandbox.api_key not in repr(sandbox.requests)


def test_start_raises_port_taken_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} on 127.0.0.1 is taken"), Sandbox(port=port):
            pass


def test_the_repr_has_the_url() -> None:
    sandbox = Sandbox()
    assert repr(sandbox) == "<Sandbox: not running>"
    with sandbox:
        assert repr(sandbox) == f"<Sandbox: {sandbox.url}>"


def test_stop_frees_the_port() -> None:
    with Sandbox() as sandbox:
        port = int(sandbox.url.split(":")[2].split("/")[0])
        with client_of(sandbox) as http:
            http.get("/dashboards")
    with Sandbox(port=port) as again:
        assert f":{port}/" in again.url


def test_stop_ends_all_threads() -> None:
    before = set(threading.enumerate())
    with Sandbox() as sandbox, client_of(sandbox) as http:
        dashboard = sandbox.add_dashboard()
        message = {
            "from": dashboard.phone,
            "to": PERSON,
            "body": "x",
            "status_callback": "https://example.com/",
        }
        http.post("/messages", json=message)
    assert set(threading.enumerate()) <= before


def test_stop_does_not_wait_for_delayed_requests(caplog: pytest.LogCaptureFixture) -> None:
    errors: list[Exception] = []

    def send_request(url: str, key: str) -> None:
        try:
            httpx.get(url, headers={"x-api-key": key})
        except httpx.TransportError as error:
            errors.append(error)

    with Sandbox() as sandbox:
        sandbox.fail(latency=60)
        thread = threading.Thread(target=send_request, args=(f"{sandbox.url}/users", sandbox.api_key))
        thread.start()
        while not sandbox._server._server.server_state.tasks:
            thread.join(0.005)
    thread.join(5)
    assert not thread.is_alive()
    assert len(errors) == 1
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_url_raises_before_start() -> None:
    with pytest.raises(RuntimeError, match="not running"):
        _ = Sandbox().url


def test_start_is_idempotent_and_fails_after_stop() -> None:
    sandbox = Sandbox().start()
    url = sandbox.url
    assert sandbox.start().url == url
    sandbox.stop()
    sandbox.stop()
    with pytest.raises(RuntimeError, match="create a new one"):
        sandbox.start()


def test_an_unknown_outcome_raises_value_error() -> None:
    with pytest.raises(
        ValueError, match=r"^deliveries: 'lost' is not one of delivered, undelivered, nothing"
    ):
        Sandbox(deliveries="lost")  # type: ignore[arg-type]


def test_an_empty_api_key_raises_value_error() -> None:
    with pytest.raises(ValueError, match="api_key"):
        Sandbox(api_key="")


def test_the_sandbox_is_an_async_context_manager() -> None:
    async def main() -> int:
        async with Sandbox() as sandbox, httpx.AsyncClient(verify=False) as http:
            response = await http.get(f"{sandbox.url}/users", headers={"x-api-key": sandbox.api_key})
            return response.status_code

    assert asyncio.run(main()) == 200


def test_concurrent_requests(sandbox: Sandbox, dashboard: Any) -> None:
    def work(number: int) -> int:
        with client_of(sandbox) as http:
            for _ in range(10):
                sandbox.receive_text(dashboard.id, PERSON, f"from {number}")
                http.post("/messages", json={"from": dashboard.phone, "to": PERSON, "body": f"to {number}"})
            return http.get(f"/dashboards/{dashboard.id}/messages").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(8))) == {200}
    assert len(sandbox.state.messages) == 160
    contact = dashboard.contacts[PERSON]
    assert (contact.total_sent, contact.total_received) == (80, 80)


def test_an_exception_in_on_request_does_not_fail_the_request(caplog: pytest.LogCaptureFixture) -> None:
    def fail(request: Any) -> None:
        raise RuntimeError("on purpose")

    with Sandbox(on_request=fail) as sandbox, client_of(sandbox) as http:
        assert http.get("/users").status_code == 200
    assert "on purpose" in caplog.text


def test_the_levels_of_other_loggers_do_not_change() -> None:
    logger = logging.getLogger("uvicorn.error")
    before = logger.level
    with Sandbox():
        assert logger.level == before


def test_connections_set_tcp_nodelay(sandbox: Sandbox, http: httpx.Client) -> None:
    http.get("/users")
    (transport,) = sandbox._connections._transports.values()
    assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_date_header_has_the_clock_of_the_sandbox() -> None:
    moments = iter([datetime(2027, 1, 15, 8, 30, second, tzinfo=UTC) for second in range(50)])
    with Sandbox(clock=lambda: next(moments)) as sandbox, client_of(sandbox) as http:
        dates = [parsedate_to_datetime(http.get("/dashboards").headers["date"]) for _ in range(2)]
    assert [date.year for date in dates] == [2027, 2027]
    assert dates[0] < dates[1]
