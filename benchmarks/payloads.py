"""Response bodies of the server: a dashboard, and pages of messages as the service sends them."""

from __future__ import annotations

import json
from functools import cache

MAX_PAGE_SIZE = 1000
_NUMBER = b"00000000"
_STATUSES = ("delivered", "delivered", "delivered", "sent", "undelivered")


def message(index: int) -> dict[str, object]:
    """A message of a dashboard; every second one was received."""
    sent = bool(index % 2)
    return {
        "message_id": f"3f0c7a52-00000000-{index:012d}",
        "body": "Your order is ready. The counter is open until six.",
        "message_direction": "S" if sent else "R",
        "response_by_username": None if index % 3 else "Rafael Lindqvist",
        "message_timestamp_utc": f"2026-07-25T09:{index % 60:02d}:35.227",
        "delivery_status": _STATUSES[index % 5] if sent else None,
        "delivery_error": "2001" if sent and index % 5 == 4 else None,
        "mms_media": [],
        "dashboard_phone": "15555550100",
        "customer_phone": "15555550123",
        "segments_count": 1,
        "customer_friendly_name": None,
    }


@cache
def _items(count: int) -> bytes:
    return json.dumps([message(index) for index in range(count)]).encode()


def page_of_messages(page: int, page_size: int, total: int) -> bytes:
    """One page of a list of `total` messages. The id of a message contains the number of its page."""
    size = min(page_size, MAX_PAGE_SIZE)
    items = _items(max(0, min(size, total - page * size))).replace(_NUMBER, b"%08d" % page)
    meta = json.dumps({"page": page, "page_size": size, "total_items": total}).encode()
    return b'{"items": ' + items + b', "meta": ' + meta + b"}"


DASHBOARD = json.dumps({"id": 350, "phone": "15555550100", "name": "Front desk", "timeZoneId": None}).encode()
