"""Remind customers of open payment requests, once each.

    export TEXTREQUEST_API_KEY=...
    python examples/payment_reminder.py 121 --days 3            list who would be reminded
    python examples/payment_reminder.py 121 --days 3 --send     send the reminders

Run it every day. The service allows one reminder for a payment, so no customer is reminded twice, even if the
outcome of a reminder is unknown: the next run sees whether it was sent.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from textrequest_api.models import Payment
from textrequest_ext import BadRequestError, SendOutcomeUnknownError, TextRequest

OPEN = ("Sent", "PastDue")


def due(client: TextRequest, dashboard_id: int, before: datetime) -> list[Payment]:
    """The open payments that were requested before a time and have had no reminder."""
    return [
        payment
        for payment in client.payments.list(dashboard_id).unique("payment_id")
        if payment.textrequest_payment_status in OPEN
        and not payment.reminder_was_sent
        and payment.request_date is not None
        and payment.request_date < before
    ]


def remind(client: TextRequest, dashboard_id: int, payments: list[Payment]) -> list[int]:
    """Send the reminders. Returns the ids of the payments whose reminder was not, or perhaps not, sent."""
    failed = []
    for payment in payments:
        try:
            client.payments.send_reminder(dashboard_id, payment.payment_id)
        except BadRequestError:
            # It was paid, cancelled or reminded since it was listed.
            print(f"payment {payment.payment_id}: no longer open", file=sys.stderr)
        except SendOutcomeUnknownError as error:
            print(f"payment {payment.payment_id}: see the next run: {error}", file=sys.stderr)
            failed.append(payment.payment_id)
    return failed


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Remind customers of open payment requests.")
    parser.add_argument("dashboard_id", type=int)
    parser.add_argument("--days", type=float, default=3, help="days since the request")
    parser.add_argument("--send", action="store_true", help="send the reminders; without it, they are listed")
    options = parser.parse_args(argv)
    with TextRequest() as client:
        before = datetime.now(UTC) - timedelta(days=options.days)
        payments = due(client, options.dashboard_id, before)
        if not options.send:
            for payment in payments:
                print(
                    f"payment {payment.payment_id}: ${payment.amount_requested:.2f}, {payment.reference_number}"
                )
            return
        failed = remind(client, options.dashboard_id, payments)
    print(f"{len(payments) - len(failed)} of {len(payments)} reminders sent")
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
