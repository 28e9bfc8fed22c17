"""Operations that send one text, with what to do if its outcome is unknown."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, ParamSpec, TypeVar, get_args

from textrequest_api.models.message import Message
from textrequest_api.types import Operation
from textrequest_ext._operations.descriptors import adapted, call
from textrequest_ext._raw_response import RawResponse
from textrequest_ext._reconciliation import SETTLE, Reconciliation
from textrequest_ext._sending.ledger import Attempt, Conversation, ledger_of
from textrequest_ext._sending.reconciling import IfUnknown, SendRules, reconcile
from textrequest_ext._sending.texts import SentText
from textrequest_ext.errors import (
    ConfigurationError,
    InvalidArgumentError,
    MessageNotSentError,
    SendOutcomeUnknownError,
    TextRequestError,
    UnexpectedArgumentError,
)

P = ParamSpec("P")
T = TypeVar("T")

MAX_RESENDS = 2


class Send(NamedTuple):
    """One message: its request, between whom it is, and its text."""

    request: dict[str, Any]
    conversation: Conversation
    text: SentText


def checked_settle(settle: Any) -> float:
    """The seconds; raises InvalidArgumentError."""
    if isinstance(settle, bool) or not isinstance(settle, int | float) or not 0 <= settle <= 86_400:
        raise InvalidArgumentError("settle", "must be a number of seconds from 0 to 86400")
    return float(settle)


class sends(call[P, T]):
    """An operation that sends a text: `call`, and the argument if_unknown."""

    def __init__(
        self,
        operation: Operation[..., T],
        arguments: Callable[P, dict[str, Any]],
        conversation: Callable[[str, dict[str, Any]], Conversation],
        recorded: Callable[[Message, Conversation], T],
        check: Callable[[T], T],
    ) -> None:
        """arguments: from those of the method to those of the operation. conversation: from the URL and the
        payload of a request. recorded: from a recorded message to the result of the operation. check:
        raises MessageRejectedError for a message that was rejected.
        """
        super().__init__(adapted(operation, arguments, check))
        self.conversation = conversation
        self.recorded = recorded
        self.check = check
        # The request is built before the call, which then takes it as it is.
        build: Callable[..., dict[str, Any]] = dict
        self.built: Operation[Any, T] = self.operation.replace(build=build)

    def _method_of(self, client: Any) -> Callable[..., Any]:
        return lambda *args, **kwargs: client._run_flow(self._call(client, args, kwargs))

    def _call(self, client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Generator[Any, Any, T]:
        rules = SendRules(kwargs.pop("if_unknown", "raise"), checked_settle(kwargs.pop("settle", SETTLE)))
        if rules.if_unknown not in get_args(IfUnknown):
            raise InvalidArgumentError("if_unknown", 'must be "raise", "reconcile" or "resend"')
        if rules.if_unknown != "raise" and client is not parsed(client):
            raise InvalidArgumentError("if_unknown", "a message that was looked up has no raw response")
        return (yield from self.steps(client, self.prepare(*args, **kwargs), rules))

    def prepare(self, *args: Any, **kwargs: Any) -> Send:
        """Check the arguments and build the request. Raises InvalidArgumentError."""
        request = self.operation.build(*args, **kwargs)
        payload = json.loads(request["content"])
        media = payload.get("mms_media", [])
        if not isinstance(media, list) or not all(isinstance(url, str) for url in media):
            raise UnexpectedArgumentError(
                "mms_media", "must be a list of URLs that upload_media has returned"
            )
        text = SentText(
            payload["body"],
            media=len(media),
            link_appended=bool(payload.get("geolocation_requested")),
        )
        return Send(request, self.conversation(request["url"], payload), text)

    def steps(self, client: Any, send: Send, rules: SendRules) -> Generator[Any, Any, T]:
        """Send the message once; again only after it was proven that it was not sent, and if asked for."""
        client, caller = parsed(client), client
        ledger = ledger_of(client)
        resends = MAX_RESENDS if rules.if_unknown == "resend" else 0
        while True:
            attempt = ledger.begin(send.conversation, send.text, rules.token)
            try:
                result: T = yield caller.call(self.built, **send.request)
            except SendOutcomeUnknownError as error:
                ledger.end(attempt)
                error._look_up = functools.partial(_look_up, client, attempt)
                if rules.if_unknown == "raise":
                    raise
                try:
                    found = yield from reconcile(client, attempt, rules)
                except ConfigurationError as problem:
                    found = Reconciliation("unknown", str(problem))
                if found.outcome == "sent" and found.message is not None:
                    return self.check(self.recorded(found.message, send.conversation))
                if found.outcome == "unknown":
                    error.reconciliation = found
                    raise
                if not resends or rules.stopped():
                    not_sent = MessageNotSentError(found.reason)
                    not_sent.reconciliation = found
                    raise not_sent from error
                resends -= 1
            except TextRequestError:
                ledger.resolve(attempt)  # nothing was sent
                raise
            except BaseException:
                ledger.end(attempt)  # cancelled: the request may have left
                raise
            else:
                if message_id := _message_id(result):
                    ledger.accept(attempt, message_id)
                    ledger.resolve(attempt)
                else:
                    ledger.end(attempt)  # sent, but which of the recorded messages it is is not known
                return result


def parsed(client: Any) -> Any:
    """The client itself, or the one whose raw responses `with_raw_response` returns."""
    return getattr(client, "parsed", client)


def _message_id(result: Any) -> str | None:
    """The id in the result of a send, which may be a raw response."""
    try:
        parsed_result: Any = result.parse() if isinstance(result, RawResponse) else result
    except TextRequestError:
        return None  # raised again when the caller parses it
    return parsed_result.message_id or None


def _look_up(client: Any, attempt: Attempt, settle: float) -> Any:
    return client._run_flow(reconcile(client, attempt, SendRules(settle=checked_settle(settle))))
