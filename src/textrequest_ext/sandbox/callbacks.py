"""Posts what the service tells others, signed as the vendor signs, from a thread of its own."""

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

from . import contract
from .answers import encoded
from .models import Hook

SIGNATURE_HEADER = "x-tr-webhook-signature"
TIMESTAMP_HEADER = "x-tr-webhook-timestamp"
FAILURES_UNTIL_DISCONNECTED = 10  # vendor
_PATIENCE = 5.0
# Names that RFC 2606 keeps for documents: nobody is there, so nobody is asked.
_NOBODY = ("example", "invalid", "example.com", "example.net", "example.org")


@dataclass(slots=True, eq=False)
class Callback:
    """One call to somebody's address, made or about to be made.

    event: what it is for, which the payload does not say. hook_id: None for the callback of a message.
    status: the HTTP status that came back; None before that, or when none came. error: why none came.
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
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True, eq=False)
class _Job:
    callback: Callback
    hook: Hook | None
    era: int


_UNANSWERED: ContextVar[list[_Job] | None] = ContextVar("unanswered", default=None)


class Callbacks:
    """The queue of callbacks, and the thread that empties it in order.

    What a request brings about waits until the request was answered: a receipt does not overtake the
    answer that names its message. forget() begins a new era; what belongs to an older one is dropped.
    """

    def __init__(self, api_key: str, clock: Callable[[], datetime]) -> None:
        self._api_key = api_key
        self._clock = clock
        self._changed = threading.Condition()
        self._queue: deque[_Job] = deque()
        self._made: list[Callback] = []
        self._thread: threading.Thread | None = None
        self._open = 0
        self._era = 0
        self._stopped = False

    def post(
        self, url: str, payload: dict[str, Any], *, event: str, schema: str, hook: Hook | None = None
    ) -> None:
        """Queues a call. Raises ContractError for a payload that is not what the contract says."""
        contract.load().check_callback(schema, payload)
        callback = Callback(url, hook.verb if hook else "POST", event, payload, hook.id if hook else None)
        unanswered = _UNANSWERED.get()
        with self._changed:
            job = _Job(callback, hook, self._era)
            self._open += 1
            if unanswered is None:
                self._enqueue([job])
            else:
                unanswered.append(job)

    @contextmanager
    def after_answer(self) -> Iterator[None]:
        """What is posted inside is queued at the end."""
        jobs: list[_Job] = []
        token = _UNANSWERED.set(jobs)
        try:
            yield
        finally:
            _UNANSWERED.reset(token)
            if jobs:
                with self._changed:
                    self._enqueue(jobs)

    def _enqueue(self, jobs: list[_Job]) -> None:
        if self._stopped:
            return
        self._queue.extend(job for job in jobs if job.era == self._era)
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._work, name="textrequest-sandbox-callbacks", daemon=True
            )
            self._thread.start()
        self._changed.notify_all()

    @property
    def made(self) -> list[Callback]:
        """The calls that were made, in order."""
        with self._changed:
            return list(self._made)

    def wait(self, timeout: float) -> bool:
        """Waits until every queued call was made; False if the time ran out first."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, timeout)

    def forget(self) -> None:
        """Drops the calls that wait, and the record of those made."""
        with self._changed:
            self._era += 1
            self._open = 0
            self._queue.clear()
            self._made.clear()
            self._changed.notify_all()

    def stop(self) -> None:
        """Drops the calls that wait and ends the thread, after the call it is in."""
        with self._changed:
            self._stopped = True
            self._open = 0
            self._queue.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        # trust_env: a proxy of the machine must not see what is meant for a local address.
        with httpx.Client(timeout=_PATIENCE, trust_env=False) as client:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._queue or self._stopped)
                    if self._stopped:
                        return
                    job = self._queue.popleft()
                if job.hook is None or job.hook.is_connected:
                    self._make(client, job.callback)
                    _count(job.hook, job.callback.ok)
                else:
                    job.callback.error = "the hook is disconnected"
                with self._changed:
                    if job.era == self._era and not self._stopped:
                        self._made.append(job.callback)
                        self._open -= 1
                        self._changed.notify_all()

    def _make(self, client: httpx.Client, callback: Callback) -> None:
        if (reason := _unreachable(callback.url)) is not None:
            callback.error = reason
            return
        body = encoded(callback.payload)
        timestamp = str(int(self._clock().timestamp()))
        callback.headers = {
            "content-type": "application/json; charset=utf-8",
            # open: whether the callbacks of a message are signed as those of a hook are (vendor); here they are
            SIGNATURE_HEADER: sign(body, api_key=self._api_key, timestamp=timestamp),
            TIMESTAMP_HEADER: timestamp,
        }
        try:
            answer = client.request(callback.verb, callback.url, content=body, headers=callback.headers)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            callback.error = f"{type(error).__name__}: {error}"
        else:
            callback.status = answer.status_code


def _count(hook: Hook | None, ok: bool) -> None:
    """vendor: ten failures in a row disconnect a hook; nothing is posted again."""
    if hook is None:
        return
    hook.failures = 0 if ok else hook.failures + 1
    if hook.failures >= FAILURES_UNTIL_DISCONNECTED:
        hook.is_connected = False


def _unreachable(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return "the address is not valid"
    if parts.scheme not in {"http", "https"} or not host:
        return "the address is not http or https"
    if host in _NOBODY or host.endswith(tuple(f".{name}" for name in _NOBODY)):
        return f"{host} is a name for documents; nobody was asked"
    return None
