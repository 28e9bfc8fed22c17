"""`messages.send_many`."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from typing import Any

from textrequest_ext._sending.awaiting import AsyncSendRun
from textrequest_ext._sending.blocking import SendRun
from textrequest_ext._sending.results import OutgoingMessage
from textrequest_ext._sending.runs import Run
from textrequest_ext._sending.sends import parsed
from textrequest_ext._sending.settings import checked_settings
from textrequest_ext.errors import InvalidArgumentError, UnexpectedArgumentError


def send_many(
    client: Any,
    dashboard_id: int,
    messages: Iterable[OutgoingMessage] | AsyncIterable[OutgoingMessage],
    options: dict[str, Any],
) -> SendRun | AsyncSendRun:
    """The run of either client; raises InvalidArgumentError for arguments that are not valid."""
    if isinstance(dashboard_id, bool) or not isinstance(dashboard_id, int):
        raise UnexpectedArgumentError("dashboard_id", f"must be an int, not {type(dashboard_id).__name__}")
    if not 0 < dashboard_id < 2**63:
        raise InvalidArgumentError("dashboard_id", "must be the id of a dashboard")
    client = parsed(client)  # the results are not raw responses
    run = Run(client, dashboard_id, checked_settings(options))
    if hasattr(client, "aclose"):
        if not isinstance(messages, Iterable | AsyncIterable):
            raise UnexpectedArgumentError(
                "messages", "must be an iterable or async iterable of OutgoingMessage"
            )
        return AsyncSendRun(run, messages)
    if not isinstance(messages, Iterable):
        raise UnexpectedArgumentError("messages", "must be an iterable of OutgoingMessage")
    return SendRun(run, messages)
