"""One cassette a test, recorded once by the blocking client and replayed by both.

Replaying, no connection can be made, and every recorded interaction must be played. See README.md.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from recording.scrubbing import Scrubber
from textrequest_ext import AsyncTextRequest, RetryPolicy, TextRequest

RECORDED = Path(__file__).parent / "recorded"
ADDRESS = "http://sandbox.example.com/api/v3"  # stands in the cassettes for wherever they were recorded
KEY = "095E5113DE4142C28FB7815CC10BEB56"  # the placeholder of the published document
HOOK = "http://hooks.example.com/location"  # stands in the cassettes for the receiver that recording starts
RECEIVER = re.compile(rb"http://127\.0\.0\.1:\d+/location")
VOLATILE = {"date", "server", "content-length", "connection", "transfer-encoding", "keep-alive"}


class Stage:
    """The other side while recording: what happens there, and what goes wrong. Replaying, a no-op."""

    def __init__(self, sandbox: str | None) -> None:
        self.sandbox = sandbox

    def __call__(self, path: str, method: str = "POST", **given: Any) -> Any:
        if self.sandbox is None:
            return None
        parts = urlsplit(self.sandbox)
        request = urllib.request.Request(
            f"{parts.scheme}://{parts.netloc}/_sandbox{path}",
            json.dumps(given).encode(),
            {"content-type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request) as response:
            content = response.read()
        return json.loads(content) if content else None

    def fail(self, **fault: Any) -> None:
        self("/faults", **fault)


class Api:
    """A client of either kind, behind one way to call it."""

    def __init__(self, kind: str, base_url: str, key: str) -> None:
        self._runner = asyncio.Runner() if kind == "awaiting" else None
        policy = RetryPolicy(sleep=lambda seconds: None, async_sleep=lambda seconds: asyncio.sleep(0))
        client = AsyncTextRequest if kind == "awaiting" else TextRequest
        self.client: Any = client(key, base_url=base_url, retries=policy, allow_http=True)

    def __call__(self, result: Any) -> Any:
        """The result of a call, awaited where it must be."""
        if not inspect.isawaitable(result) or self._runner is None:
            return result

        async def wait() -> Any:
            return await result

        return self._runner.run(wait())

    def all(self, pager: Any) -> list[Any]:
        return self(pager.collect())

    def low_level(self, module: Any, *args: Any, **kwargs: Any) -> Any:
        function = module.asyncio_detailed if self._runner else module.sync_detailed
        return self(function(*args, client=self.client.low_level, **kwargs))

    def close(self) -> None:
        self(self.client.aclose() if self._runner else self.client.close())
        if self._runner:
            self._runner.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents and "api" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.vcr)
            item.add_marker(pytest.mark.block_network)


@pytest.fixture(scope="session")
def sandbox_url(request: pytest.FixtureRequest) -> str | None:
    url: str | None = request.config.getoption("--sandbox")
    return url


@pytest.fixture(scope="session")
def live(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--live"))


@pytest.fixture(scope="session")
def base_url(sandbox_url: str | None, live: bool) -> str:
    return "https://api.textrequest.com/api/v3" if live else sandbox_url or ADDRESS


@pytest.fixture
def vcr_config(base_url: str, live: bool) -> dict[str, Any]:
    scrubber = Scrubber()

    def request(recorded: Any) -> Any:
        if "/_sandbox" in recorded.uri:
            return None
        recorded.uri = recorded.uri.replace(base_url, ADDRESS)
        if live:
            recorded.uri = ADDRESS + scrubber.address(recorded.uri.removeprefix(ADDRESS))
        recorded.headers = {
            name: value
            for name, value in recorded.headers.items()
            if name.lower() in ("x-api-key", "content-type")
        }
        boundary = re.search(r"boundary=(\S+)", recorded.headers.get("content-type", ""))
        if boundary:  # made up anew for every form
            recorded.headers["content-type"] = recorded.headers["content-type"].replace(
                boundary[1], "boundary"
            )
            recorded.body = recorded.body.replace(boundary[1].encode(), b"boundary")
        if recorded.body:
            recorded.body = RECEIVER.sub(HOOK.encode(), recorded.body)
        return recorded

    def response(recorded: dict[str, Any]) -> dict[str, Any]:
        headers = {name: value for name, value in recorded["headers"].items() if name.lower() not in VOLATILE}
        body = recorded["body"]["string"]
        body = scrubber.content(body) if live else body
        return {**recorded, "headers": headers, "body": {"string": body}}

    return {
        "match_on": ["method", "scheme", "host", "port", "path", "query", "body", "key", "media_type"],
        "filter_headers": [("x-api-key", "<API_KEY>")],
        "before_record_request": request,
        "before_record_response": response,
        "decode_compressed_response": True,
    }


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Match the key's header, masked as it is, and the media type of what is sent."""

    def same(header: str) -> Any:
        def matches(one: Any, other: Any) -> None:
            assert one.headers.get(header) == other.headers.get(header), header

        return matches

    vcr.register_matcher("key", same("x-api-key"))
    vcr.register_matcher("media_type", same("content-type"))


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    return str(RECORDED / request.path.stem.removeprefix("test_"))


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    # Without the kind of client: both play the same cassette.
    return request.node.originalname.removeprefix("test_")


@pytest.fixture
def stage(sandbox_url: str | None) -> Stage:
    return Stage(sandbox_url)


@pytest.fixture(params=["blocking", "awaiting"])
def api(request: pytest.FixtureRequest, vcr: Any, stage: Stage, base_url: str, live: bool) -> Iterator[Api]:
    stage("/reset")
    api = Api(request.param, base_url, os.environ["TEXTREQUEST_API_KEY"] if live else KEY)
    yield api
    api.close()
    if stage.sandbox is None and not live:
        assert vcr.all_played, f"recorded but not asked for: {vcr.play_count} of {len(vcr)} played"
