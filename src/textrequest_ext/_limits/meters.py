"""Counts requests, in this process or in Redis, with the algorithms of pyrate-limiter.

A meter says how long a request must still wait, and counts those that need not wait. It does not wait
itself, so that threads, asyncio and trio can use it.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from textrequest_ext._limits.options import Limits
from textrequest_ext._limits.scopes import Scope
from textrequest_ext.errors import ConfigurationError, LimitsUnavailableError

if TYPE_CHECKING:
    from pyrate_limiter import Decision, StateStore

# Seconds for connecting to Redis, and for a response from it.
REDIS_TIMEOUT = 5.0
_PREFIX = "textrequest:limits:"

# What this process has counted, for all clients of an account; a forked process counts from the start.
_counts: dict[tuple[int, str], StateStore] = {}


def milliseconds() -> int:
    """The time of the limits in this process."""
    return time.monotonic_ns() // 1_000_000


class Meter:
    """The counts of one account, for its clients in this process."""

    is_remote = False

    def __init__(self, api_key: str) -> None:
        self._pyrate = _require("pyrate_limiter", "limits")
        self._algorithm = self._pyrate.GCRA()
        self._api_key = api_key

    def delay(self, scope: Scope) -> float:
        """Seconds until another request is permitted, or 0 if one was, which is then counted."""
        store: Any = self._store(scope)  # not an asynchronous one
        decision: Decision = store.check(self._algorithm, [self._rate(scope.rate)], self._now(), 1)
        return 0.0 if decision.allowed else max(decision.retry_after_ms or 0, 1) / 1000

    def close(self) -> None:
        """Close what is open."""

    def _now(self) -> int:
        return milliseconds()

    def _store(self, scope: Scope) -> StateStore:
        key = (os.getpid(), self._key(scope))
        return _counts.get(key) or _counts.setdefault(key, self._pyrate.InMemoryStateStore())

    def _key(self, scope: Scope) -> str:
        """A name without the API key and without phone numbers."""
        return hashlib.sha256(f"{self._api_key}\0{scope.name}".encode()).hexdigest()[:40]

    def _rate(self, per_second: float) -> Any:
        # burst=1 spaces the requests evenly. The library takes whole numbers only.
        if per_second < 1:
            return self._pyrate.Rate(1, math.ceil(1000 / per_second), burst=1)
        return self._pyrate.Rate(math.floor(per_second * 1000), 1_000_000, burst=1)


class RedisMeter(Meter):
    """The counts of one account, for all processes that use the same Redis."""

    is_remote = True

    def __init__(self, api_key: str, url: str) -> None:
        self._redis = _require("redis", "redis")
        super().__init__(api_key)
        self._url = url
        self._clients: dict[int, Any] = {}
        self._stores: dict[tuple[int, str], StateStore] = {}
        self._client()

    def delay(self, scope: Scope) -> float:
        """`Meter.delay`; raises LimitsUnavailableError if Redis cannot be used."""
        try:
            return super().delay(scope)
        except Exception as error:
            raise LimitsUnavailableError(
                f"limits: Redis cannot be used ({type(error).__name__}), so the request was not sent"
            ) from error

    def close(self) -> None:
        """Close the connections to Redis."""
        client = self._clients.get(os.getpid())
        if client is not None:
            client.close()

    def _now(self) -> int:
        # The clock of Redis: the clocks of the machines that use it differ.
        seconds, microseconds = self._client().time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    def _store(self, scope: Scope) -> StateStore:
        key = (os.getpid(), _PREFIX + self._key(scope))
        return self._stores.get(key) or self._stores.setdefault(
            key, self._pyrate.RedisStateStore(self._client(), key[1])
        )

    def _client(self) -> Any:
        """The client of this process. Those of a parent process are kept: closing them could block."""
        process = os.getpid()
        client = self._clients.get(process)
        if client is None:
            try:
                client = self._redis.Redis.from_url(
                    self._url,
                    socket_connect_timeout=REDIS_TIMEOUT,
                    socket_timeout=REDIS_TIMEOUT,
                    # Once: an idle connection may have been closed by a restart of Redis.
                    retry=self._redis.retry.Retry(self._redis.backoff.NoBackoff(), 1),
                )
            except Exception:
                # Not chained: the cause may contain the password of the URL.
                raise ConfigurationError(
                    "limits: redis_url must be a URL such as redis://localhost:6379/0"
                ) from None
            client = self._clients.setdefault(process, client)
        return client


def create_meter(limits: Limits, api_key: str) -> Meter:
    """The meter that the limits require; raises ConfigurationError if a package is missing."""
    return Meter(api_key) if limits.redis_url is None else RedisMeter(api_key, limits.redis_url)


def _require(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigurationError(
            f'limits: requires the package {module}; pip install "textrequest-ext[{extra}]"'
        ) from error
