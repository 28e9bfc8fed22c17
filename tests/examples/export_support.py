"""A simulated list of messages whose handling of dates can be chosen, and helpers of the export tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet

from textrequest_ext import TextRequest

KEY = "095E5113DE4142C28FB7815CC10BEB56"  # the placeholder of the published document
START = datetime(2026, 3, 1, tzinfo=UTC)
Row = dict[str, Any]


def row(number: int, moment: datetime | None, **fields: Any) -> Row:
    """A message as the service returns it."""
    return {
        "message_id": f"3f0c7a52-9d1e-4b6a-8c27-{number:012d}",
        "body": f"text {number}",
        "message_direction": "R",
        "message_timestamp_utc": None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "customer_phone": "15555550123",
        **fields,
    }


def milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def minutes(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


class Service:
    """Lists messages, in their order. Each option is one way in which a service may handle dates.

    includes_start, includes_end: whether the dates themselves belong to the range. precision: what is
    done with the dates first. requests: how many were received.
    """

    def __init__(
        self,
        rows: Iterable[Row],
        *,
        includes_start: bool = True,
        includes_end: bool = True,
        precision: Callable[[datetime], datetime] = milliseconds,
    ) -> None:
        self.rows = list(rows)
        self.includes_start, self.includes_end = includes_start, includes_end
        self.precision = precision
        self.requests = 0

    def client(self) -> TextRequest:
        return TextRequest(KEY, transport=httpx.MockTransport(self._handle), retries=0)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        query = request.url.params
        # A message without a timestamp is listed with the one before it.
        matching, matches = [], "start_date" not in query
        for message in self.rows:
            text = message["message_timestamp_utc"]
            if text is not None:
                matches = self._matches(datetime.fromisoformat(f"{text}Z"), query)
            if matches:
                matching.append(message)
        page, size = int(query["page"]), min(int(query["page_size"]), 1000)
        if not matching:
            return httpx.Response(204)
        meta = {"page": page, "page_size": size, "total_items": len(matching)}
        content = json.dumps({"items": matching[page * size :][:size], "meta": meta})
        return httpx.Response(200, content=content)

    def _matches(self, moment: datetime, query: httpx.QueryParams) -> bool:
        if start := query.get("start_date"):
            since = self.precision(datetime.fromisoformat(start))
            if moment < since or (moment == since and not self.includes_start):
                return False
        if end := query.get("end_date"):
            until = self.precision(datetime.fromisoformat(end))
            return moment < until or (moment == until and self.includes_end)
        return True


def exported(folder: Path) -> list[Row]:
    """The rows of an export, from the first file to the last."""
    rows: list[Row] = []
    for path in sorted(folder.glob("part-*")):
        if path.suffix == ".jsonl":
            rows += [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        else:
            rows += pyarrow.parquet.read_table(path).to_pylist()
    return rows


def ids(rows: Iterable[Row]) -> list[str]:
    return [message["message_id"] for message in rows]


def history(count: int, step: timedelta = timedelta(seconds=20), group: int = 1) -> list[Row]:
    """Messages with a distance of `step`; each `group` of them has the same timestamp."""
    return [row(number, START + step * (number // group)) for number in range(count)]
