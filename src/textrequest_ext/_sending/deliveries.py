"""Send one message of a run, or look up what became of it in an earlier run. Flows: both clients run them."""

from __future__ import annotations

from collections.abc import Generator, Hashable
from typing import Any

from textrequest_ext._delivery import is_opt_out
from textrequest_ext._sending.plans import Job, RunState, skipped, too_long
from textrequest_ext._sending.reconciling import IfUnknown, SendRules, reconcile
from textrequest_ext._sending.results import Outcome, SendResult
from textrequest_ext._sending.routes import SEND_TO_CONTACT
from textrequest_ext.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    JournalError,
    MessageRejectedError,
    NotFoundError,
    PermissionDeniedError,
    SendOutcomeUnknownError,
    TextRequestError,
)

INTERRUPTED = "the run was stopped while the request was in flight"
NOT_RECONCILED = "an earlier run was stopped while the request was in flight"
# Every other message would fail in the same way, so the run ends.
FATAL = (AuthenticationError, PermissionDeniedError, ConfigurationError)
REFUSED = (MessageRejectedError, BadRequestError, NotFoundError, ConflictError)


def deliver(state: RunState, job: Job) -> Generator[Any, Any, None]:
    """Set the result of a job. Raises only if it is cancelled, and sets the result then too."""
    try:
        job.result = yield from _delivered(state, job)
    except JournalError as error:
        # The row could not be written, so no request was made in this run.
        state.failure = error
        outcome: Outcome = "not_sent" if job.earlier is None else "unknown"
        job.result = job.outcome(outcome, reason=str(error), error=error)
    except Exception as error:
        state.failure = error
        job.result = _finished(state, job, "unknown", reason=type(error).__name__)
    except BaseException:
        job.result = _finished(state, job, "unknown", reason=INTERRUPTED)
        raise


def _delivered(state: RunState, job: Job) -> Generator[Any, Any, SendResult]:
    if job.earlier is not None:
        result = yield from _looked_up(state, job)
        if result is not None:
            return result
        if (problem := too_long(state, job)) is not None:
            return _finished(state, job, "not_sent", error=problem, reason=str(problem))
    # Time has passed since the job was prepared.
    result = skipped(state, job)
    if result is not None:
        return result
    state.journal.start(job.entry)
    try:
        message = yield from SEND_TO_CONTACT.steps(state.client, job.send, _rules(state, job))
    except SendOutcomeUnknownError as error:
        found = error.reconciliation
        return _finished(
            state, job, "unknown", error=error, reason=str(error) if found is None else found.reason
        )
    except TextRequestError as error:
        outcome: Outcome = "rejected" if isinstance(error, REFUSED) else "not_sent"
        response = getattr(error, "response", None)
        if is_opt_out(getattr(response, "delivery_error", None) or getattr(error, "code", None)):
            outcome = "opted_out"
            state.opted_out.add(job.send.conversation.number)
        if isinstance(error, FATAL):
            state.failure = error
        return _finished(state, job, outcome, error=error, reason=str(error))
    return _finished(state, job, "sent", message_id=message.message_id, response=message)


def _looked_up(state: RunState, job: Job) -> Generator[Any, Any, SendResult | None]:
    """The result of a message that an earlier run may have sent, or None if it is to be sent now."""
    attempt = state.unresolved.get(job.entry.key)
    if attempt is None or state.settings.if_unknown == "report":
        return _finished(state, job, "unknown", reason=NOT_RECONCILED)
    found = yield from reconcile(state.client, attempt, _rules(state, job))
    if found.message is not None:
        return _finished(state, job, "sent", message_id=found.message.message_id, response=found.message)
    may_resend = state.settings.if_unknown == "resend" and not job.is_leftover and not state.is_stopping
    if found.outcome == "not_sent" and may_resend:
        return None
    outcome: Outcome = "not_sent" if found.outcome == "not_sent" else "unknown"
    return _finished(state, job, outcome, reason=found.reason)


def _rules(state: RunState, job: Job) -> SendRules:
    if_unknown = state.settings.if_unknown
    send_if_unknown: IfUnknown = "raise" if if_unknown == "report" else if_unknown
    return SendRules(
        send_if_unknown,
        state.settings.settle,
        token=token_of(state, job.entry.key),
        known=state.journal.knows,
        stopped=lambda: state.is_stopping,
    )


def token_of(state: RunState, key: str) -> tuple[Hashable, str]:
    """What identifies a message of a journal in the ledger of the client."""
    return state.journal.identity, key


def _finished(state: RunState, job: Job, outcome: Outcome, **details: Any) -> SendResult:
    """The result, written to the journal. If that fails the run ends; the row is looked up by the next one."""
    try:
        state.journal.finish(job.entry.key, outcome, details.get("message_id"), details.get("reason"))
    except ConfigurationError as error:
        state.failure = error
    return job.outcome(outcome, **details)
