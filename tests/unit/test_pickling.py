"""Clients are pickled as their settings, without connections and without a readable API key."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from textrequest_ext import AsyncTextRequest, ConfigurationError, RetryPolicy, TextRequest, Timeout
from textrequest_ext.sandbox import Sandbox
from unit.conftest import KEY, ClientHarness

NOT_FOUND = 204
seen: list[httpx.Request] = []
events: list[Any] = []


def respond(request: httpx.Request) -> httpx.Response:
    seen.append(request)
    return httpx.Response(NOT_FOUND)


def fail(request: httpx.Request) -> httpx.Response:
    seen.append(request)
    return httpx.Response(503, text="x" * 50)


def record(event: Any) -> None:
    events.append(event)


def no_delay(seconds: float) -> None:
    events.append(seconds)


async def no_delay_async(seconds: float) -> None:
    events.append(seconds)


@pytest.fixture(autouse=True)
def _forget() -> None:
    seen.clear()
    events.clear()


def pickled(client: Any) -> Any:
    return pickle.loads(pickle.dumps(client))


def get(harness: ClientHarness, client: Any) -> Any:
    return harness.run(client.contacts.get(121, "5555550123"))


# One value for each option of a client that is not the default, and how to see it in an unpickled client.
def sees_key(harness: ClientHarness, client: Any) -> bool:
    get(harness, client)
    return seen[-1].headers["x-api-key"] == "another-key"


def sees_url(harness: ClientHarness, client: Any) -> bool:
    get(harness, client)
    return str(seen[-1].url).startswith("https://user:password@example.com/v9/dashboards")


def sees_timeout(harness: ClientHarness, client: Any) -> bool:
    get(harness, client)
    return seen[-1].extensions["timeout"]["read"] == 7 and client._retry_transport.settings.total == 9


def sees_retries(harness: ClientHarness, client: Any) -> bool:
    client = pickled(harness.client_class(KEY, transport=httpx.MockTransport(fail), retries=POLICY))
    with pytest.raises(Exception, match="503"):
        get(harness, client)
    return len(seen) == 5 and len(events) == 4


def sees_transport(harness: ClientHarness, client: Any) -> bool:
    get(harness, client)
    return len(seen) == 1


def sees_http_client(harness: ClientHarness, client: Any) -> bool:
    return isinstance(client._transport._http_client, PicklableClient | PicklableAsyncClient)


def sees_headers(harness: ClientHarness, client: Any) -> bool:
    get(harness, client)
    return seen[-1].headers["x-team"] == "billing"


def sees_concurrency(harness: ClientHarness, client: Any) -> bool:
    return client._transport._max_concurrency == 3


def sees_response_limit(harness: ClientHarness, client: Any) -> bool:
    client = pickled(
        harness.client_class(KEY, transport=httpx.MockTransport(fail), retries=0, max_response_bytes=10)
    )
    with pytest.raises(Exception, match="larger than 10 bytes"):
        get(harness, client)
    return True


def sees_hook(harness: ClientHarness, client: Any) -> bool:
    get(harness, client)
    return len(events) == 1


class PicklableClient(httpx.Client):
    def __reduce__(self) -> Any:
        return type(self), ()


class PicklableAsyncClient(httpx.AsyncClient):
    def __reduce__(self) -> Any:
        return type(self), ()


POLICY = RetryPolicy(retries=4, first_delay=0.1, budget=None, sleep=no_delay, async_sleep=no_delay_async)
OPTIONS: dict[str, tuple[Any, Callable[[ClientHarness, Any], bool]]] = {
    "api_key": ("another-key", sees_key),
    "base_url": ("https://user:password@example.com/v9", sees_url),
    "timeout": (Timeout(7, total=9), sees_timeout),
    "retries": (POLICY, sees_retries),
    "transport": (httpx.MockTransport(respond), sees_transport),
    "http_client": (None, sees_http_client),  # one for each client, below
    "default_headers": ({"X-Team": "billing"}, sees_headers),
    "max_concurrency": (3, sees_concurrency),
    "max_response_bytes": (10, sees_response_limit),
    "allow_http": (True, lambda harness, client: client.low_level is not None),
    "on_request": (record, sees_hook),
    "on_response": (record, sees_hook),
    "on_retry": (record, lambda harness, client: client._settings.hooks.on_retry is record),
}


def client_with(harness: ClientHarness, name: str) -> Any:
    value: Any = OPTIONS[name][0]
    if name == "http_client":
        value = PicklableClient() if harness.mode == "blocking" else PicklableAsyncClient()
    options: dict[str, Any] = {"api_key": KEY, name: value}
    if name not in ("max_concurrency", "http_client"):
        options.setdefault("transport", httpx.MockTransport(respond))
    if name == "allow_http":
        options["base_url"] = "http://example.com/v3"
    return harness.client_class(**options)


@pytest.mark.parametrize("name", OPTIONS)
def test_each_option_is_pickled(harness: ClientHarness, name: str) -> None:
    client = pickled(client_with(harness, name))
    assert type(client) is harness.client_class
    assert OPTIONS[name][1](harness, client)


@pytest.mark.parametrize("client_class", [TextRequest, AsyncTextRequest])
def test_all_options_are_tested(client_class: Any) -> None:
    # tests/limits has the test of the limits, which need an extra.
    assert {*OPTIONS, "limits"} == set(inspect.signature(client_class).parameters)


def test_settings_are_pickled_and_not_the_environment(
    harness: ClientHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTREQUEST_API_KEY", "from-the-environment")
    monkeypatch.setenv("TEXTREQUEST_BASE_URL", "https://example.com/v8")
    data = pickle.dumps(harness.client_class(transport=httpx.MockTransport(respond)))
    monkeypatch.delenv("TEXTREQUEST_API_KEY")
    monkeypatch.setenv("TEXTREQUEST_BASE_URL", "https://example.com/other")
    get(harness, pickle.loads(data))
    assert seen[0].headers["x-api-key"] == "from-the-environment"
    assert str(seen[0].url).startswith("https://example.com/v8/")


def test_a_copy_with_options_becomes_a_client_of_its_own(harness: ClientHarness) -> None:
    original = harness.client_class(KEY, transport=httpx.MockTransport(respond), timeout=7)
    copy = original.with_options(retries=0)
    harness.run(original.close() if harness.mode == "blocking" else original.aclose())
    copy = pickled(copy)
    get(harness, copy)
    assert seen[0].extensions["timeout"]["read"] == 7
    assert copy._settings.policy.retries == 0
    harness.run(copy.close() if harness.mode == "blocking" else copy.aclose())
    with pytest.raises(ConfigurationError, match="closed"):
        get(harness, copy)


def test_a_retry_budget_is_not_shared(harness: ClientHarness) -> None:
    client = harness.client_class(KEY, transport=httpx.MockTransport(respond))
    client._settings.budget.spend(490)
    assert pickled(client)._settings.budget.spend(490)


def test_a_used_client_is_pickled_without_its_connections(harness: ClientHarness) -> None:
    with Sandbox(dashboards=1, contacts=3, messages=3) as sandbox:

        async def use(client: Any) -> Any:
            try:
                return await client.contacts.list(dashboard).count(), pickle.dumps(client)
            finally:
                await client.aclose()

        client = harness.client_class(sandbox.api_key, base_url=sandbox.url)
        assert repr(client.low_level)  # holds an httpx client, which cannot be pickled
        with TextRequest(sandbox.api_key, base_url=sandbox.url) as other:
            [dashboard] = [one.id for one in other.dashboards.list()]
        if harness.mode == "blocking":
            with client:
                count, data = client.contacts.list(dashboard).count(), pickle.dumps(client)
            with pickle.loads(data) as restored:
                assert restored.contacts.list(dashboard).count() == count == 3
        else:
            count, data = harness.run(use(client))
            assert harness.run(use(pickle.loads(data)))[0] == count == 3


def test_another_process_uses_an_unpickled_client() -> None:
    program = (
        "import pickle, sys\n"
        "with pickle.load(sys.stdin.buffer) as client:\n"
        "    print(client, client.dashboards.list().count())\n"
    )
    with Sandbox(dashboards=2, contacts=1, messages=1) as sandbox:
        client = TextRequest(sandbox.api_key, base_url=sandbox.url)
        done = subprocess.run(
            [sys.executable, "-c", program], input=pickle.dumps(client), capture_output=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().strip() == f"TextRequest(base_url={client._base_url!r}) 2"


def test_secrets_are_not_readable_in_a_pickle(harness: ClientHarness) -> None:
    client = harness.client_class(
        KEY,
        base_url="https://user:password@example.com",
        default_headers={"X-Secret": "a-header-value"},
        transport=httpx.MockTransport(respond),
    )
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(client, protocol)
        for secret in (KEY, "password", "a-header-value"):
            assert secret.encode() not in data
    for text in (repr(pickled(client)), repr(client._settings), repr(client.__reduce_ex__(4))):
        assert KEY not in text
        assert "password" not in text


def local_options(mode: str) -> dict[str, Any]:
    is_async = mode != "blocking"
    return {
        "transport": httpx.MockTransport(lambda request: httpx.Response(204)),
        "http_client": httpx.AsyncClient() if is_async else httpx.Client(),
        "retries": RetryPolicy(clock=lambda: 0.0),
        "on_request": lambda event: None,
        "on_response": lambda event: None,
        "on_retry": lambda event: None,
    }


@pytest.mark.parametrize("name", local_options("blocking"))
def test_an_option_that_cannot_be_pickled_is_named(harness: ClientHarness, name: str) -> None:
    client = harness.client_class(KEY, **{name: local_options(harness.mode)[name]})
    with pytest.raises(ConfigurationError, match=rf"^{name}: cannot be pickled"):
        pickle.dumps(client)


def test_processes_do_not_share_the_random_generator() -> None:
    assert b"Random" not in pickle.dumps(RetryPolicy(retries=5))
    assert pickled(RetryPolicy(retries=5, longest_delay=3)) == RetryPolicy(retries=5, longest_delay=3)
    assert pickled(RetryPolicy()) == RetryPolicy()


def test_what_copies_share_is_not_pickled() -> None:
    client = TextRequest(KEY)
    client._shared["ledger"] = lambda: None  # cannot be pickled
    assert pickle.loads(pickle.dumps(client))._shared == {}
