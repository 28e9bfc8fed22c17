"""Phone numbers, a client and a receiver of callbacks for the tests of the sandbox."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from textrequest_ext.sandbox import Sandbox

PERSON = "15555550123"
OTHER_PERSON = "14235550142"


def client_of(sandbox: Sandbox) -> httpx.Client:
    """A plain HTTP client. Paths are below /api/v3. Skips loading certificates, which takes longer than a test."""
    return httpx.Client(base_url=sandbox.url, headers={"x-api-key": sandbox.api_key}, verify=False)


@dataclass
class ReceivedCallback:
    verb: str
    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Receives callbacks at any path, and responds to each with `status`."""

    url: str
    status: int = 200
    callbacks: list[ReceivedCallback] = field(default_factory=list)

    def at(self, path: str) -> list[Any]:
        """The payloads received at a path."""
        return [callback.payload for callback in self.callbacks if callback.path == path]
