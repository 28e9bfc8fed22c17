"""Configuration of a client, headers of every request, and shared connections."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

import textrequest_ext
from textrequest_api.api.contacts import contacts_get, contacts_list
from textrequest_ext import AsyncTextRequest, ConfigurationError, RetryPolicy, ServerError, TextRequest
from textrequest_ext.resources import Resources
from textrequest_ext.resources.contacts import Contacts
from textrequest_ext.resources.webhooks import Webhooks
from unit.conftest import KEY, ClientHarness

CONTACT = {"phone_number": "15555550123"}


def test_every_request_has_api_key_and_user_agent(harness: ClientHarness) -> None:
    harness.run(harness.client_returning(httpx.Response(204)).contacts.get(121, "5555550123"))
    headers = harness.requests[0].headers
    assert headers["x-api-key"] == KEY
    user_agent = headers["user-agent"]
    assert user_agent.startswith(f"textrequest-ext/{textrequest_ext.__version__} python/3.")
    assert user_agent.endswith(f"httpx/{httpx.__version__}")
    assert KEY not in str(harness.requests[0].url)


def test_api_key_and_base_url_are_read_from_the_environment(
    harness: ClientHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTREQUEST_API_KEY", " from-the-environment ")
    monkeypatch.setenv("TEXTREQUEST_BASE_URL", "http://127.0.0.1:8000/api/v3/")
    seen: list[httpx.Request] = []
    transport = httpx.MockTransport(lambda request: seen.append(request) or httpx.Response(204))
    harness.run(harness.client_class(transport=transport).contacts.get(121, "5555550123"))
    harness.run(
        harness.client_class("argument", base_url="https://example.com/v3", transport=transport).contacts.get(
            121, "5555550123"
        )
    )
    assert [request.headers["x-api-key"] for request in seen] == ["from-the-environment", "argument"]
    assert [request.url.host for request in seen] == ["127.0.0.1", "example.com"]
    assert seen[0].url.path == "/api/v3/dashboards/121/contacts/15555550123"


def test_call_and_paginate_take_any_generated_operation(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(200, json=CONTACT))
    assert harness.run(client.call(contacts_get.operation, 121, "5555550123")).phone_number == "15555550123"
    client = harness.client_returning(
        httpx.Response(200, json={"items": [CONTACT], "meta": {"page": 0, "page_size": 9, "total_items": 1}})
    )
    assert [c.phone_number for c in harness.collect(client.paginate(contacts_list.operation, 121))] == [
        "15555550123"
    ]


def test_with_options_returns_a_copy_on_the_same_connections(harness: ClientHarness) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(503)

    client = harness.client(handler)
    copy = client.with_options(timeout=2, retries=0)
    with pytest.raises(ServerError):
        harness.run(copy.contacts.get(121, "5555550123"))
    assert len(seen) == 1
    assert seen[0].extensions["timeout"]["read"] == 2
    with pytest.raises(ServerError):
        harness.run(client.contacts.get(121, "5555550123"))
    assert len(seen) == 4
    assert seen[-1].extensions["timeout"] == {"connect": 5.0, "read": 30.0, "write": 30.0, "pool": 30.0}
    assert copy.low_level is not client.low_level
    with pytest.raises(ServerError):
        harness.run(
            (contacts_get.sync if harness.mode == "blocking" else contacts_get.asyncio)(
                121, "5555550123", client=copy.low_level
            )
        )
    assert len(seen) == 5
    assert type(copy) is type(client)


class ClosableTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    closed = 0

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


def test_closing_a_copy_keeps_the_connections_open(harness: ClientHarness) -> None:
    transport: Any = ClosableTransport()
    if harness.mode == "blocking":
        with TextRequest("key", transport=transport) as client:
            with client.with_options(retries=0):
                pass
            assert transport.closed == 0
    else:

        async def main() -> None:
            async with AsyncTextRequest("key", transport=transport) as client:
                async with client.with_options(retries=0):
                    pass
                assert transport.closed == 0

        harness.run(main())
    assert transport.closed == 1


def test_low_level_client_shares_api_key_and_connections(harness: ClientHarness) -> None:
    client = harness.client_returning(httpx.Response(200, json=CONTACT))
    function = contacts_get.sync_detailed if harness.mode == "blocking" else contacts_get.asyncio_detailed
    response = harness.run(function(121, "15555550123", client=client.low_level))
    assert response.parsed.phone_number == "15555550123"
    assert harness.requests[0].headers["x-api-key"] == KEY
    assert client.low_level is client.low_level


def test_low_level_call_of_the_other_client_raises(harness: ClientHarness) -> None:
    client = harness.client_returning()
    if harness.mode == "blocking":
        with pytest.raises(ConfigurationError, match="AsyncTextRequest"):
            asyncio.run(contacts_get.asyncio(121, "15555550123", client=client.low_level))
    else:
        with pytest.raises(ConfigurationError, match="TextRequest"):
            contacts_get.sync(121, "15555550123", client=client.low_level)
    assert harness.requests == []


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, None),
        ({"https_proxy": "http://proxy.example.com:3128"}, "http://proxy.example.com:3128"),
        ({"all_proxy": "http://proxy.example.com:3128"}, "http://proxy.example.com:3128"),
        ({"https_proxy": "http://proxy.example.com:3128", "no_proxy": "api.textrequest.com"}, None),
        ({"http_proxy": "http://proxy.example.com:3128"}, None),
    ],
)
def test_proxy_is_read_from_the_environment(
    environment: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from textrequest_ext._http.configuration import BASE_URL, proxy_for

    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(BASE_URL) == proxy


def generated_operations() -> set[str]:
    import textrequest_api.api

    package = Path(textrequest_api.api.__file__).parent
    return {path.stem for path in package.glob("*/*.py") if path.stem != "__init__"}


def test_every_operation_is_a_method_of_a_resource() -> None:
    client = TextRequest("key")
    covered = set()
    for name, value in vars(Resources).items():
        if isinstance(value, property):
            for attribute in vars(type(getattr(client, name))).values():
                if hasattr(attribute, "operation"):
                    covered.add(attribute.operation.name)
                    assert attribute.__doc__, f"{name}: an operation without a docstring"
    assert generated_operations() - covered == set(), "operations without a method"
    assert len(covered) == 64


def test_public_names() -> None:
    names = {
        "TextRequest AsyncTextRequest Pager AsyncPager Page RawResponse RequestEvent ResponseEvent RetryEvent RetryPolicy Timeout Limits LOCATION_REQUEST_TAG has_location_tag "
        "with_location_tag OutgoingMessage SendResult SendRun AsyncSendRun Reconciliation is_final is_failure is_opt_out webhooks sandbox __version__",
        "segments Segments smart_text SmartText Replacement parse_phone_number ContactSync AsyncContactSync ContactResult parse_model",
        "TextRequestError ConfigurationError APIConnectionError APITimeoutError APIStatusError BadRequestError "
        "AuthenticationError PermissionDeniedError NotFoundError ConflictError RateLimitError ServerError "
        "UnexpectedResponseError MessageRejectedError SendOutcomeUnknownError LocationRequestError "
        "MessageTooLongError PhoneNumberError InvalidArgumentError UnexpectedArgumentError WebhookError LimitsUnavailableError "
        "SignatureMissingError SignatureMismatchError TimestampError PayloadError JournalError MessageNotSentError",
    }
    assert set(textrequest_ext.__all__) == set(" ".join(names).split())
    assert len(textrequest_ext.__all__) == len(set(textrequest_ext.__all__))
    for name in textrequest_ext.__all__:
        if name != "sandbox":  # needs its extra
            assert getattr(textrequest_ext, name) is not None


def test_every_public_name_is_listed_and_imported_by_a_star() -> None:
    script = (
        "import textrequest_ext; from textrequest_ext import *; "
        "assert set(textrequest_ext.__all__) <= {*dir(textrequest_ext)} & {*globals()}"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = textrequest_ext.Nothing


def test_import_is_lazy_and_emits_no_warnings() -> None:
    script = (
        "import sys, textrequest_ext; "
        "loaded = [m for m in sys.modules if m.startswith(('textrequest_api.models', 'textrequest_api.api', "
        "'textrequest_ext.sandbox', 'starlette', 'attr', 'asyncio', 'dateutil'))]; "
        "assert not loaded, loaded; "
        "from textrequest_ext import TextRequest; "
        "loaded = [m for m in sys.modules if m.startswith(('textrequest_api.models', 'textrequest_api.api', 'attr', "
        "'asyncio', 'httpcore', 'textrequest_ext._client.asynchronous', 'textrequest_ext._limits', 'textrequest_ext._sending', "
        "'textrequest_ext._pagination', 'textrequest_ext.resources.', 'textrequest_ext._http.masking', 'textrequest_ext._http.events'))]; "
        "assert not loaded, loaded"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_retry_policy_is_frozen() -> None:
    with pytest.raises(AttributeError):
        RetryPolicy().retries = 3  # type: ignore[misc]
    assert RetryPolicy.of(3).retries == 3


def test_the_methods_of_a_resource_have_docstrings_without_a_client() -> None:
    """help() and editors read them from the class."""
    assert Contacts.get.__doc__ == contacts_get.operation.build.__doc__
    assert (Webhooks.ensure.__doc__ or "").startswith("Return the webhook for an event and a URL")
    assert Contacts.get.operation is contacts_get.operation
