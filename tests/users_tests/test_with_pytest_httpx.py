"""Tests of an integrator with pytest-httpx."""

from __future__ import annotations

import json

import httpx
import pytest
from pytest_httpx import HTTPXMock

from textrequest_ext import (
    APITimeoutError,
    AsyncTextRequest,
    NotFoundError,
    SendOutcomeUnknownError,
    TextRequest,
)
from users_tests.conftest import CONTACT, CONTACT_URL, CONTACTS, MESSAGE, MESSAGES_URL, NUMBER, page_of
from users_tests.reminders import names, names_async, remind, remind_async


def add_reminder(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=CONTACT_URL, json=CONTACT)
    httpx_mock.add_response(
        method="POST",
        url=MESSAGES_URL,
        match_headers={"x-api-key": "a-key"},
        match_json={"body": "See you tomorrow, Odette!"},
        json=MESSAGE,
    )


def check_requests(httpx_mock: HTTPXMock) -> None:
    """The requests as pytest-httpx keeps them after the calls."""
    requests = httpx_mock.get_requests()
    assert [(request.method, str(request.url)) for request in requests] == [
        ("GET", CONTACT_URL),
        ("POST", MESSAGES_URL),
    ]
    assert json.loads(requests[1].content) == {"body": "See you tomorrow, Odette!"}
    assert httpx_mock.get_request(url=MESSAGES_URL) is requests[1]


def test_a_reminder(client: TextRequest, httpx_mock: HTTPXMock) -> None:
    add_reminder(httpx_mock)
    assert remind(client, "(555) 555-0123") == "m-1"
    check_requests(httpx_mock)


@pytest.mark.anyio
async def test_a_reminder_async(client_async: AsyncTextRequest, httpx_mock: HTTPXMock) -> None:
    add_reminder(httpx_mock)
    assert await remind_async(client_async, NUMBER) == "m-1"
    check_requests(httpx_mock)


def test_retries_are_requests(client: TextRequest, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ConnectTimeout("slow"))
    httpx_mock.add_response(status_code=503)
    httpx_mock.add_response(status_code=204)
    assert remind(client, NUMBER) is None
    assert [str(request.url) for request in httpx_mock.get_requests()] == [CONTACT_URL] * 3


@pytest.mark.anyio
async def test_retries_are_requests_async(client_async: AsyncTextRequest, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=429, headers={"Retry-After": "0"})
    httpx_mock.add_response(status_code=204)
    assert await remind_async(client_async, NUMBER) is None
    assert [str(request.url) for request in httpx_mock.get_requests()] == [CONTACT_URL] * 2


def test_errors_are_raised(client: TextRequest, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=404)
    with pytest.raises(NotFoundError):
        remind(client, NUMBER)
    httpx_mock.add_exception(httpx.ReadTimeout("slow"), is_reusable=True)
    with pytest.raises(APITimeoutError):
        remind(client, NUMBER)
    assert [str(request.url) for request in httpx_mock.get_requests()] == [CONTACT_URL] * 4


@pytest.mark.anyio
async def test_errors_are_raised_async(client_async: AsyncTextRequest, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=CONTACT_URL, json=CONTACT)
    httpx_mock.add_response(url=MESSAGES_URL, status_code=502)
    with pytest.raises(SendOutcomeUnknownError):
        await remind_async(client_async, NUMBER)
    assert str(httpx_mock.get_requests()[-1].url) == MESSAGES_URL


def test_pages(client: TextRequest, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=f"{CONTACTS}?page=0&page_size=1000", json=page_of(CONTACT))
    assert names(client) == ["Odette"]


@pytest.mark.anyio
async def test_pages_async(client_async: AsyncTextRequest, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=f"{CONTACTS}?page=0&page_size=1000", json=page_of(CONTACT))
    assert await names_async(client_async) == ["Odette"]


def test_an_unexpected_request_fails_the_test(client: TextRequest, httpx_mock: HTTPXMock) -> None:
    """What pytest-httpx raises is a timeout of httpx, so the SDK retries and raises its own."""
    with pytest.raises(APITimeoutError) as caught:
        remind(client, NUMBER)
    assert "No response can be found" in str(caught.value.__cause__)
    httpx_mock.reset()
