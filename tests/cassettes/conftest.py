"""Each test has one cassette, recorded with the blocking client and replayed with both clients.

During replay the network is blocked, and every recorded interaction must be played. See README.md.
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
BASE_URL = "http://sandbox.example.com/api/v3"  # replaces the URL of the sandbox in the cassettes
KEY = "095E5113DE4142C28FB7815CC10BEB56"  # the placeholder of the published document
CALLBACK_URL = "http://hooks.example.com/location"  # replaces the URL of the local server in the cassettes
LOCAL_CALLBACK_URL = re.compile(rb"http://127\.0\.0\.1:\d+/location")
OMITTED_HEADERS = {"date", "server", "content-length", "connection", "transfer-encoding", "keep-alive"}


class SandboxControl:
    """The control API of the sandbox while recording. Does nothing during replay."""

    def __init__(self, url: str | None) -> None:
        self.url = url

    @property
    def replaying(self) -> bool:
        return self.url is None

    def post(self, path: str, **fields: Any) -> Any:
        """Post the fields as JSON and return the parsed response."""
        if self.url is None:
            return None
        parts = urlsplit(self.url)
        request = urllib.request.Request(
            f"{parts.scheme}://{parts.netloc}/_sandbox{path}",
            json.dumps(fields).encode(),
            {"content-type": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request) as response:
            content = response.read()
        return json.loads(content) if content else None

    def fail(self, **fault: Any) -> None:
        """Add a fault, with the fields of `textrequest_ext.sandbox.Fault`."""
        self.post("/faults", **fault)


class ClientHarness:
    """A blocking or an async client, and functions that run its methods.

    mode: "blocking" or "async".
    """

    def __init__(self, mode: str, base_url: str, key: str) -> None:
        self._runner = asyncio.Runner() if mode == "async" else None
        policy = RetryPolicy(sleep=lambda seconds: None, async_sleep=lambda seconds: asyncio.sleep(0))
        client_class = AsyncTextRequest if mode == "async" else TextRequest
        self.client: Any = client_class(key, base_url=base_url, retries=policy, allow_http=True)

    def run(self, result: Any) -> Any:
        """The result of a method call; a coroutine is run to its end."""
        if not inspect.isawaitable(result) or self._runner is None:
            return result

        async def wait() -> Any:
            return await result

        return self._runner.run(wait())

    def collect(self, pager: Any) -> list[Any]:
        """All items of a pager."""
        return self.run(pager.collect())

    def low_level(self, module: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a module of the generated package."""
        function = module.asyncio_detailed if self._runner else module.sync_detailed
        return self.run(function(*args, client=self.client.low_level, **kwargs))

    def close(self) -> None:
        self.run(self.client.aclose() if self._runner else self.client.close())
        if self._runner:
            self._runner.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents and "harness" in getattr(item, "fixturenames", ()):
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
    return "https://api.textrequest.com/api/v3" if live else sandbox_url or BASE_URL


@pytest.fixture
def vcr_config(base_url: str, live: bool) -> dict[str, Any]:
    scrubber = Scrubber()

    def request(recorded: Any) -> Any:
        if "/_sandbox" in recorded.uri:
            return None
        recorded.uri = recorded.uri.replace(base_url, BASE_URL)
        if live:
            recorded.uri = BASE_URL + scrubber.url(recorded.uri.removeprefix(BASE_URL))
        recorded.headers = {
            name: value
            for name, value in recorded.headers.items()
            if name.lower() in ("x-api-key", "content-type")
        }
        boundary = re.search(r"boundary=(\S+)", recorded.headers.get("content-type", ""))
        if boundary:  # a new random one for every form
            recorded.headers["content-type"] = recorded.headers["content-type"].replace(
                boundary[1], "boundary"
            )
            recorded.body = recorded.body.replace(boundary[1].encode(), b"boundary")
        if recorded.body:
            recorded.body = LOCAL_CALLBACK_URL.sub(CALLBACK_URL.encode(), recorded.body)
        return recorded

    def response(recorded: dict[str, Any]) -> dict[str, Any]:
        headers = {
            name: value for name, value in recorded["headers"].items() if name.lower() not in OMITTED_HEADERS
        }
        body = recorded["body"]["string"]
        body = scrubber.body(body) if live else body
        return {**recorded, "headers": headers, "body": {"string": body}}

    return {
        "match_on": ["method", "scheme", "host", "port", "path", "query", "body", "key", "media_type"],
        "filter_headers": [("x-api-key", "<API_KEY>")],
        "before_record_request": request,
        "before_record_response": response,
        "decode_compressed_response": True,
    }


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Compare the masked header with the API key and the media type of the request."""

    def header_matcher(name: str) -> Any:
        def matches(request: Any, recorded: Any) -> None:
            assert request.headers.get(name) == recorded.headers.get(name), name

        return matches

    vcr.register_matcher("key", header_matcher("x-api-key"))
    vcr.register_matcher("media_type", header_matcher("content-type"))


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    return str(RECORDED / request.path.stem.removeprefix("test_"))


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    # Without the parameter: both clients replay the same cassette.
    return request.node.originalname.removeprefix("test_")


@pytest.fixture
def sandbox(sandbox_url: str | None) -> SandboxControl:
    return SandboxControl(sandbox_url)


@pytest.fixture(params=["blocking", "async"])
def harness(
    request: pytest.FixtureRequest, vcr: Any, sandbox: SandboxControl, base_url: str, live: bool
) -> Iterator[ClientHarness]:
    sandbox.post("/reset")
    harness = ClientHarness(request.param, base_url, os.environ["TEXTREQUEST_API_KEY"] if live else KEY)
    yield harness
    harness.close()
    if sandbox.replaying and not live:
        assert vcr.all_played, f"only {vcr.play_count} of {len(vcr)} recorded interactions were requested"
