"""Benchmarks of the package, as ratios to a baseline measured in the same run: `make bench`.

Each ratio is our time divided by the baseline's, each the minimum of several interleaved rounds, so that a
change of the machine's speed affects both. Absolute times depend on the machine and are not printed.
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


def minimum_cpu_times(functions: list[Callable[[], Any]], rounds: int = 15, calls: int = 20) -> list[float]:
    """The minimum CPU time of each function over interleaved rounds of this many calls."""
    minimum = [float("inf")] * len(functions)
    for _ in range(rounds):
        for index, function in enumerate(functions):
            start = time.process_time()
            for _ in range(calls):
                function()
            minimum[index] = min(minimum[index], time.process_time() - start)
    return minimum


def decoding() -> float:
    decoder = msgspec.json.Decoder(Page)
    ours, baseline = minimum_cpu_times(
        [lambda: DashboardMessageResponseContainer.from_dict(json.loads(PAGE)), lambda: decoder.decode(PAGE)]
    )
    return ours / baseline


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
def http_server(content: bytes) -> Iterator[str]:
    """The URL of a server in a separate process that returns the content for every request."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write(content)
        server.stdin.close()
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.kill()


def one_page() -> float:
    """CPU time of this process for one request over a real socket."""
    with (
        http_server(PAGE) as url,
        TextRequest("key", base_url=url) as client,
        httpx.Client(base_url=url, headers={"x-api-key": "key"}) as http,
    ):

        def baseline() -> None:
            response = http.get("/dashboards/121/messages", params={"page": 0})
            response.raise_for_status()
            json.loads(response.content)

        # first() requests exactly one page; iterating over all would request the page after this full one.
        ours, theirs = minimum_cpu_times([lambda: client.messages.list(121).first(), baseline])
        return ours / theirs


def importing() -> float:
    def import_time(module: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
        return time.perf_counter() - start

    ours, baseline = [], []
    for _ in range(15):
        ours.append(import_time("textrequest_ext"))
        baseline.append(import_time("httpx"))
    return min(ours) / min(baseline)


PAGES, LATENCY, CONCURRENCY = 500, 0.040, 8


def _page_response(request: httpx.Request) -> httpx.Response:
    number = int(request.url.params["page"])
    items = [{"message_id": f"{number}-{n}"} for n in range(10)] if number < PAGES else []
    return httpx.Response(
        200, json={"items": items, "meta": {"page": number, "page_size": 10, "total_items": PAGES * 10}}
    )


def concurrency() -> tuple[float, float, float]:
    """Wall time divided by the ideal, blocking and async; peak memory of 500 pages divided by that of 250."""

    def slow(request: httpx.Request) -> httpx.Response:
        time.sleep(LATENCY)
        return _page_response(request)

    async def slow_async(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(LATENCY)
        return _page_response(request)

    ideal = PAGES / CONCURRENCY * LATENCY
    client = TextRequest("key", transport=httpx.MockTransport(slow))
    start = time.perf_counter()
    assert sum(1 for _ in client.messages.list(121, page_size=10).concurrent(CONCURRENCY)) == PAGES * 10
    blocking = (time.perf_counter() - start) / ideal

    async def iterate() -> float:
        async with AsyncTextRequest("key", transport=httpx.MockTransport(slow_async)) as client:
            start = time.perf_counter()
            count = 0
            async for _ in client.messages.list(121, page_size=10).concurrent(CONCURRENCY):
                count += 1
            assert count == PAGES * 10
            return (time.perf_counter() - start) / ideal

    asynchronous = asyncio.run(iterate())
    client = TextRequest("key", transport=httpx.MockTransport(_page_response))

    def peak(limit: int) -> int:
        gc.collect()
        tracemalloc.start()
        for _ in client.messages.list(121, page_size=10).limit(limit).concurrent(CONCURRENCY):
            pass
        maximum = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return maximum

    peak(2500)  # warm up
    return blocking, asynchronous, min(peak(5000) for _ in range(3)) / min(peak(2500) for _ in range(3))


def main() -> None:
    rows = [
        ("import textrequest_ext / import httpx", importing(), 1.25),
        ("CPU time of one page of 100 messages / httpx and json.loads", one_page(), 1.25),
        ("decoding 100 messages / msgspec structs", decoding(), 6.0),
    ]
    blocking, asynchronous, memory = concurrency()
    rows += [
        ("500 pages of 40 ms, 8 concurrent / ideal, blocking", blocking, 1.15),
        ("500 pages of 40 ms, 8 concurrent / ideal, async", asynchronous, 1.15),
        ("peak memory of 500 pages / of 250 pages", memory, 1.15),
    ]
    print(f"{'ratio':>6}  {'maximum':>7}  benchmark")
    for name, ratio, maximum in rows:
        print(f"{ratio:6.2f}  {maximum:7.2f}  {name}{'' if ratio <= maximum else '   EXCEEDED'}")


if __name__ == "__main__":
    main()
