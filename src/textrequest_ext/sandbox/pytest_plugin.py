"""Fixtures for everybody's tests: a fresh sandbox, and a client on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from textrequest_ext import TextRequest

    from . import Sandbox


@pytest.fixture
def textrequest_sandbox() -> Iterator[Sandbox]:
    """A sandbox of its own for each test, empty at first, on a free port of this machine.

    Every message is delivered unless set_delivery() says otherwise.
    """
    try:
        from . import Sandbox
    except ImportError as error:
        pytest.fail(str(error), pytrace=False)
    with Sandbox(deliveries="delivered") as sandbox:
        yield sandbox


@pytest.fixture
def textrequest(textrequest_sandbox: Sandbox) -> Iterator[TextRequest]:
    """A client of the sandbox in `textrequest_sandbox`."""
    from textrequest_ext import TextRequest

    with TextRequest(api_key=textrequest_sandbox.api_key, base_url=textrequest_sandbox.url) as client:
        yield client
