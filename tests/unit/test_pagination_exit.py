"""A program, or a coroutine, that ends while pages are in flight ends immediately and silently."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap

import pytest

from unit.pagination_support import ListService, client_of, eventually

SERVER = '''
import asyncio, json, socketserver, sys, threading, time
from textrequest_ext import AsyncTextRequest, TextRequest

class Handler(socketserver.StreamRequestHandler):
    """The first page returns; every other one never does."""

    def handle(self):
        while True:
            line = self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            if not line:
                return
            if b"page=0" not in line:
                requested.release()
                time.sleep(3600)
            meta = {"page": 0, "page_size": 10, "total_items": 500}
            items = [{"message_id": str(n)} for n in range(10)]
            body = json.dumps({"items": items, "meta": meta}).encode()
            head = "HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n"
            self.wfile.write((head % len(body)).encode() + body)

class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

requested = threading.Semaphore(0)
server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
options = {"base_url": "http://127.0.0.1:%d" % server.server_address[1], "timeout": None, "retries": 0}
'''

PROGRAMS = {
    "leaves the loop": """
        client = TextRequest("key", **options)
        for item in client.messages.list(121, page_size=10).concurrent(8):
            break
        requested.acquire()
    """,
    "keeps the iterator": """
        client = TextRequest("key", **options)
        pages = client.messages.list(121, page_size=10).concurrent(8).pages()
        next(pages)
        requested.acquire()
    """,
    "closes the client": """
        with TextRequest("key", **options) as client:
            next(client.messages.list(121, page_size=10).pages())
            requested.acquire()
    """,
    "raises": """
        client = TextRequest("key", **options)
        for item in client.messages.list(121, page_size=10).concurrent(8):
            requested.acquire()
            sys.exit(0)
    """,
    "asyncio": """
        async def main():
            client = AsyncTextRequest("key", **options)
            async for item in client.messages.list(121, page_size=10).concurrent(8):
                while not requested.acquire(blocking=False):
                    await asyncio.sleep(0.001)
                return
        asyncio.run(main())
    """,
    "trio": """
        import trio
        kept = []
        async def main():
            client = AsyncTextRequest("key", **options)
            kept.append(aiter(client.messages.list(121, page_size=10).concurrent(8)))
            await anext(kept[0])
            while not requested.acquire(blocking=False):
                await trio.sleep(0.001)
        trio.run(main)
    """,
    "a loop that is only closed": """
        kept = []
        async def main():
            client = AsyncTextRequest("key", **options)
            kept.append(aiter(client.messages.list(121, page_size=10).concurrent(8)))
            await anext(kept[0])
            while not requested.acquire(blocking=False):
                await asyncio.sleep(0.001)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        loop.close()
    """,
    "a pager used at exit": """
        import atexit
        client = TextRequest("key", **options)
        def read():
            assert client.messages.list(121, page_size=10).first().message_id == "0"
            next(client.messages.list(121, page_size=10).concurrent(8).pages())
        atexit.register(read)
    """,
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_ends_while_pages_are_in_flight(program: str) -> None:
    code = SERVER + textwrap.dedent(PROGRAMS[program]) + "\nprint('ended')\n"
    result = subprocess.run(
        [sys.executable, "-W", "always", "-W", "ignore::ResourceWarning", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == ("" if program == "raises" else "ended\n")


def test_closing_a_coroutine_that_waits_for_a_page() -> None:
    service = ListService(1000)
    service.held = set(range(1, 100))

    async def main() -> None:
        pages = client_of("asyncio", service).messages.list(121, page_size=10).concurrent(4).pages()
        assert (await anext(pages)).number == 0
        await eventually(lambda: service.in_flight == 4)
        step = pages.__anext__()
        step.send(None)  # type: ignore[attr-defined]
        step.close()  # type: ignore[attr-defined]
        await eventually(lambda: asyncio.all_tasks() == {asyncio.current_task()})
        assert service.in_flight == 0
        assert await anext(pages, None) is None

    asyncio.run(main())
