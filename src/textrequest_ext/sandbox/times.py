"""Moments as the service writes and reads them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def naive(moment: datetime | None) -> str | None:
    """UTC without a zone and with milliseconds, as every read shows it (live)."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def zoned(moment: datetime) -> str:
    """UTC with seven fraction digits and Z, as the answer to a send shows it (vendor)."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "0Z"


def read_utc(text: str) -> datetime:
    """An ISO 8601 moment; without a zone it is UTC. Raises ValueError for anything else.

    A date alone is read as its midnight: whether the service takes one is open.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read_local(text: str, zone: tzinfo) -> datetime:
    """A moment read as local time, whatever zone the text names (vendor). Raises ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
