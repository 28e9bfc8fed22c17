"""The libraries that can list messages, for workers: how each gets a page, and how it decodes one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from benchmarks.measuring import cpu_time
from benchmarks.payloads import page_of_messages

# Gets a page of a list, from the number of its rows, the number of the page and its size.
GetPage = Callable[[int, int, int], Sequence[Any]]
PAGE = page_of_messages(0, 100, 100)
PAGE_SIZE = 1_000


def _pydantic_page() -> Any:
    from datetime import datetime

    from pydantic import create_model

    text, number = (str | None, None), (int | None, None)
    message = create_model(
        "Message", message_id=text, body=text, message_direction=text, response_by_username=text,
        message_timestamp_utc=(datetime | None, None), delivery_status=text, delivery_error=text,
        mms_media=(list[str] | None, None), dashboard_phone=text, customer_phone=text,
        segments_count=number, customer_friendly_name=text,
    )  # fmt: skip
    return create_model("Page", items=(list[message], ...), meta=(dict[str, int], ...))  # type: ignore[valid-type]


def decoder(library: str) -> Callable[[bytes], Any]:
    """A function from the body of a response to models."""
    if library == "json.loads":
        return json.loads
    if library == "orjson":
        import orjson

        return orjson.loads
    if library == "msgspec":
        from benchmarks.decoding import struct_decoder

        return struct_decoder()
    if library == "pydantic":
        return _pydantic_page().model_validate_json  # type: ignore[no-any-return]
    if library == "openapi-python-client":
        from stock_api.models import DashboardMessageResponseContainer

        return lambda content: DashboardMessageResponseContainer.from_dict(json.loads(content))
    if library == "openapi-generator":
        from openapi_generator_api import DashboardMessageResponseContainer as Container

        return lambda content: Container.from_json(content.decode())
    import httpx

    from textrequest_api.api.messages import messages_list

    return lambda content: messages_list.operation.parse(httpx.Response(200, content=content))


@contextmanager
def page_getter(library: str, url: str) -> Iterator[GetPage]:
    """A function that gets a page of messages, as models."""
    if library == "textrequest-ext":
        from textrequest_api.api.messages import messages_list
        from textrequest_ext import TextRequest

        with TextRequest("key", base_url=url) as client:
            yield (
                lambda rows, page, size: (
                    client.call(messages_list.operation, rows, page=page, page_size=size).items
                )
            )
    elif library == "openapi-python-client":
        from stock_api.api.messages import messages_list as stock
        from stock_api.client import AuthenticatedClient

        with AuthenticatedClient(url, "key", prefix="", auth_header_name="x-api-key") as client:
            yield lambda rows, page, size: stock.sync(rows, client=client, page=page, page_size=size).items
    elif library == "openapi-generator":
        import openapi_generator_api as generated

        with generated.ApiClient(generated.Configuration(host=url)) as client:
            messages = generated.MessagesApi(client)
            yield lambda rows, page, size: messages.messages_list(rows, page=page, page_size=size).items
    else:
        import httpx

        decode = decoder(library.removeprefix("httpx and "))
        with httpx.Client(base_url=url, headers={"x-api-key": "key"}) as http:

            def get(rows: int, page: int, size: int) -> Sequence[Any]:
                parameters = {"page": page, "page_size": size}
                content = decode(http.get(f"/dashboards/{rows}/messages", params=parameters).content)
                return content["items"] if isinstance(content, dict) else content.items  # type: ignore[no-any-return]

            yield get


@contextmanager
def decoding(library: str) -> Iterator[Callable[[], float]]:
    """The CPU time of decoding a page of 100 messages."""
    decode = decoder(library)
    decode(PAGE)
    yield lambda: cpu_time(lambda: decode(PAGE), 50)


@contextmanager
def one_page(library: str, url: str) -> Iterator[Callable[[], float]]:
    """The CPU time of a call that returns a page of 100 messages."""
    with page_getter(library, url) as get:
        assert len(get(100, 0, 100)) == 100
        yield lambda: cpu_time(lambda: get(100, 0, 100), 20)


@contextmanager
def all_rows(library: str, url: str, rows: int) -> Iterator[Callable[[], float]]:
    """The CPU time of iterating over all rows: our pager, or a loop over pages of 1,000 rows."""
    with ExitStack() as stack:
        if library.startswith("textrequest-ext"):
            from textrequest_ext import TextRequest

            client = stack.enter_context(TextRequest("key", base_url=url))
            pager = client.messages.list(rows)
            if library.endswith("8 concurrent"):
                pager = pager.concurrent(8)

            def iterate() -> int:
                return sum(1 for _ in pager)
        else:
            get = stack.enter_context(page_getter(library, url))

            def iterate() -> int:
                count = page = 0
                while count < rows and (items := get(rows, page, PAGE_SIZE)):
                    count += len(items)
                    page += 1
                return count

        def timed() -> float:
            started = time.process_time()
            assert iterate() == rows
            return time.process_time() - started

        yield timed
