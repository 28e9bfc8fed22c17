"""Numbers, a client, and what was received, for the tests of the sandbox."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from textrequest_ext.sandbox import Sandbox

PERSON = "15555550123"
OTHER_PERSON = "14235550142"


def client_of(sandbox: Sandbox) -> httpx.Client:
    """A plain HTTP client; paths are below /api/v3. Certificates are not loaded: that takes longer than a test."""
    return httpx.Client(base_url=sandbox.url, headers={"x-api-key": sandbox.api_key}, verify=False)


@dataclass
class Delivery:
    verb: str
    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Receives callbacks at any path, and answers each with `status`."""

    url: str
    status: int = 200
    deliveries: list[Delivery] = field(default_factory=list)

    def at(self, path: str) -> list[Any]:
        """The payloads that came to a path."""
        return [delivery.payload for delivery in self.deliveries if delivery.path == path]
