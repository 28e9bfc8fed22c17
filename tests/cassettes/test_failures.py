"""Every error class that an answer of the service leads to. Those without an answer are tests/unit's."""

from __future__ import annotations

from typing import Any

import pytest

from textrequest_api.api.messages import messages_send_to_contact
from textrequest_api.models import ContactMessageRequest
from textrequest_ext import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    MessageRejectedError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    SendOutcomeUnknownError,
    ServerError,
    UnexpectedResponseError,
)

PERSON = "5555550123"


@pytest.fixture
def dashboard_id(api: Any) -> int:
    identity: int = api(api.client.dashboards.list().first()).id
    return identity


def test_bad_request(api: Any, dashboard_id: int) -> None:
    api(api.client.messages.send_to_contact(dashboard_id, PERSON, "Hello"))
    with pytest.raises(BadRequestError, match="message history"):
        api(api.client.contacts.delete(dashboard_id, PERSON))


def test_bad_request_for_a_callback_without_its_tag(api: Any, dashboard_id: int) -> None:
    # The low level lets through what the hand layer refuses: this is the service's own answer.
    body = ContactMessageRequest(body="Where?", location_callback="https://example.com/location")
    with pytest.raises(BadRequestError) as caught:
        api.low_level(messages_send_to_contact, dashboard_id, "15555550123", body=body)
    assert caught.value.message


def test_authentication(api: Any, stage: Any) -> None:
    stage.fail(status=401, times=1)
    with pytest.raises(AuthenticationError, match="check the API key"):
        api(api.client.users.get(3))


def test_permission_denied(api: Any, stage: Any) -> None:
    stage.fail(status=403, times=1)
    with pytest.raises(PermissionDeniedError):
        api(api.client.users.get(3))


def test_not_found(api: Any, dashboard_id: int) -> None:
    with pytest.raises(NotFoundError):
        api(api.client.webhooks.reconnect(dashboard_id, 999_999))


def test_conflict(api: Any, dashboard_id: int) -> None:
    hook = {"target_url": "https://example.com/hooks/in", "event": "msg_received"}
    api(api.client.webhooks.create(dashboard_id, **hook))
    with pytest.raises(ConflictError, match="list the webhooks, or use"):
        api(api.client.webhooks.create(dashboard_id, **hook))


def test_rate_limit(api: Any, stage: Any, dashboard_id: int) -> None:
    stage.fail(status=429, times=3, retry_after=2)
    with pytest.raises(RateLimitError) as caught:
        api(api.client.messages.send_to_contact(dashboard_id, PERSON, "Hello"))
    assert (caught.value.retry_after, caught.value.attempts) == (2.0, 3)


def test_server_error(api: Any, stage: Any) -> None:
    stage.fail(status=503, times=3)
    with pytest.raises(ServerError) as caught:
        api(api.client.users.get(3))
    assert (caught.value.status_code, caught.value.attempts) == (503, 3)


def test_other_status(api: Any, stage: Any) -> None:
    stage.fail(status=418, times=1)
    with pytest.raises(APIStatusError) as caught:
        api(api.client.users.get(3))
    assert caught.value.status_code == 418


def test_html_error_page(api: Any, stage: Any) -> None:
    stage.fail(status=502, body="html", times=3)
    with pytest.raises(ServerError) as caught:
        api(api.client.users.get(3))
    assert caught.value.message is None
    assert "<html" in caught.value.body


def test_unexpected_response(api: Any, stage: Any) -> None:
    stage.fail(body="garbage", times=1)
    with pytest.raises(UnexpectedResponseError):
        api(api.client.users.list().first())


def test_message_rejected(api: Any, stage: Any, dashboard_id: int) -> None:
    stage("/texts", **{"dashboard_id": dashboard_id, "from": "15555550123", "body": "STOP"})
    phone = api(api.client.dashboards.get(dashboard_id)).phone
    with pytest.raises(MessageRejectedError):
        api(api.client.messages.send(phone, PERSON, "Hello"))


def test_send_outcome_unknown(api: Any, stage: Any, dashboard_id: int) -> None:
    stage.fail(status=500, times=1, operation="messages_send_to_contact")
    with pytest.raises(SendOutcomeUnknownError) as caught:
        api(api.client.messages.send_to_contact(dashboard_id, PERSON, "Hello"))
    assert isinstance(caught.value, ServerError)
