"""Operations that send one text, with what to do if its outcome is unknown."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Hashable
from typing import Any, Literal, NamedTuple, ParamSpec, TypeVar, get_args

from textrequest_api.models.message import Message
from textrequest_api.types import Operation
from textrequest_ext._operations.descriptors import call
from textrequest_ext._raw_response import RawResponse
from textrequest_ext._reconciliation import SETTLE, Reconciliation
from textrequest_ext._sending.ledger import Attempt, Conversation, ledger_of
from textrequest_ext._sending.reconciling import Known, Stopped, reconcile
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

IfUnknown = Literal["raise", "reconcile", "resend"]
MAX_RESENDS = 2


class Send(NamedTuple):
    """One message: its request, between whom it is, and its text."""

    request: dict[str, Any]
    conversation: Conversation
    text: SentText


class SendRules(NamedTuple):
    """What to do if the outcome is unknown.

    settle: seconds after an attempt until a message that is not recorded counts as not sent. token:
    identifies the message in the ledger. known: whether a message id belongs to another send. stopped:
    whether to stop polling.
    """

    if_unknown: IfUnknown = "raise"
    settle: float = SETTLE
    token: Hashable = None
    known: Known = lambda message_id: False
    stopped: Stopped = lambda: False


def checked_rules(if_unknown: Any, settle: Any) -> SendRules:
    """The rules; raises InvalidArgumentError, and nothing is sent."""
    if if_unknown not in get_args(IfUnknown):
        raise InvalidArgumentError("if_unknown", 'must be "raise", "reconcile" or "resend"')
    return SendRules(if_unknown, checked_settle(settle))


def checked_settle(settle: Any) -> float:
    """The seconds; raises InvalidArgumentError."""
    if isinstance(settle, bool) or not isinstance(settle, int | float) or not 0 <= settle <= 86_400:
        raise InvalidArgumentError("settle", "must be a number of seconds from 0 to 86400")
    return float(settle)


class sends(call[P, T]):
    """An operation that sends a text: `call`, and the argument if_unknown."""

    def __init__(
        self,
        operation: Operation[P, T],
        conversation: Callable[[str, dict[str, Any]], Conversation],
        recorded: Callable[[Message, Conversation], T],
        check: Callable[[T], T],
    ) -> None:
        """conversation: from the URL and the payload of a request. recorded: from a recorded message to the result of
        the operation. check: raises MessageRejectedError for a message that was rejected.
        """
        super().__init__(operation)
        self.conversation = conversation
        self.recorded = recorded
        self.check = check
        # The request is built before the call, which then takes it as it is.
        build: Callable[..., dict[str, Any]] = _as_built
        self.built: Operation[Any, T] = operation.replace(build=build)

    def _bind(self, instance: Any) -> Any:
        if instance is None:
            return self
        client = instance._client

        def bound(*args: Any, **kwargs: Any) -> Any:
            return client._run_flow(self._call(client, args, kwargs))

        return self._as_method(bound)

    def _call(self, client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Generator[Any, Any, T]:
        rules = checked_rules(kwargs.pop("if_unknown", "raise"), kwargs.pop("settle", SETTLE))
        if rules.if_unknown != "raise" and client is not parsed(client):
            raise InvalidArgumentError("if_unknown", "a message that was looked up has no raw response")
        return (yield from self.steps(client, self.prepare(*args, **kwargs), rules))

    def prepare(self, *args: Any, **kwargs: Any) -> Send:
        """Check the arguments and build the request. Raises InvalidArgumentError."""
        request = self.operation.build(*args, **kwargs)
        payload = json.loads(request["content"])
        media = payload.get("mms_media") or []
        if not isinstance(media, list):
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
                result: T = yield caller.call(self.built, request=dict(send.request))
            except SendOutcomeUnknownError as error:
                ledger.end(attempt)
                _attach(error, client, attempt)
                if rules.if_unknown == "raise":
                    raise
                try:
                    found = yield from reconcile(client, attempt, rules.settle, rules.known, rules.stopped)
                except ConfigurationError as problem:
                    found = Reconciliation("unknown", str(problem))
                if found.outcome == "sent" and found.message is not None:
                    return self.check(self.recorded(found.message, send.conversation))
                if found.outcome == "unknown":
                    error.reconciliation = found
                    raise
                if not resends or rules.stopped():
                    raise _not_sent(found) from error
                resends -= 1
            except TextRequestError:
                ledger.resolve(attempt)  # nothing was sent
                raise
            except BaseException:
                ledger.end(attempt)  # cancelled: the request may have left
                raise
            else:
                message_id = _message_id(result)
                if message_id:
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
    if isinstance(result, RawResponse):
        try:
            result = result.parse()
        except TextRequestError:
            return None  # raised again when the caller parses it
    message_id: str | None = result.message_id
    return message_id


def _not_sent(found: Reconciliation) -> MessageNotSentError:
    error = MessageNotSentError(found.reason)
    error.reconciliation = found
    return error


def _attach(error: SendOutcomeUnknownError, client: Any, attempt: Attempt) -> None:
    def look_up(settle: float) -> Any:
        return client._run_flow(reconcile(client, attempt, checked_settle(settle)))

    error._look_up = look_up


def _as_built(*, request: dict[str, Any]) -> dict[str, Any]:
    """A request that was built already."""
    return request
