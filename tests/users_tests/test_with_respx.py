"""Tests of an integrator with respx."""

from __future__ import annotations

import json

import httpx
import pytest
import respx

from textrequest_ext import (
    APIConnectionError,
    AsyncTextRequest,
    ConflictError,
    SendOutcomeUnknownError,
    TextRequest,
)
from users_tests.conftest import CONTACT, CONTACT_URL, CONTACTS, MESSAGE, MESSAGES_URL, NUMBER, page_of
from users_tests.reminders import names, names_async, remind, remind_async


def check_calls(contact: respx.Route, message: respx.Route) -> None:
    """The requests as respx keeps them after the calls."""
    assert str(contact.calls.last.request.url) == CONTACT_URL
    request = message.calls.last.request
    assert (request.method, str(request.url)) == ("POST", MESSAGES_URL)
    assert request.headers["x-api-key"] == "a-key"
    assert json.loads(request.content) == {"body": "See you tomorrow, Odette!"}
    assert message.call_count == 1


def test_a_reminder(client: TextRequest, respx_mock: respx.MockRouter) -> None:
    contact = respx_mock.get(CONTACT_URL).respond(json=CONTACT)
    message = respx_mock.post(MESSAGES_URL).respond(json=MESSAGE)
    assert remind(client, "(555) 555-0123") == "m-1"
    check_calls(contact, message)


@pytest.mark.anyio
async def test_a_reminder_async(client_async: AsyncTextRequest, respx_mock: respx.MockRouter) -> None:
    contact = respx_mock.get(CONTACT_URL).respond(json=CONTACT)
    message = respx_mock.post(MESSAGES_URL).respond(json=MESSAGE)
    assert await remind_async(client_async, NUMBER) == "m-1"
    check_calls(contact, message)


@respx.mock
def test_the_decorator_and_a_pattern_of_the_path(client: TextRequest) -> None:
    respx.get(path__regex=r"/api/v3/dashboards/(?P<dashboard>\d+)/contacts/\d+").respond(204)
    assert remind(client, NUMBER) is None
    assert [str(call.request.url) for call in respx.calls] == [CONTACT_URL]


def test_retries_are_calls(client: TextRequest, respx_mock: respx.MockRouter) -> None:
    outcomes = [httpx.ConnectError("refused"), httpx.Response(503), httpx.Response(204)]
    contact = respx_mock.get(CONTACT_URL).mock(side_effect=outcomes)
    assert remind(client, NUMBER) is None
    assert contact.call_count == 3
    assert {str(call.request.url) for call in contact.calls} == {CONTACT_URL}


@pytest.mark.anyio
async def test_retries_are_calls_async(client_async: AsyncTextRequest, respx_mock: respx.MockRouter) -> None:
    outcomes = [httpx.ConnectError("refused"), httpx.Response(503), httpx.Response(204)]
    contact = respx_mock.get(CONTACT_URL).mock(side_effect=outcomes)
    assert await remind_async(client_async, NUMBER) is None
    assert contact.call_count == 3


def test_errors_are_raised(client: TextRequest, respx_mock: respx.MockRouter) -> None:
    contact = respx_mock.get(CONTACT_URL)
    contact.respond(409, json={"message": "Conflict"})
    with pytest.raises(ConflictError):
        remind(client, NUMBER)
    contact.mock(side_effect=httpx.ReadError("reset"))
    with pytest.raises(APIConnectionError) as caught:
        remind(client, NUMBER)
    assert caught.value.attempts == 3
    assert contact.call_count == 4
    contact.respond(json=CONTACT)
    message = respx_mock.post(MESSAGES_URL).respond(503)
    with pytest.raises(SendOutcomeUnknownError):
        remind(client, NUMBER)
    assert message.call_count == 1
    assert str(message.calls.last.request.url) == MESSAGES_URL


@pytest.mark.anyio
async def test_errors_are_raised_async(client_async: AsyncTextRequest, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(CONTACT_URL).respond(json=CONTACT)
    message = respx_mock.post(MESSAGES_URL).mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(SendOutcomeUnknownError):
        await remind_async(client_async, NUMBER)
    assert str(message.calls.last.request.url) == MESSAGES_URL


def test_pages(client: TextRequest, respx_mock: respx.MockRouter) -> None:
    route = respx_mock.get(CONTACTS, params={"page": "0"}).respond(json=page_of(CONTACT))
    assert names(client) == ["Odette"]
    assert str(route.calls.last.request.url) == f"{CONTACTS}?page=0&page_size=1000"


@pytest.mark.anyio
async def test_pages_async(client_async: AsyncTextRequest, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(CONTACTS).respond(json=page_of(CONTACT))
    assert await names_async(client_async) == ["Odette"]


def test_a_client_that_existed_before_the_mock_and_was_used(client: TextRequest) -> None:
    for _ in range(2):
        with respx.mock() as mock:
            mock.get(CONTACT_URL).respond(204)
            assert remind(client, NUMBER) is None
            assert mock.calls.call_count == 1
