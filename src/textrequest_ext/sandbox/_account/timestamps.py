"""Timestamps in the formats that the service writes and reads."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def format_naive(timestamp: datetime | None) -> str | None:
    """UTC with milliseconds and without a zone: the format of every read operation (live)."""
    if timestamp is None:
        return None
    return timestamp.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def format_zoned(timestamp: datetime) -> str:
    """UTC with seven fraction digits and Z: the format in the response to a send (vendor)."""
    return timestamp.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "0Z"


def parse_utc(text: str) -> datetime:
    """Parses an ISO 8601 timestamp; one without a zone is UTC. Raises ValueError for anything else.

    A date without a time is midnight. Whether the service accepts one is open.
    """
    timestamp = datetime.fromisoformat(text)
    return timestamp.replace(tzinfo=UTC) if timestamp.tzinfo is None else timestamp.astimezone(UTC)


def parse_local(text: str, zone: tzinfo) -> datetime:
    """Parses a timestamp as local time and ignores the zone in the text (vendor). Raises ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
