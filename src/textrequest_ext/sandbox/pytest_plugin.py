"""Fixtures for pytest: a new sandbox for each test, and a client connected to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from textrequest_ext import TextRequest

    from . import Sandbox


@pytest.fixture
def textrequest_sandbox() -> Iterator[Sandbox]:
    """A new, empty sandbox for each test, on a free local port.

    Every message is delivered unless set_delivery() is called.
    """
    try:
        from . import Sandbox
    except ImportError as error:
        pytest.fail(str(error), pytrace=False)
    with Sandbox(deliveries="delivered") as sandbox:
        yield sandbox


@pytest.fixture
def textrequest(textrequest_sandbox: Sandbox) -> Iterator[TextRequest]:
    """A client for the sandbox of `textrequest_sandbox`."""
    from textrequest_ext import TextRequest

    with TextRequest(api_key=textrequest_sandbox.api_key, base_url=textrequest_sandbox.url) as client:
        yield client
