"""Sends callbacks, signed like those of the service, from a background thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from textrequest_ext.webhooks import sign

from ._account.models import Webhook
from ._contract import load_contract
from ._json import encode

SIGNATURE_HEADER = "x-tr-webhook-signature"
TIMESTAMP_HEADER = "x-tr-webhook-timestamp"
MAX_FAILURES = 10  # vendor: so many in a row disconnect a webhook
_TIMEOUT_SECONDS = 5.0
# RFC 2606 reserves these domains for documentation; requests to them are not made.
_RESERVED_DOMAINS = ("example", "invalid", "example.com", "example.net", "example.org")


@dataclass(slots=True, eq=False)
class Callback:
    """One callback request.

    url, verb: where it is sent, and its HTTP method. event: the webhook event; the payload does not contain
    it. hook_id: the id of the webhook, None for the callback URL of a message. status: the status code of
    the response, None if there is none. error: why there is no response. headers: those of the request.
    """

    url: str
    verb: str
    event: str
    payload: dict[str, Any]
    hook_id: int | None = None
    status: int | None = None
    error: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the response has a 2xx status."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True, eq=False)
class _Job:
    callback: Callback
    webhook: Webhook | None
    generation: int


_DEFERRED: ContextVar[list[_Job] | None] = ContextVar("deferred", default=None)


class CallbackQueue:
    """A queue of callbacks, and the thread that sends them in order.

    Callbacks caused by an API request are sent after its response, so that no callback arrives before the
    response that contains the message's id. reset() starts a new generation; callbacks of older generations
    are dropped.
    """

    def __init__(self, api_key: str, clock: Callable[[], datetime]) -> None:
        self._api_key = api_key
        self._clock = clock
        self._changed = threading.Condition()
        self._queue: deque[_Job] = deque()
        self._completed: list[Callback] = []
        self._thread: threading.Thread | None = None
        self._pending = 0
        self._generation = 0
        self._stopped = False

    def send(
        self, url: str, payload: dict[str, Any], *, event: str, schema: str, webhook: Webhook | None = None
    ) -> None:
        """Adds a callback to the queue. Raises ContractError if the payload does not match its schema."""
        load_contract().check_schema(schema, payload)
        verb, webhook_id = (webhook.http_verb, webhook.id) if webhook else ("POST", None)
        callback = Callback(url, verb, event, payload, webhook_id)
        deferred = _DEFERRED.get()
        with self._changed:
            job = _Job(callback, webhook, self._generation)
            self._pending += 1
            if deferred is None:
                self._enqueue([job])
            else:
                deferred.append(job)

    @contextmanager
    def after_response(self) -> Iterator[None]:
        """Defers the callbacks of the block to its end."""
        jobs: list[_Job] = []
        token = _DEFERRED.set(jobs)
        try:
            yield
        finally:
            _DEFERRED.reset(token)
            if jobs:
                with self._changed:
                    self._enqueue(jobs)

    def _enqueue(self, jobs: list[_Job]) -> None:
        if self._stopped:
            return
        self._queue.extend(job for job in jobs if job.generation == self._generation)
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="textrequest-sandbox-callbacks", daemon=True
            )
            self._thread.start()
        self._changed.notify_all()

    @property
    def completed(self) -> list[Callback]:
        """The callbacks that were sent or failed, in order."""
        with self._changed:
            return list(self._completed)

    def wait(self, timeout: float) -> bool:
        """Waits until the queue is empty. Returns False if that takes longer than the timeout in seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._pending == 0, timeout)

    def reset(self) -> None:
        """Drops the queue and the list of completed callbacks."""
        with self._changed:
            self._generation += 1
            self._pending = 0
            self._queue.clear()
            self._completed.clear()
            self._changed.notify_all()

    def stop(self) -> None:
        """Drops the queue, waits for the current callback and ends the thread."""
        with self._changed:
            self._stopped = True
            self._pending = 0
            self._queue.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        # trust_env=False: a proxy from the environment must not receive callbacks for a local URL.
        with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._queue or self._stopped)
                    if self._stopped:
                        return
                    job = self._queue.popleft()
                if job.webhook is None or job.webhook.is_connected:
                    self._request(client, job.callback)
                    _count_failures(job.webhook, job.callback.ok)
                else:
                    job.callback.error = "the webhook is disconnected"
                with self._changed:
                    if job.generation == self._generation and not self._stopped:
                        self._completed.append(job.callback)
                        self._pending -= 1
                        self._changed.notify_all()

    def _request(self, client: httpx.Client, callback: Callback) -> None:
        if (reason := _unreachable(callback.url)) is not None:
            callback.error = reason
            return
        body = encode(callback.payload)
        timestamp = str(int(self._clock().timestamp()))
        callback.headers = {
            "content-type": "application/json; charset=utf-8",
            # Webhooks are signed (vendor). open: whether the callback URLs of a message are; here they are.
            SIGNATURE_HEADER: sign(body, api_key=self._api_key, timestamp=timestamp),
            TIMESTAMP_HEADER: timestamp,
        }
        try:
            response = client.request(callback.verb, callback.url, content=body, headers=callback.headers)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            callback.error = f"{type(error).__name__}: {error}"
        else:
            callback.status = response.status_code


def _count_failures(webhook: Webhook | None, ok: bool) -> None:
    """vendor: ten failures in a row disconnect a webhook; a failed callback is not sent again."""
    if webhook is None:
        return
    webhook.failures = 0 if ok else webhook.failures + 1
    if webhook.failures >= MAX_FAILURES:
        webhook.is_connected = False


def _unreachable(url: str) -> str | None:
    """Why no request is made to the URL, or None if one is made."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return "the URL is not valid"
    if parts.scheme not in {"http", "https"} or not host:
        return "the URL is not an http or https URL"
    if host in _RESERVED_DOMAINS or host.endswith(tuple(f".{domain}" for domain in _RESERVED_DOMAINS)):
        return f"{host} is reserved for documentation; no request was made"
    return None
