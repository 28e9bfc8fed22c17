"""Text reminders from a CSV file with Celery: many workers, and no reminder is sent twice.

    celery --app celery_reminders worker --concurrency 4      on each machine
    python celery_reminders.py publish reminders.csv          as often as you like
    python celery_reminders.py report reminders.csv           what became of each reminder

The file has the columns key, dashboard_id, phone_number and body. The key identifies a reminder: it is the id
of its task, and the name of its record in Redis. Needs pip install "textrequest-ext[redis]" "celery[redis]",
and a Redis at REDIS_URL. docs/many_workers.md explains each setting.
"""

from __future__ import annotations

import csv
import functools
import os
import sys
from collections.abc import Iterator
from typing import Any

import redis
from celery import Celery

from textrequest_ext import (
    BadRequestError,
    InvalidArgumentError,
    Limits,
    MessageRejectedError,
    NotFoundError,
    SendOutcomeUnknownError,
    TextRequest,
    TextRequestError,
)

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
# Seconds. Longer than the longest task, its wait for the limits included.
VISIBILITY_TIMEOUT = int(os.environ.get("VISIBILITY_TIMEOUT", "3600"))
TEXTS_PER_SECOND = float(os.environ.get("TEXTS_PER_SECOND", "1"))
RETRY_DELAY = float(os.environ.get("RETRY_DELAY", "60"))
# Longer than a task can stay in the queue, or be published again.
KEEP_RECORDS = 90 * 24 * 3600

# The service refused the text, and would refuse it again.
REFUSED = (MessageRejectedError, BadRequestError, NotFoundError, InvalidArgumentError)

records = redis.Redis.from_url(REDIS_URL, decode_responses=True)

app = Celery("celery_reminders", broker=REDIS_URL)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT, "unacked_restore_throttle": 1},
)


@functools.cache
def client() -> TextRequest:
    """The client of this process, whose limits all workers share."""
    return TextRequest(limits=Limits(texts_per_second=TEXTS_PER_SECOND, redis_url=REDIS_URL))


def record_name(key: str) -> str:
    """The name of the record of a reminder."""
    return f"reminder:{key}"


@app.task(name="send_reminder", bind=True)  # type: ignore[untyped-decorator]
def send_reminder(task: Any, dashboard_id: int, phone_number: str, body: str) -> None:
    """Send a reminder, unless an earlier delivery of the task has sent it or may have."""
    name = record_name(task.request.id)
    # Atomic: of all deliveries of the task, one continues. The record is there before the text is sent.
    if not records.set(name, "started", nx=True, ex=KEEP_RECORDS):
        return
    try:
        message = client().messages.send_to_contact(dashboard_id, phone_number, body)
    except SendOutcomeUnknownError as error:
        outcome = f"unknown: {type(error).__name__}"
    except REFUSED as error:
        outcome = f"refused: {error}"
    except TextRequestError as error:
        # Nothing was sent, so the next delivery may send it.
        records.delete(name)
        raise task.retry(exc=error, countdown=RETRY_DELAY, max_retries=100) from error
    else:
        outcome = f"sent: {message.message_id}"
    records.set(name, outcome, ex=KEEP_RECORDS)


def read_reminders(path: str) -> Iterator[dict[str, str]]:
    """The rows of the file."""
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def publish(path: str) -> None:
    """Put a task for each reminder into the queue, except for those that have a record."""
    for row in read_reminders(path):
        if not records.exists(record_name(row["key"])):
            arguments = (int(row["dashboard_id"]), row["phone_number"], row["body"])
            send_reminder.apply_async(arguments, task_id=row["key"])


def report(path: str) -> None:
    """Print what became of each reminder. "started" is unknown, unless its task runs right now."""
    for row in read_reminders(path):
        print(row["key"], records.get(record_name(row["key"])) or "waiting", sep="\t")


if __name__ == "__main__":
    {"publish": publish, "report": report}[sys.argv[1]](sys.argv[2])
