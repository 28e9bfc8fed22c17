"""A service in memory with a clock of its own, which is advanced instead of slept."""

from __future__ import annotations

import email.utils
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from textrequest_ext import Reconciliation, RetryPolicy, SendOutcomeUnknownError
from textrequest_ext._sending.ledger import Ledger, ledger_of
from unit.conftest import ClientHarness

DASHBOARD = 121
FROM = "15555550100"
PERSON = "15555550123"
TEXT = "Your table for Ann is ready."
START = 1_800_000_000.0


@dataclass
class Row:
    """A recorded message. visible: from when the API shows it; both are times of the service."""

    message_id: str | None
    number: str
    body: str | None
    at: float
    visible: float
    status: str = "sent"
    direction: str = "S"
    media: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "message_id": self.message_id,
            "body": self.body,
            "message_direction": self.direction,
            "message_timestamp_utc": datetime.fromtimestamp(self.at, UTC).replace(tzinfo=None).isoformat(),
            "delivery_status": self.status,
            "mms_media": self.media,
        }


class SimulatedService:
    """Sends, and what happens to them in turn: one of `outcomes`, then "ok".

    "ok"; "dropped after": recorded, no response; "dropped before": not recorded; "late": recorded
    `lateness` seconds after the connection was closed; "rejected"; or an httpx.Response.

    skew: how far the clock of the service is ahead of the client's. lag: seconds until a recorded
    message is shown. sends_date: whether responses have a Date header. stored: changes a text.
    """

    def __init__(
        self, harness: ClientHarness, *, skew: float = 0.0, lag: float = 0.0, sends_date: bool = True
    ):
        self.harness = harness
        self.elapsed = 0.0
        self.suspended = 0.0
        self.clock_error = 0.0  # of this machine's clock, set after the start
        self.skew = skew
        self.lag = lag
        self.lateness = 10.0
        self.sends_date = sends_date
        self.outcomes: list[Any] = []
        self.rows: list[Row] = []
        self.own: list[Row | None] = []  # for each send, what was recorded
        self.failing_lookups = 0
        self.stored: Callable[[str], str | None] = lambda body: body
        self.paths: list[str] = []
        self.payloads: list[dict[str, Any]] = []
        self.on_send: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    @property
    def now(self) -> float:
        """The time of the service."""
        return START + self.elapsed + self.suspended + self.skew

    def client(self, **options: Any) -> Any:
        """A client whose clocks and delays are simulated."""

        def sleep(seconds: float) -> None:
            assert seconds > 0
            self.elapsed += seconds

        async def sleep_async(seconds: float) -> None:
            sleep(seconds)

        policy = RetryPolicy(retries=0, sleep=sleep, async_sleep=sleep_async)
        client = self.harness.client(self.handle, **{"retries": policy, **options})
        client._shared["ledger"] = Ledger(
            clock=lambda: 1000 + self.elapsed,
            wall_clock=lambda: START + self.elapsed + self.suspended + self.clock_error,
        )
        assert ledger_of(client) is client._shared["ledger"]
        return client

    def record(
        self, body: str | None, number: str = PERSON, *, at: float | None = None, **fields: Any
    ) -> Row:
        """Record a message, as if another program had sent it."""
        moment = self.now if at is None else at
        row = Row(f"m{len(self.rows)}", number, body, moment, moment + self.lag)
        for name, value in fields.items():
            setattr(row, name, value)
        self.rows.append(row)
        return row

    def sent(self, number: str = PERSON) -> int:
        """How many texts the person has received."""
        return sum(row.number == number and row.direction == "S" for row in self.rows)

    def handle(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            return self._handle(request)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(f"{request.method} {request.url.path.removeprefix('/api/v3')}")
        self.elapsed += 0.05
        response = self._send(request) if request.method == "POST" else self._list(request)
        if self.sends_date:
            response.headers["date"] = email.utils.formatdate(int(self.now), usegmt=True)
        self.elapsed += 0.05
        return response

    def _send(self, request: httpx.Request) -> httpx.Response:
        payload = json.loads(request.content or b"{}")
        self.payloads.append(payload)
        outcome = self.outcomes.pop(0) if self.outcomes else "ok"
        self.on_send()
        if isinstance(outcome, httpx.Response):
            return outcome
        if outcome == "dropped before":
            self.own.append(None)
            raise httpx.ReadError("connection reset")
        if outcome == "rejected":
            return httpx.Response(200, json={"status": "error", "delivery_status": "error"})
        number = payload.get("to") or re.search(r"contacts/(\d+)/", request.url.path)[1]  # type: ignore[index]
        late = self.lateness if outcome == "late" else 0.0
        row = self.record(self.stored(payload["body"]), number, at=self.now + late)
        row.media = payload.get("mms_media", [])
        self.own.append(row)
        if outcome != "ok":
            raise httpx.ReadError("connection reset")
        return httpx.Response(200, json={**row.as_json(), "status": "sending", "to": number, "from": FROM})

    def _list(self, request: httpx.Request) -> httpx.Response:
        if self.failing_lookups:
            self.failing_lookups -= 1
            return httpx.Response(503)
        path = request.url.path
        if path.endswith("/dashboards"):
            items: list[Any] = [{"id": DASHBOARD, "name": "Front desk", "phone": f"+{FROM}"}]
        elif path.endswith("/contacts"):
            assert request.url.params["has_opted_out"] == "true"
            items = [{"phone_number": number} for number in self.opted_out]
        else:
            number = re.search(r"contacts/(\d+)/messages", path)[1]  # type: ignore[index]
            items = [row.as_json() for row in self.rows if row.number == number and row.visible <= self.now]
        size, page = int(request.url.params.get("page_size", 100)), int(request.url.params.get("page", 0))
        meta = {"page": page, "page_size": size, "total_items": len(items)}
        return httpx.Response(200, json={"items": items[page * size : (page + 1) * size], "meta": meta})

    opted_out: tuple[str, ...] = ()


class Sender:
    """Sends with a client, and looks up what is unknown."""

    def __init__(self, service: SimulatedService, **options: Any) -> None:
        self.service = service
        self.client = service.client(**options)

    def send(self, body: str = TEXT, number: str = PERSON, **options: Any) -> Any:
        return self.service.harness.run(
            self.client.messages.send_to_contact(DASHBOARD, number, body, **options)
        )

    def fail(self, outcome: Any, body: str = TEXT, **options: Any) -> SendOutcomeUnknownError:
        self.service.outcomes.append(outcome)
        with pytest.raises(SendOutcomeUnknownError) as caught:
            self.send(body, **options)
        return caught.value

    def reconcile(self, error: SendOutcomeUnknownError, **options: Any) -> Reconciliation:
        result = self.service.harness.run(error.reconcile(**options))
        assert isinstance(result, Reconciliation)
        return result
