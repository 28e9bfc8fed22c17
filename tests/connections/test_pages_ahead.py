"""The next page of a list is requested before the current one is parsed, which blocks the event loop."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from connections.conftest import Runner
from connections.raw_server import Connection, response
from textrequest_ext._operations import lists

PAGES = 5


@pytest.mark.parametrize("concurrency", [1, 2])
def test_the_next_page_has_been_requested_when_one_is_parsed(
    run: Runner, serve: Any, monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    requested = [threading.Event() for _ in range(PAGES)]
    late: list[int] = []

    def send_page(connection: Connection, path: str, number: int) -> None:
        page = int(re.findall(r"page=(\d+)", path)[0])
        requested[page].set()
        items = [{"message_id": f"{page}-{at}"} for at in range(2 if page < PAGES - 1 else 1)]
        meta = {"page": page, "page_size": 2, "total_items": 2 * PAGES - 1}
        connection.send(response({"items": items, "meta": meta}))

    parse = lists.result_of

    def parse_when_requested(operation: Any, response: Any) -> Any:
        page = parse(operation, response)
        following = page.meta.page + 1
        # Nothing else runs in the event loop meanwhile. That there are more pages is known after the first;
        # those requested then may wait for new connections.
        if concurrency < following < PAGES and not requested[following].wait(5):
            late.append(following)
        return page

    monkeypatch.setattr(lists, "result_of", parse_when_requested)

    async def main(client: Any) -> None:
        pager: Any = client.messages.list(121, page_size=2)
        is_async = run.mode != "blocking"
        items = (pager if is_async else await pager).concurrent(concurrency).collect()
        assert len(await items if is_async else items) == 2 * PAGES - 1

    run(serve(send_page), main)
    assert late == []
