"""Look up a message whose send had an unknown outcome. A flow: both clients run it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterable
from contextlib import suppress
from typing import Any, Literal, NamedTuple

from textrequest_api.api.dashboards import dashboards_list
from textrequest_api.api.messages import messages_list_with_contact
from textrequest_api.models.message import Message
from textrequest_ext._reconciliation import SETTLE, Reconciliation
from textrequest_ext._sending.ledger import Attempt, Conversation, Ledger, ledger_of, to_phone_number
from textrequest_ext._sending.windows import Reading, Window, seconds_of, window_of
from textrequest_ext.errors import ConfigurationError, PhoneNumberError, TextRequestError

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0
MAX_ROWS = 10_000
PAGE_SIZE = 1000

NO_DASHBOARD = "the account has no dashboard with the phone number the message was sent from"
TOO_MANY_ROWS = f"the conversation has more than {MAX_ROWS} messages"
SENT = "the message is recorded in the conversation"
NOT_SENT = "the message is not recorded in the conversation, {:g} seconds after the attempt"
DOUBTFUL = (
    "a message with the same or a similar text is recorded, and it is not certain whether it is this one"
)
SEVERAL = "the conversation has other messages with the same text that this client cannot account for"
IN_FLIGHT = "the same text was sent to the same number several times, and not all of them are recorded"
FORGOTTEN = "this client has sent too many messages to account for the recorded one"
LAGGING = "the record lags: it does not contain a message that the service accepted"
STOPPED = "the look-up was stopped"

IfUnknown = Literal["raise", "reconcile", "resend"]


class SendRules(NamedTuple):
    """What to do if the outcome is unknown.

    settle: seconds after an attempt until a message that is not recorded counts as not sent. token:
    identifies the message in the ledger. known: whether a message id belongs to another send, from a
    source other than the ledger. stopped: whether to stop polling.
    """

    if_unknown: IfUnknown = "raise"
    settle: float = SETTLE
    token: Hashable = None
    known: Callable[[str], bool] = lambda message_id: False
    stopped: Callable[[], bool] = lambda: False


Evaluation = tuple[Reconciliation, bool]
"""What the record shows, and whether that is final. If not, it may change until the record has settled."""


def reconcile(
    client: Any,
    attempt: Attempt,
    rules: SendRules,
) -> Generator[Any, Any, Reconciliation]:
    """Poll the conversation until the message is found, or until the record has settled.

    Requests that fail are made again until then. Raises ConfigurationError for a client that is closed.
    """
    ledger = ledger_of(client)
    pause = FIRST_PAUSE
    while attempt.result is None:
        asked = ledger.clock()
        ended = asked if attempt.ended is None else attempt.ended
        is_settled = asked - ended >= rules.settle
        try:
            result, is_final = yield from _look(client, ledger, attempt, rules)
            if is_settled and result.outcome == "not_sent":
                result = yield from _unless_it_lags(client, ledger, attempt, asked - rules.settle, result)
        except ConfigurationError:
            raise
        except TextRequestError as error:
            result, is_final = _unknown(f"the conversation could not be read ({type(error).__name__})")
        if is_final or is_settled:
            if result.outcome == "unknown":
                return result
            attempt.result = result
            ledger.resolve(attempt)
        elif rules.stopped():
            return Reconciliation("unknown", STOPPED)
        else:
            yield client._sleep(max(min(pause, ended + rules.settle - ledger.clock()), 0.01))
            pause = min(pause * 2, LONGEST_PAUSE)
    return attempt.result


def _look(client: Any, ledger: Ledger, attempt: Attempt, rules: SendRules) -> Generator[Any, Any, Evaluation]:
    dashboard = yield from _dashboard_id(client, ledger, attempt.conversation)
    if dashboard is None:
        return _unknown(NO_DASHBOARD, is_final=True)
    rows, reading = yield from _rows(client, ledger, dashboard, attempt.conversation.number)
    if len(rows) >= MAX_ROWS:
        return _unknown(TOO_MANY_ROWS, is_final=True)
    window = window_of(attempt, reading, ledger.clock(), ledger.wall_clock(), rules.settle)
    # A message that arrives between two pages moves others to the next page, where they are listed again.
    unique = {row.message_id or f"row {at}": row for at, row in enumerate(rows)}
    return evaluate(ledger, attempt, unique.values(), window, rules)


def evaluate(
    ledger: Ledger, attempt: Attempt, rows: Iterable[Message], window: Window, rules: SendRules
) -> Evaluation:
    """What the messages of a conversation show about an attempt.

    Sent: as many messages with this text are recorded as sends of this client are unresolved. Not sent:
    none is recorded, and none that could be this one in another form.
    """
    unresolved = ledger.unresolved_with(attempt.conversation.number)
    same = [one for one in unresolved if one is attempt or one.text.equals(attempt.text)]
    others = [one for one in unresolved if not one.text.equals(attempt.text)]
    if attempt not in same:
        same.append(attempt)
    candidates: list[Message] = []
    same_in_doubt = similar_in_doubt = False
    for row in rows:
        message_id = row.message_id or ""
        place = window.place(row.message_timestamp_utc)
        if row.message_direction == "R" or place == "before":
            continue
        if message_id and (ledger.is_of_another(attempt, message_id) or rules.known(message_id)):
            continue
        match = attempt.text.compare(row.body, row.mms_media)
        if match == "same" and place == "inside" and row.message_id:
            candidates.append(row)
        elif match == "same":
            same_in_doubt = True
        elif match == "similar":
            is_of_another = any(one.text.compare(row.body, row.mms_media) == "same" for one in others)
            similar_in_doubt = similar_in_doubt or not is_of_another
    if not candidates and not same_in_doubt and not similar_in_doubt:
        return Reconciliation("not_sent", NOT_SENT.format(rules.settle)), False
    if same_in_doubt or not candidates:
        return _unknown(DOUBTFUL)
    if len(candidates) > len(same):
        return _unknown(SEVERAL, is_final=True)
    # With a send in flight, its own result may still tell which of the messages is which.
    if len(candidates) < len(same) or (len(same) > 1 and any(one.ended is None for one in same)):
        return _unknown(IN_FLIGHT)
    if attempt.started is None or ledger.forgotten < attempt.started:
        return _claimed(ledger, attempt, candidates, same.index(attempt))
    return _unknown(FORGOTTEN, is_final=True)


def _claimed(ledger: Ledger, attempt: Attempt, rows: list[Message], first: int) -> Evaluation:
    """Account for the row of this attempt; each of several equal attempts takes another one."""
    rows = sorted(rows, key=lambda row: (row.message_timestamp_utc is None, row.message_timestamp_utc))
    for row in rows[first:] + rows[:first]:
        if ledger.accept(attempt, row.message_id or ""):
            return Reconciliation("sent", SENT, row), True
    return _unknown(IN_FLIGHT)


def _unless_it_lags(
    client: Any, ledger: Ledger, attempt: Attempt, before: float, result: Reconciliation
) -> Generator[Any, Any, Reconciliation]:
    """The same result, unless a message that was accepted before that moment is not recorded either."""
    accepted = ledger.last_accepted(attempt.conversation, before)
    if accepted is not None:
        # The dashboard is that of the attempt, which was found.
        dashboard = yield from _dashboard_id(client, ledger, accepted.conversation)
        rows, _ = yield from _rows(client, ledger, dashboard, accepted.conversation.number)
        if all(row.message_id != accepted.message_id for row in rows):
            return Reconciliation("unknown", LAGGING)
    return result


def _rows(
    client: Any, ledger: Ledger, dashboard: int | None, number: str
) -> Generator[Any, Any, tuple[list[Message], Reading]]:
    """All messages of a conversation, and the time of the service."""
    operation = messages_list_with_contact.operation
    dates: list[str | None] = []

    def parse(response: Any) -> Any:
        dates.append(response.headers.get("date"))
        return operation.parse(response)

    asked = ledger.clock()
    pager = client.paginate(operation.replace(parse=parse), dashboard, number, page_size=PAGE_SIZE)
    found: list[Message] = yield pager.limit(MAX_ROWS).collect()
    reading = Reading(seconds_of(dates[-1] if dates else None), asked, ledger.clock())
    return found, reading


def _dashboard_id(client: Any, ledger: Ledger, conversation: Conversation) -> Generator[Any, Any, int | None]:
    """The id of the dashboard; a phone number is looked up once per client."""
    if isinstance(conversation.dashboard, int):
        return conversation.dashboard
    if conversation.dashboard not in ledger.dashboards:
        for dashboard in (yield client.paginate(dashboards_list.operation).collect()):
            with suppress(PhoneNumberError):  # no text is sent from such a number
                ledger.dashboards[to_phone_number(dashboard.phone, "phone")] = dashboard.id
    return ledger.dashboards.get(conversation.dashboard)


def _unknown(reason: str, *, is_final: bool = False) -> Evaluation:
    return Reconciliation("unknown", reason), is_final
