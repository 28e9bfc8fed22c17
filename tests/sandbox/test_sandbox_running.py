"""Starting, stopping, seeding, the log, and many requests at once."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sandbox_support import PERSON, client_of

from textrequest_ext.sandbox import PortTakenError, Sandbox


def everything(sandbox: Sandbox) -> dict[str, Any]:
    """Every answer of every list, by path."""
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
                answer = http.get(f"/dashboards/{dashboard['id']}/{name}", params={"page_size": 1000})
                found[f"{dashboard['id']}/{name}"] = answer.json() if answer.content else None
    return found


def test_the_same_seed_is_the_same_history() -> None:
    histories = []
    for seed in (1, 1, 2):
        with Sandbox(seed=seed, dashboards=2, contacts=6, messages=40) as sandbox:
            histories.append(everything(sandbox))
            sandbox.add_dashboard()
            sandbox.reset()
            assert everything(sandbox) == histories[-1]
    assert histories[0] == histories[1]
    assert histories[0] != histories[2]
    assert len(histories[0]["350/messages"]["items"]) == 40
    # The same in another year, too.
    assert histories[0]["350/messages"]["items"][-1]["message_timestamp_utc"].startswith("2026-06-26T")
    assert len(histories[0]["351/contacts"]["items"]) == 6


def test_it_starts_empty_without_a_seed() -> None:
    with Sandbox() as sandbox:
        found = everything(sandbox)
    assert {len(page["items"]) for page in found.values()} == {0}


@pytest.mark.parametrize(
    ("sizes", "named"),
    [
        ({"dashboards": -1}, "dashboards"),
        ({"dashboards": 101}, "dashboards"),
        ({"contacts": 10**6}, "contacts"),
        ({"contacts": 0, "messages": 5}, "messages"),
    ],
)
def test_sizes_that_cannot_be_are_a_clear_error(sizes: dict[str, int], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}:"):
        Sandbox(**sizes)


def test_ids_repeat_from_one_sandbox_to_the_next() -> None:
    def message_id() -> str:
        with Sandbox() as sandbox:
            return sandbox.receive_text(sandbox.add_dashboard().id, PERSON, "hello").message_id

    assert message_id() == message_id()


def test_many_messages_are_paged_from_either_end() -> None:
    with Sandbox(dashboards=1, contacts=50, messages=10_000) as sandbox, client_of(sandbox) as http:
        path = f"/dashboards/{next(iter(sandbox.state.dashboards))}/messages"

        def ids(**query: Any) -> list[str]:
            found: list[str] = []
            for page in range(10):
                answer = http.get(path, params={"page": page, "page_size": 1000, **query})
                found += [message["message_id"] for message in answer.json()["items"]]
            return found

        forward = ids()
        assert len(set(forward)) == 10_000
        assert ids(sort="desc") == forward[::-1]


def test_the_log_has_what_was_asked_and_not_the_key(sandbox: Sandbox, http: httpx.Client, at: Any) -> None:
    at("POST", "/groups", json={"name": "Fair"})
    at("POST", "/groups", json={})
    http.get("/nothing", params={"a": "b"})
    http.post("/mms", files={"file": ("a.png", b"x", "image/png")})
    made, refused, lost, uploaded = sandbox.requests
    assert (made.method, made.operation, made.body, made.status) == (
        "POST",
        "Groups_create",
        {"name": "Fair"},
        200,
    )
    assert (refused.status, refused.problem) == (400, 'body: "name" is a required property')
    assert (lost.path, lost.query, lost.operation, lost.status) == ("/nothing", "a=b", None, 404)
    assert uploaded.body == {"file": "a.png"}
    assert str(made) == f"POST   {made.path} 200"
    assert sandbox.api_key not in repr(sandbox.requests)


def test_a_port_that_is_taken_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} on 127.0.0.1 is taken"), Sandbox(port=port):
            pass


def test_the_port_is_free_again_after_the_end() -> None:
    with Sandbox() as sandbox:
        port = int(sandbox.url.split(":")[2].split("/")[0])
        with client_of(sandbox) as http:
            http.get("/dashboards")
    with Sandbox(port=port) as again:
        assert f":{port}/" in again.url


def test_nothing_is_left_running() -> None:
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


def test_the_end_does_not_wait_for_requests_that_are_held_up(caplog: pytest.LogCaptureFixture) -> None:
    errors: list[Exception] = []

    def ask(url: str, key: str) -> None:
        try:
            httpx.get(url, headers={"x-api-key": key})
        except httpx.TransportError as error:
            errors.append(error)

    with Sandbox() as sandbox:
        sandbox.fail(latency=60)
        thread = threading.Thread(target=ask, args=(f"{sandbox.url}/users", sandbox.api_key))
        thread.start()
        while not sandbox._server._server.server_state.tasks:
            thread.join(0.005)
    thread.join(5)
    assert not thread.is_alive()
    assert len(errors) == 1
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_there_is_no_address_before_the_start() -> None:
    with pytest.raises(RuntimeError, match="not running"):
        _ = Sandbox().url


def test_it_is_not_started_twice() -> None:
    sandbox = Sandbox().start()
    url = sandbox.url
    assert sandbox.start().url == url
    sandbox.stop()
    sandbox.stop()
    with pytest.raises(RuntimeError, match="create a new one"):
        sandbox.start()


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="api_key"):
        Sandbox(api_key="")


def test_it_is_used_from_async_code() -> None:
    async def main() -> int:
        async with Sandbox() as sandbox, httpx.AsyncClient(verify=False) as http:
            answer = await http.get(f"{sandbox.url}/users", headers={"x-api-key": sandbox.api_key})
            return answer.status_code

    assert asyncio.run(main()) == 200


def test_many_at_once(sandbox: Sandbox, dashboard: Any) -> None:
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


def test_a_listener_that_fails_does_not_fail_the_request(caplog: pytest.LogCaptureFixture) -> None:
    def fail(request: Any) -> None:
        raise RuntimeError("on purpose")

    with Sandbox(on_request=fail) as sandbox, client_of(sandbox) as http:
        assert http.get("/users").status_code == 200
    assert "on purpose" in caplog.text


def test_it_leaves_the_levels_of_other_loggers_alone() -> None:
    logger = logging.getLogger("uvicorn.error")
    before = logger.level
    with Sandbox():
        assert logger.level == before


def test_answers_are_not_held_back_to_be_sent_together(sandbox: Sandbox, http: httpx.Client) -> None:
    http.get("/users")
    (transport,) = sandbox._connections._transports.values()
    assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
