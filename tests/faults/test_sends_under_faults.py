"""Sends over a real socket with injected faults: no text is sent twice or lost without an error.

The sandbox records what was really sent; the tests compare that with what the client reported.
"""

from __future__ import annotations

import asyncio
import inspect
import random
from collections import Counter
from typing import Any

import pytest

from textrequest_ext import (
    APIConnectionError,
    APITimeoutError,
    AsyncTextRequest,
    RateLimitError,
    RetryPolicy,
    SendOutcomeUnknownError,
    ServerError,
    TextRequest,
    TextRequestError,
    UnexpectedResponseError,
)
from textrequest_ext.sandbox import Fault, Sandbox

CUSTOMER = "5555550123"


async def _no_sleep(seconds: float) -> None:
    pass


POLICY = RetryPolicy(retries=2, sleep=lambda seconds: None, async_sleep=_no_sleep)


class ClientHarness:
    """A blocking or an async client on a sandbox, and functions that run its methods.

    mode: "blocking" or "async".
    """

    def __init__(self, mode: str, sandbox: Sandbox, **options: Any) -> None:
        self.runner = asyncio.Runner() if mode == "async" else None
        client_class = AsyncTextRequest if self.runner else TextRequest
        self.client: Any = client_class(sandbox.api_key, base_url=sandbox.url, retries=POLICY, **options)
        self.sandbox = sandbox
        self.dashboard = self.run(self.client.dashboards.list().first())

    def run(self, result: Any) -> Any:
        """The result of a method call; a coroutine is run to its end."""
        if not inspect.isawaitable(result) or self.runner is None:
            return result

        async def wait() -> Any:
            return await result

        return self.runner.run(wait())

    def send(self, body: str) -> Any:
        return self.run(self.client.messages.send_to_contact(self.dashboard.id, CUSTOMER, body))

    def sent(self) -> Counter[str]:
        """How often the service really sent each text."""
        messages = self.client.messages.list(self.dashboard.id, message_direction="S", page_size=1000)
        return Counter(message.body for message in self.run(messages.collect()))

    def close(self) -> None:
        self.run(self.client.aclose() if self.runner else self.client.close())
        if self.runner:
            self.runner.close()


@pytest.fixture(params=["blocking", "async"])
def harness(request: pytest.FixtureRequest) -> Any:
    with Sandbox(seed=1, dashboards=1, contacts=1, messages=0, deliveries="delivered") as sandbox:
        harness = ClientHarness(request.param, sandbox, timeout=2.0)
        yield harness
        harness.close()


FAULTS: list[tuple[str, Fault, type[Exception], int]] = [
    ("connection dropped before the send", Fault(drop="before", method="POST"), APIConnectionError, 0),
    ("connection dropped after the send", Fault(drop="after", method="POST"), APIConnectionError, 1),
    ("500 without a send", Fault(status=500, method="POST"), ServerError, 0),
    ("503 after the send", Fault(status=503, takes_effect=True, method="POST"), ServerError, 1),
    (
        "HTML error page after the send",
        Fault(status=502, body="html", takes_effect=True, method="POST"),
        ServerError,
        1,
    ),
    ("body that is not JSON", Fault(body="garbage", method="POST"), UnexpectedResponseError, 1),
    ("truncated JSON", Fault(body="truncated", method="POST"), UnexpectedResponseError, 1),
    ("connection closed within the body", Fault(body="cut", method="POST"), APIConnectionError, 1),
    ("empty body", Fault(body="empty", method="POST"), UnexpectedResponseError, 1),
]


@pytest.mark.parametrize(
    ("name", "fault", "error_class", "sent_count"), FAULTS, ids=[fault[0] for fault in FAULTS]
)
def test_failed_send_is_not_retried_and_raises_outcome_unknown(
    harness: ClientHarness, name: str, fault: Fault, error_class: type[Exception], sent_count: int
) -> None:
    harness.sandbox.add_fault(fault)
    with pytest.raises(SendOutcomeUnknownError) as caught:
        harness.send("Once")
    assert isinstance(caught.value, error_class)
    harness.sandbox.clear_faults()
    assert harness.sent()["Once"] == sent_count
    assert sum(request.method == "POST" for request in harness.sandbox.requests) == 1


def test_send_is_not_retried_after_a_timeout(harness: ClientHarness) -> None:
    harness.sandbox.add_fault(Fault(latency=0.5, method="POST"))
    client = harness.client.with_options(timeout=0.1)
    with pytest.raises(SendOutcomeUnknownError) as caught:
        harness.run(client.messages.send_to_contact(harness.dashboard.id, CUSTOMER, "Once"))
    assert isinstance(caught.value, APITimeoutError)
    harness.sandbox.clear_faults()
    assert sum(request.method == "POST" for request in harness.sandbox.requests) <= 1


def test_send_is_retried_after_429(harness: ClientHarness) -> None:
    harness.sandbox.add_fault(Fault(status=429, retry_after=0, times=2, method="POST"))
    harness.send("Patience")
    assert harness.sent()["Patience"] == 1
    harness.sandbox.add_fault(Fault(status=429, times=3, method="POST"))
    with pytest.raises(RateLimitError) as caught:
        harness.send("Too much")
    assert not isinstance(caught.value, SendOutcomeUnknownError)
    assert harness.sent()["Too much"] == 0


def test_refused_connection_does_not_raise_outcome_unknown() -> None:
    with Sandbox() as sandbox:
        url = sandbox.url
    with (
        TextRequest("key", base_url=url, retries=POLICY) as client,
        pytest.raises(APIConnectionError) as caught,
    ):
        client.messages.send("5555550100", CUSTOMER, "Hello")
    assert not isinstance(caught.value, SendOutcomeUnknownError)
    assert caught.value.attempts == 3


def test_read_is_retried_after_every_transient_fault(harness: ClientHarness) -> None:
    for fault in (
        Fault(drop="before", times=2),
        Fault(drop="after", times=2),
        Fault(status=503, times=2),
        Fault(body="cut", times=2),
    ):
        harness.sandbox.add_fault(fault)
        assert harness.run(harness.client.dashboards.get(harness.dashboard.id)).id == harness.dashboard.id


@pytest.mark.parametrize("seed", range(3))
def test_random_faults_never_duplicate_or_silently_lose_a_text(harness: ClientHarness, seed: int) -> None:
    generator = random.Random(seed)
    unknown, failed, accepted = set(), set(), set()
    for number in range(60):
        harness.sandbox.clear_faults()
        if generator.random() < 0.2:
            harness.sandbox.add_fault(generator.choice(FAULTS)[1])
        elif generator.random() < 0.05:
            harness.sandbox.add_fault(
                Fault(status=429, retry_after=0, times=generator.choice([1, 3]), method="POST")
            )
        text = f"Text {number}"
        try:
            harness.send(text)
            accepted.add(text)
        except SendOutcomeUnknownError:
            unknown.add(text)
        except TextRequestError:
            failed.add(text)
    harness.sandbox.clear_faults()
    sent = harness.sent()
    assert max(sent.values()) == 1, "a text was sent twice"
    assert all(sent[text] == 1 for text in accepted), "a text that was reported as sent was not sent"
    assert not any(sent[text] for text in failed), "a text that was reported as failed was sent"
    assert unknown
