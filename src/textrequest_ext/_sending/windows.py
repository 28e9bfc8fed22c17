"""Which recorded messages can be the result of an attempt, by their time.

The record has the service's time, an attempt has this machine's. The Date header of a response connects
the two. All moments here are Unix seconds of the service.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from textrequest_ext._sending.ledger import Attempt

# Clocks of one service may differ by this much: that of the Date header, and that of the record. If they
# differ by more, results are unknown, not wrong.
SLACK = 2.0
# The resolution of a Date header is one second, and servers renew it once a second.
DATE_RESOLUTION = 2.0
# A message recorded this long before the attempt is not its result, if the clocks were compared ...
CHECKED_DOUBT = 300.0
# ... and if they could not be compared.
UNCHECKED_DOUBT = 86_400.0
# Monotonic and wall clock disagree by more if the machine was suspended or its clock was set.
MAX_CLOCK_CHANGE = 2.0


Place = Literal["before", "inside", "doubtful"]
"""Where a recorded message is, compared to an attempt."""


class Reading(NamedTuple):
    """The Date header of a response, and when its request was made and the response received.

    date: Unix seconds, or None without a header. asked, received: monotonic seconds.
    """

    date: float | None
    asked: float
    received: float


class Window(NamedTuple):
    """The times at which the result of an attempt can have been recorded."""

    doubtful: float
    start: float
    end: float

    def place(self, moment: datetime | None) -> Place:
        """Where a recorded message is; without a time, and after the window, it is doubtful."""
        if moment is None:
            return "doubtful"
        at = moment.timestamp()
        if at < self.doubtful:
            return "before"
        return "inside" if self.start <= at <= self.end else "doubtful"


def window_of(attempt: Attempt, reading: Reading, now: float, wall_now: float, settle: float) -> Window:
    """The window of an attempt that is over.

    now, wall_now: the current monotonic and Unix seconds of this machine. settle: how many seconds
    after the attempt the service may still record the message.
    """
    wall_elapsed = wall_now - attempt.started_wall
    elapsed = wall_elapsed if attempt.started is None else now - attempt.started
    since_end = now - (now if attempt.ended is None else attempt.ended)
    checked = (
        reading.date is not None
        and attempt.started is not None
        and abs(wall_elapsed - elapsed) <= MAX_CLOCK_CHANGE
    )
    # The current time of the service is between these two.
    if reading.date is None:
        earliest = latest = wall_now
    else:
        earliest = reading.date + (now - reading.received)
        latest = reading.date + DATE_RESOLUTION + (now - reading.asked)
    start = earliest - max(elapsed, wall_elapsed) - SLACK
    doubt = CHECKED_DOUBT if checked else UNCHECKED_DOUBT
    return Window(start - doubt, start, latest - since_end + settle + SLACK)


def seconds_of(date: str | None) -> float | None:
    """The Unix seconds of a Date header, or None if it is missing or not readable."""
    from email.utils import parsedate_to_datetime

    try:
        return None if date is None else parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None
