"""Every error class for a response of the service. tests/unit tests the errors without a response."""

from __future__ import annotations

import pytest

from cassettes.conftest import ClientHarness, SandboxControl
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

CUSTOMER = "5555550123"


@pytest.fixture
def dashboard_id(harness: ClientHarness) -> int:
    dashboard_id: int = harness.run(harness.client.dashboards.list().first()).id
    return dashboard_id


def test_bad_request(harness: ClientHarness, dashboard_id: int) -> None:
    harness.run(harness.client.messages.send_to_contact(dashboard_id, CUSTOMER, "Hello"))
    with pytest.raises(BadRequestError, match="message history"):
        harness.run(harness.client.contacts.delete(dashboard_id, CUSTOMER))


def test_bad_request_for_a_callback_without_the_tag(harness: ClientHarness, dashboard_id: int) -> None:
    # The client would raise LocationRequestError; a low-level call sends the request.
    body = ContactMessageRequest(body="Where?", location_callback="https://example.com/location")
    with pytest.raises(BadRequestError) as caught:
        harness.low_level(messages_send_to_contact, dashboard_id, "15555550123", body=body)
    assert caught.value.message


def test_authentication(harness: ClientHarness, sandbox: SandboxControl) -> None:
    sandbox.fail(status=401, times=1)
    with pytest.raises(AuthenticationError, match="check the API key"):
        harness.run(harness.client.users.get(3))


def test_permission_denied(harness: ClientHarness, sandbox: SandboxControl) -> None:
    sandbox.fail(status=403, times=1)
    with pytest.raises(PermissionDeniedError):
        harness.run(harness.client.users.get(3))


def test_not_found(harness: ClientHarness, dashboard_id: int) -> None:
    with pytest.raises(NotFoundError):
        harness.run(harness.client.webhooks.reconnect(dashboard_id, 999_999))


def test_conflict(harness: ClientHarness, dashboard_id: int) -> None:
    webhook = {"target_url": "https://example.com/hooks/in", "event": "msg_received"}
    harness.run(harness.client.webhooks.create(dashboard_id, **webhook))
    with pytest.raises(ConflictError, match="list the webhooks, or use"):
        harness.run(harness.client.webhooks.create(dashboard_id, **webhook))


def test_rate_limit(harness: ClientHarness, sandbox: SandboxControl, dashboard_id: int) -> None:
    sandbox.fail(status=429, times=3, retry_after=2)
    with pytest.raises(RateLimitError) as caught:
        harness.run(harness.client.messages.send_to_contact(dashboard_id, CUSTOMER, "Hello"))
    assert (caught.value.retry_after, caught.value.attempts) == (2.0, 3)


def test_server_error(harness: ClientHarness, sandbox: SandboxControl) -> None:
    sandbox.fail(status=503, times=3)
    with pytest.raises(ServerError) as caught:
        harness.run(harness.client.users.get(3))
    assert (caught.value.status_code, caught.value.attempts) == (503, 3)


def test_other_status(harness: ClientHarness, sandbox: SandboxControl) -> None:
    sandbox.fail(status=418, times=1)
    with pytest.raises(APIStatusError) as caught:
        harness.run(harness.client.users.get(3))
    assert caught.value.status_code == 418


def test_html_error_page(harness: ClientHarness, sandbox: SandboxControl) -> None:
    sandbox.fail(status=502, body="html", times=3)
    with pytest.raises(ServerError) as caught:
        harness.run(harness.client.users.get(3))
    assert caught.value.message is None
    assert "<html" in caught.value.body


def test_unexpected_response(harness: ClientHarness, sandbox: SandboxControl) -> None:
    sandbox.fail(body="garbage", times=1)
    with pytest.raises(UnexpectedResponseError):
        harness.run(harness.client.users.list().first())


def test_message_rejected(harness: ClientHarness, sandbox: SandboxControl, dashboard_id: int) -> None:
    sandbox.post("/texts", **{"dashboard_id": dashboard_id, "from": "15555550123", "body": "STOP"})
    phone = harness.run(harness.client.dashboards.get(dashboard_id)).phone
    with pytest.raises(MessageRejectedError):
        harness.run(harness.client.messages.send(phone, CUSTOMER, "Hello"))


def test_send_outcome_unknown(harness: ClientHarness, sandbox: SandboxControl, dashboard_id: int) -> None:
    sandbox.fail(status=500, times=1, operation="messages_send_to_contact")
    with pytest.raises(SendOutcomeUnknownError) as caught:
        harness.run(harness.client.messages.send_to_contact(dashboard_id, CUSTOMER, "Hello"))
    assert isinstance(caught.value, ServerError)
