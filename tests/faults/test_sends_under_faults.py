"""Over a real socket, with a service that fails in every way: no text is sent twice, none is lost unsaid.

The sandbox knows what really happened; the client only knows what it was told.
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

PERSON = "5555550123"


async def _no_sleep(seconds: float) -> None:
    pass


POLICY = RetryPolicy(retries=2, sleep=lambda seconds: None, async_sleep=_no_sleep)


class Caller:
    """Either kind of client on a sandbox, called in the same way."""

    def __init__(self, kind: str, sandbox: Sandbox, **options: Any) -> None:
        self.runner = asyncio.Runner() if kind == "awaiting" else None
        client = AsyncTextRequest if self.runner else TextRequest
        self.client: Any = client(sandbox.api_key, base_url=sandbox.url, retries=POLICY, **options)
        self.sandbox = sandbox
        self.dashboard = self(self.client.dashboards.list().first())

    def __call__(self, result: Any) -> Any:
        if not inspect.isawaitable(result) or self.runner is None:
            return result

        async def wait() -> Any:
            return await result

        return self.runner.run(wait())

    def send(self, body: str) -> Any:
        return self(self.client.messages.send_to_contact(self.dashboard.id, PERSON, body))

    def sent(self) -> Counter[str]:
        """What the service really sent, by text."""
        messages = self.client.messages.list(self.dashboard.id, message_direction="S", page_size=1000)
        return Counter(message.body for message in self(messages.collect()))

    def close(self) -> None:
        self(self.client.aclose() if self.runner else self.client.close())
        if self.runner:
            self.runner.close()


@pytest.fixture(params=["blocking", "awaiting"])
def caller(request: pytest.FixtureRequest) -> Any:
    with Sandbox(seed=1, dashboards=1, contacts=1, messages=0, deliveries="delivered") as sandbox:
        caller = Caller(request.param, sandbox, timeout=2.0)
        yield caller
        caller.close()


FAULTS: list[tuple[str, Fault, type[Exception], int]] = [
    ("dropped before", Fault(drop="before", method="POST"), APIConnectionError, 0),
    ("dropped after", Fault(drop="after", method="POST"), APIConnectionError, 1),
    ("failed before", Fault(status=500, method="POST"), ServerError, 0),
    ("failed after", Fault(status=503, takes_effect=True, method="POST"), ServerError, 1),
    ("gateway page after", Fault(status=502, body="html", takes_effect=True, method="POST"), ServerError, 1),
    ("garbage", Fault(body="garbage", method="POST"), UnexpectedResponseError, 1),
    ("truncated", Fault(body="truncated", method="POST"), UnexpectedResponseError, 1),
    ("cut off", Fault(body="cut", method="POST"), APIConnectionError, 1),
    ("empty", Fault(body="empty", method="POST"), UnexpectedResponseError, 1),
]


@pytest.mark.parametrize(("name", "fault", "kind", "effect"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_send_is_made_once_and_its_outcome_said_to_be_unknown(
    caller: Caller, name: str, fault: Fault, kind: type[Exception], effect: int
) -> None:
    caller.sandbox.add_fault(fault)
    with pytest.raises(SendOutcomeUnknownError) as caught:
        caller.send("Once")
    assert isinstance(caught.value, kind)
    caller.sandbox.clear_faults()
    assert caller.sent()["Once"] == effect
    assert sum(request.method == "POST" for request in caller.sandbox.requests) == 1


def test_a_send_that_times_out_is_made_once(caller: Caller) -> None:
    caller.sandbox.add_fault(Fault(latency=0.5, method="POST"))
    quick = caller.client.with_options(timeout=0.1)
    with pytest.raises(SendOutcomeUnknownError) as caught:
        caller(quick.messages.send_to_contact(caller.dashboard.id, PERSON, "Once"))
    assert isinstance(caught.value, APITimeoutError)
    caller.sandbox.clear_faults()
    assert sum(request.method == "POST" for request in caller.sandbox.requests) <= 1


def test_a_send_that_was_refused_for_now_is_repeated_until_it_is_taken(caller: Caller) -> None:
    caller.sandbox.add_fault(Fault(status=429, retry_after=0, times=2, method="POST"))
    caller.send("Patience")
    assert caller.sent()["Patience"] == 1
    caller.sandbox.add_fault(Fault(status=429, times=3, method="POST"))
    with pytest.raises(RateLimitError) as caught:
        caller.send("Too much")
    assert not isinstance(caught.value, SendOutcomeUnknownError)
    assert caller.sent()["Too much"] == 0


def test_a_send_where_nobody_listens_provably_did_not_happen() -> None:
    with Sandbox() as sandbox:
        address = sandbox.url
    with (
        TextRequest("key", base_url=address, retries=POLICY) as client,
        pytest.raises(APIConnectionError) as caught,
    ):
        client.messages.send("5555550100", PERSON, "Hello")
    assert not isinstance(caught.value, SendOutcomeUnknownError)
    assert caught.value.attempts == 3


def test_reads_get_through_whatever_can_be_got_through(caller: Caller) -> None:
    for fault in (
        Fault(drop="before", times=2),
        Fault(drop="after", times=2),
        Fault(status=503, times=2),
        Fault(body="cut", times=2),
    ):
        caller.sandbox.add_fault(fault)
        assert caller(caller.client.dashboards.get(caller.dashboard.id)).id == caller.dashboard.id


@pytest.mark.parametrize("seed", range(3))
def test_under_a_fifth_of_faults_nothing_is_doubled_and_nothing_is_lost_unsaid(
    caller: Caller, seed: int
) -> None:
    draw = random.Random(seed)
    unknown, refused, taken = set(), set(), set()
    for number in range(60):
        caller.sandbox.clear_faults()
        if draw.random() < 0.2:
            caller.sandbox.add_fault(draw.choice(FAULTS)[1])
        elif draw.random() < 0.05:
            caller.sandbox.add_fault(
                Fault(status=429, retry_after=0, times=draw.choice([1, 3]), method="POST")
            )
        text = f"Text {number}"
        try:
            caller.send(text)
            taken.add(text)
        except SendOutcomeUnknownError:
            unknown.add(text)
        except TextRequestError:
            refused.add(text)
    caller.sandbox.clear_faults()
    sent = caller.sent()
    assert max(sent.values()) == 1, "a text was sent twice"
    assert all(sent[text] == 1 for text in taken), "a text that was said to be sent was not"
    assert not any(sent[text] for text in refused), "a text that was said not to be sent was"
    assert unknown
