"""Which limits apply to a request."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import httpx

from textrequest_ext._limits.options import Limits

_DASHBOARD = re.compile(r"/dashboards/0*(\d+)/")
_NOT_A_DIGIT = re.compile(r"\D")


class Scope(NamedTuple):
    """What one rate counts. name: unique within an account. rate: per second."""

    name: str
    rate: float


def scopes_of(request: httpx.Request, limits: Limits) -> list[Scope]:
    """The scopes of a request, in the order in which it waits for them.

    Texts come first: a text that waits for its sender must not hold back the other requests.
    """
    scopes = []
    operation = request.extensions.get("textrequest_api")
    if limits.texts_per_second is not None and getattr(operation, "sends_text", False):
        scopes.append(Scope(f"texts of {_sender(request)}", limits.texts_per_second))
    if limits.requests_per_second is not None:
        scopes.append(Scope("requests", limits.requests_per_second))
    return scopes


def _sender(request: httpx.Request) -> str:
    """The dashboard in the path, or the phone number that the request sends from."""
    dashboard = _DASHBOARD.search(request.url.path)
    if dashboard is not None:
        return f"dashboard {dashboard[1]}"
    try:
        number = json.loads(request.content)["from"]
    except (ValueError, RecursionError, TypeError, LookupError, httpx.StreamError):
        return "an unknown sender"
    # Low-level callers may write it in several forms.
    return f"number {_NOT_A_DIGIT.sub('', str(number))[-10:]}"
