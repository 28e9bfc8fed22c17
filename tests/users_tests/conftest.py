"""What the tests of an integrator share: clients without delays, and responses of the service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from textrequest_ext import AsyncTextRequest, RetryPolicy, TextRequest

NUMBER = "15555550123"
CONTACTS = "https://api.textrequest.com/api/v3/dashboards/121/contacts"
CONTACT_URL = f"{CONTACTS}/{NUMBER}"
MESSAGES_URL = f"{CONTACT_URL}/messages"
CONTACT = {"phone_number": NUMBER, "first_name": "Odette"}
MESSAGE = {"message_id": "m-1", "body": "See you tomorrow, Odette!", "delivery_status": "queued"}
RETRIES = RetryPolicy(retries=2, first_delay=0)


def page_of(*contacts: dict[str, Any], number: int = 0, total: int | None = None) -> dict[str, Any]:
    """One page of a list."""
    meta = {"page": number, "page_size": 1000, "total_items": len(contacts) if total is None else total}
    return {"items": list(contacts), "meta": meta}


@pytest.fixture
def client() -> Iterator[TextRequest]:
    with TextRequest("a-key", retries=RETRIES) as client:
        yield client


@pytest.fixture
async def client_async(anyio_backend: Any) -> AsyncIterator[AsyncTextRequest]:
    async with AsyncTextRequest("a-key", retries=RETRIES) as client:
        yield client
