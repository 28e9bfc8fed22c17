"""The next page of a list is requested before the current one is parsed, which blocks the event loop."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from connections.conftest import KEY, Runner
from connections.raw_server import Connection, response
from textrequest_ext import TextRequest
from textrequest_ext._connections.network import LimitedStream
from textrequest_ext._operations import lists
from textrequest_ext._pagination import threads

PAGES = 5


def send_page(connection: Connection, path: str, number: int) -> None:
    """A page with two items, the last one with one."""
    page = int(re.findall(r"page=(\d+)", path)[0])
    items = [{"message_id": f"{page}-{at}"} for at in range(2 if page < PAGES - 1 else 1)]
    meta = {"page": page, "page_size": 2, "total_items": 2 * PAGES - 1}
    connection.send(response({"items": items, "meta": meta}))


def before_parsing(monkeypatch: pytest.MonkeyPatch, check: Callable[[int], None]) -> None:
    """Call the function with the number of each page before it is parsed."""
    parse = lists.result_of

    def checked(operation: Any, response: Any) -> Any:
        page = parse(operation, response)
        check(page.meta.page)
        return page

    monkeypatch.setattr(lists, "result_of", checked)


@pytest.mark.parametrize("concurrency", [1, 2])
def test_the_next_page_has_been_requested_when_one_is_parsed(
    run: Runner, serve: Any, monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    requested = [threading.Event() for _ in range(PAGES)]
    late: list[int] = []

    def respond(connection: Connection, path: str, number: int) -> None:
        requested[int(re.findall(r"page=(\d+)", path)[0])].set()
        send_page(connection, path, number)

    def check(page: int) -> None:
        # Nothing else runs in the event loop meanwhile. That there are more pages is known after the first;
        # those requested then may wait for new connections.
        if concurrency < page + 1 < PAGES and not requested[page + 1].wait(5):
            late.append(page + 1)

    before_parsing(monkeypatch, check)

    async def main(client: Any) -> None:
        pager: Any = client.messages.list(121, page_size=2)
        is_async = run.mode != "blocking"
        items = (pager if is_async else await pager).concurrent(concurrency).collect()
        assert len(await items if is_async else items) == 2 * PAGES - 1

    run(serve(respond), main)
    assert late == []


def test_a_thread_has_sent_its_request_when_the_page_before_is_parsed(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    counts: list[int] = []
    write = LimitedStream.write

    def write_slowly(stream: LimitedStream, data: bytes, timeout: float | None = None) -> None:
        if data:
            time.sleep(0.01)
            written.append(data)
        write(stream, data, timeout)

    monkeypatch.setattr(LimitedStream, "write", write_slowly)
    monkeypatch.setattr(threads, "MAX_SECONDS_TO_LEAVE", 10)
    before_parsing(monkeypatch, lambda page: counts.append(len(written)))
    with TextRequest(KEY, base_url=serve(send_page).url) as client:
        assert len(client.messages.list(121, page_size=2).collect()) == 2 * PAGES - 1
    assert counts == [1, 3, 4, 5, 5]
