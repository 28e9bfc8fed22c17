"""Send one message of a run, or look up what became of it in an earlier run. Flows: both clients run them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from textrequest_ext._delivery import is_opt_out
from textrequest_ext._sending.plans import Job, RunState, held_back
from textrequest_ext._sending.reconciling import SendRules, reconcile
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


def deliver(run: RunState, job: Job) -> Generator[Any, Any, None]:
    """Set the result of a job. Raises only if it is cancelled, and sets the result then too."""
    try:
        job.result = yield from _delivered(run, job)
    except JournalError as error:
        # The row could not be written, so no request was made in this run.
        run.failure = error
        job.result = job.outcome("not_sent" if job.earlier is None else "unknown", error=error)
    except Exception as error:
        run.failure = error
        job.result = _finished(run, job, "unknown", reason=type(error).__name__)
    except BaseException:
        job.result = _finished(run, job, "unknown", reason=INTERRUPTED)
        raise


def _delivered(run: RunState, job: Job) -> Generator[Any, Any, SendResult]:
    if_unknown = run.settings.if_unknown
    rules = SendRules(
        "raise" if if_unknown == "report" else if_unknown,
        run.settings.settle,
        token=run.token(job.entry.key),
        known=run.journal.knows,
        stopped=lambda: run.is_stopping,
    )
    if job.earlier is not None:
        if if_unknown == "report":
            return _finished(run, job, "unknown", reason=NOT_RECONCILED)
        found = yield from reconcile(run.client, job.earlier, rules)
        if found.message is not None:
            try:
                SEND_TO_CONTACT.check(found.message)
            except MessageRejectedError as error:
                return _failed(run, job, error)
            return _finished(run, job, "sent", message_id=found.message.message_id, response=found.message)
        may_resend = if_unknown == "resend" and not job.is_leftover and not run.is_stopping
        if found.outcome == "unknown" or not may_resend:
            return _finished(run, job, found.outcome, reason=found.reason)
    # Time has passed since the job was prepared.
    if (result := held_back(run, job)) is not None:
        return result
    run.journal.start(job.entry)
    try:
        message = yield from SEND_TO_CONTACT.steps(run.client, job.send, rules)
    except TextRequestError as error:
        return _failed(run, job, error)
    return _finished(run, job, "sent", message_id=message.message_id, response=message)


def _failed(run: RunState, job: Job, error: TextRequestError) -> SendResult:
    """The result of a message that the service did not accept, or may not have accepted."""
    if isinstance(error, SendOutcomeUnknownError):
        found = error.reconciliation
        return _finished(run, job, "unknown", error=error, reason=None if found is None else found.reason)
    outcome: Outcome = "rejected" if isinstance(error, REFUSED) else "not_sent"
    response = getattr(error, "response", None)
    if is_opt_out(getattr(response, "delivery_error", None) or getattr(error, "code", None)):
        outcome = "opted_out"
        run.opted_out.add(job.send.conversation.number)
    if isinstance(error, FATAL):
        run.failure = error
    return _finished(run, job, outcome, error=error)


def _finished(run: RunState, job: Job, outcome: Outcome, **details: Any) -> SendResult:
    """The result, written to the journal. If that fails the run ends; the row is looked up by the next one."""
    result = job.outcome(outcome, **details)
    try:
        run.journal.finish(job.entry.key, outcome, result.message_id, result.reason)
    except ConfigurationError as error:
        run.failure = error
    return result
