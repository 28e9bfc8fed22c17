"""Fixtures of the tests of limits."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from limits_support import FakeTime, RedisServer, Service

from connections.conftest import Runner

_keys = itertools.count(1)


@pytest.fixture
def fake_time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr("textrequest_ext._limits.meters.milliseconds", lambda: fake.now)
    monkeypatch.setattr("textrequest_ext._limits.transports.sleep", fake.sleep)
    monkeypatch.setattr("textrequest_ext._limits.transports.sleep_async", fake.sleep_async)
    return fake


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        yield service
        service.hold.set()


@pytest.fixture
def api_key() -> str:
    """An API key that no other test uses: a process counts for all clients of a key."""
    return f"key of test {next(_keys)}"


@pytest.fixture(params=["blocking", "asyncio", "aiohttp", "trio"])
def run(request: pytest.FixtureRequest) -> Runner:
    return Runner(request.param)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed; apt-get install redis-server")
    server = RedisServer(tmp_path).start()
    yield server
    server.stop()
