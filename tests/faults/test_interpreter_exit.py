"""A program that ends while pages are in flight: it ends, silently, and without waiting for them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from connections.raw_server import Connection, RawServer, response

# Longer than a program takes that ends at all. The calls would wait for an hour.
PATIENCE = 120.0
SETUP = """
import asyncio, sys, threading, time
from textrequest_ext import AsyncTextRequest, TextRequest
options = {"base_url": sys.argv[1], "timeout": 3600.0}
"""
BLOCKING = """
client = TextRequest("key", **options)
pages = client.contacts.list(1, page_size=1).concurrent(8).pages()
print(next(pages).items[0].phone_number, flush=True)
"""
ASYNC = """
async def main():
    async with AsyncTextRequest("key", **options) as client:
        pages = client.contacts.list(1, page_size=1).concurrent(8).pages()
        print((await anext(pages)).items[0].phone_number, flush=True)
"""
PROGRAMS = {
    "blocking": BLOCKING + "time.sleep(0.2)",
    "blocking, while pages are read": BLOCKING
    + "threading.Thread(target=lambda: list(pages), daemon=True).start(); time.sleep(0.2)",
    "asyncio": ASYNC
    + """
        task = asyncio.ensure_future(anext(pages))
        await asyncio.sleep(0.2)
asyncio.run(main())
""",
    "trio": "import trio"
    + ASYNC
    + """
        with trio.move_on_after(0.2):
            await anext(pages)
trio.run(main)
""",
}


@pytest.fixture
def server() -> Iterator[RawServer]:
    ended = threading.Event()

    def respond(connection: Connection, path: str, number: int) -> None:
        page = int(path.partition("page=")[2].partition("&")[0])
        if page:
            ended.wait()
        meta = {"page": page, "page_size": 1, "total_items": 50}
        connection.send(response({"items": [{"phone_number": "15555550123"}], "meta": meta}))

    with RawServer(respond) as server:
        yield server
        ended.set()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_ends_while_pages_are_in_flight(server: RawServer, program: str) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", SETUP + PROGRAMS[program], server.url],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, "15555550123", "")
