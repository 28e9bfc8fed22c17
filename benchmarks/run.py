"""What the package costs, as ratios measured side by side in one run: `make bench`.

Every figure is ours over a yardstick's, each taken as the best of several interleaved rounds, so that a
machine whose speed drifts bothers both alike. Absolute times are not promises and are not printed.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
import msgspec

from textrequest_api.models import DashboardMessageResponseContainer
from textrequest_ext import AsyncTextRequest, TextRequest

ROWS = [
    {
        "message_id": f"3f0c7a52-9d1e-4b6a-8c27-{n:012d}",
        "body": "Your order is ready. The counter is open until six.",
        "message_direction": "S" if n % 2 else "R",
        "response_by_username": None if n % 3 else "Rafael Lindqvist",
        "message_timestamp_utc": f"2026-07-25T09:{n % 60:02d}:35.227",
        "delivery_status": "delivered" if n % 2 else None,
        "delivery_error": None,
        "mms_media": [],
        "dashboard_phone": "15555550100",
        "customer_phone": "15555550123",
        "segments_count": 1,
        "customer_friendly_name": None,
    }
    for n in range(100)
]
PAGE = json.dumps({"items": ROWS, "meta": {"page": 0, "page_size": 100, "total_items": 100}}).encode()


class Message(msgspec.Struct):
    message_id: str | None = None
    body: str | None = None
    message_direction: str | None = None
    response_by_username: str | None = None
    message_timestamp_utc: datetime | None = None
    delivery_status: str | None = None
    delivery_error: str | None = None
    mms_media: list[str] | None = None
    dashboard_phone: str | None = None
    customer_phone: str | None = None
    segments_count: int | None = None
    customer_friendly_name: str | None = None


class Page(msgspec.Struct):
    items: list[Message]
    meta: dict[str, int]


def best(functions: list[Callable[[], Any]], rounds: int = 15, repeat: int = 20) -> list[float]:
    """The least CPU time of each, the rounds of all interleaved."""
    least = [float("inf")] * len(functions)
    for _ in range(rounds):
        for at, function in enumerate(functions):
            begin = time.process_time()
            for _ in range(repeat):
                function()
            least[at] = min(least[at], time.process_time() - begin)
    return least


def decoding() -> float:
    decoder = msgspec.json.Decoder(Page)
    ours, theirs = best(
        [lambda: DashboardMessageResponseContainer.from_dict(json.loads(PAGE)), lambda: decoder.decode(PAGE)]
    )
    return ours / theirs


SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
content = sys.stdin.buffer.read()
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
    def log_message(self, *arguments):
        pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def serving(content: bytes) -> Iterator[str]:
    """The address of a server, in a process of its own, that answers everything with the content."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write(content)
        server.stdin.close()
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.kill()


def page() -> float:
    """CPU of this process alone, over a real socket on both sides."""
    with (
        serving(PAGE) as address,
        TextRequest("key", base_url=address) as client,
        httpx.Client(base_url=address, headers={"x-api-key": "key"}) as http,
    ):

        def yardstick() -> None:
            response = http.get("/dashboards/121/messages", params={"page": 0})
            response.raise_for_status()
            json.loads(response.content)

        # first() reads one whole page; walking on would ask for the page after a full one.
        ours, raw = best([lambda: client.messages.list(121).first(), yardstick])
        return ours / raw


def importing() -> float:
    def cold(module: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
        return time.perf_counter() - begin

    ours, theirs = [], []
    for _ in range(15):
        ours.append(cold("textrequest_ext"))
        theirs.append(cold("httpx"))
    return min(ours) / min(theirs)


PAGES, LATENCY, AT_ONCE = 500, 0.040, 8


def _paged(request: httpx.Request) -> httpx.Response:
    number = int(request.url.params["page"])
    items = [{"message_id": f"{number}-{n}"} for n in range(10)] if number < PAGES else []
    return httpx.Response(
        200, json={"items": items, "meta": {"page": number, "page_size": 10, "total_items": PAGES * 10}}
    )


def concurrency() -> tuple[float, float, float]:
    """Wall time over the ideal, blocking and awaiting; and peak memory of 500 pages over that of 250."""

    def slow(request: httpx.Request) -> httpx.Response:
        time.sleep(LATENCY)
        return _paged(request)

    async def slow_async(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(LATENCY)
        return _paged(request)

    ideal = PAGES / AT_ONCE * LATENCY
    client = TextRequest("key", transport=httpx.MockTransport(slow))
    begin = time.perf_counter()
    assert sum(1 for _ in client.messages.list(121, page_size=10).concurrent(AT_ONCE)) == PAGES * 10
    blocking = (time.perf_counter() - begin) / ideal

    async def walk() -> float:
        async with AsyncTextRequest("key", transport=httpx.MockTransport(slow_async)) as client:
            begin = time.perf_counter()
            count = 0
            async for _ in client.messages.list(121, page_size=10).concurrent(AT_ONCE):
                count += 1
            assert count == PAGES * 10
            return (time.perf_counter() - begin) / ideal

    awaiting = asyncio.run(walk())
    quick = TextRequest("key", transport=httpx.MockTransport(_paged))

    def peak(limit: int) -> int:
        gc.collect()
        tracemalloc.start()
        for _ in quick.messages.list(121, page_size=10).limit(limit).concurrent(AT_ONCE):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(2500)
    return blocking, awaiting, min(peak(5000) for _ in range(3)) / min(peak(2500) for _ in range(3))


def main() -> None:
    rows = [
        ("import textrequest_ext / import httpx", importing(), 1.25),
        ("CPU of one typed page of 100 messages / httpx and json.loads", page(), 1.25),
        ("decoding 100 messages / msgspec's structs, with the standard json", decoding(), 6.0),
    ]
    blocking, awaiting, memory = concurrency()
    rows += [
        ("500 pages of 40 ms, 8 at once / the ideal, blocking", blocking, 1.15),
        ("500 pages of 40 ms, 8 at once / the ideal, awaiting", awaiting, 1.15),
        ("peak memory of 500 pages / of 250 pages", memory, 1.15),
    ]
    print(f"{'ratio':>6}  {'at most':>7}  what")
    for what, ratio, budget in rows:
        print(f"{ratio:6.2f}  {budget:7.2f}  {what}{'' if ratio <= budget else '   OVER'}")


if __name__ == "__main__":
    main()
