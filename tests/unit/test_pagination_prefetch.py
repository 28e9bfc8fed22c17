"""Pages that are fetched before they are needed: when they are requested, and what stays behind."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from typing import Any

import httpx
import pytest
import trio

from textrequest_ext import InvalidArgumentError, RateLimitError, TextRequestError
from unit.pagination_support import (
    MODES,
    ListService,
    client_of,
    eventually,
    ids,
    iterator_of,
    next_of,
    pager_threads,
    result_of,
    run,
    sleep,
)

pytestmark = pytest.mark.parametrize("mode", MODES)


def pager_of(mode: str, service: ListService, **arguments: Any) -> Any:
    return client_of(mode, service).messages.list(121, **{"page_size": 10, **arguments})


async def nothing_left(service: ListService) -> None:
    """Wait until no request, thread or task of a pager exists."""
    await eventually(lambda: service.in_flight == 0 and not pager_threads())
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:
        # trio: the task of this test and the two of trio itself.
        await eventually(lambda: trio.lowlevel.current_statistics().tasks_living <= 3)
    else:
        await eventually(lambda: not any(task is not asyncio.current_task() for task in asyncio.all_tasks()))
        assert tasks


def test_next_page_is_requested_while_the_caller_works(mode: str) -> None:
    service = ListService(35)

    async def main() -> None:
        pages = iterator_of(pager_of(mode, service).pages())
        for needed, requested in enumerate([[0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 3]]):
            assert (await next_of(pages)).number == needed
            await eventually(lambda requested=requested: service.numbers == requested)  # type: ignore[misc]
        assert await next_of(pages) is None
        assert service.max_in_flight == 1

    run(mode, main)


def test_no_thread_before_the_second_page_is_requested(mode: str) -> None:
    service = ListService(35)
    threads: list[list[str]] = []
    service.on_request = lambda number: threads.append([thread.name for thread in pager_threads()])

    async def main() -> None:
        pager = pager_of(mode, service)
        assert len(await result_of(pager.limit(10).collect())) == 10
        assert (await result_of(pager.first())).message_id == "0"
        assert await result_of(pager.count()) == 35
        assert threads == [[], [], []]
        assert len(await result_of(pager.collect())) == 35
        assert [len(names) for names in threads[3:]] == [0, *[1 if mode == "blocking" else 0] * 3]
        await nothing_left(service)

    run(mode, main)


def test_prefetch_can_be_turned_off(mode: str) -> None:
    service = ListService(35)

    async def main() -> None:
        pager = pager_of(mode, service).prefetch(False)
        pages = iterator_of(pager.pages())
        for needed in range(4):
            assert (await next_of(pages)).number == needed
            await sleep(0.005)
            assert service.numbers == list(range(needed + 1))
            assert not pager_threads()
        assert await next_of(pages) is None
        assert len(await result_of(pager.prefetch().collect())) == 35

    run(mode, main)


def test_without_prefetch_no_concurrent_request_runs_while_the_caller_works(mode: str) -> None:
    service = ListService(95)
    service.delay = 0.005

    async def main() -> None:
        pages = iterator_of(pager_of(mode, service).concurrent(4).prefetch(False).pages())
        seen = []
        while (page := await next_of(pages)) is not None:
            assert service.in_flight == 0
            seen += ids(page.items)
        assert seen == list(range(95))
        assert 2 <= service.max_in_flight <= 4

    run(mode, main)


@pytest.mark.parametrize("value", [1, None, "no"])
def test_prefetch_takes_a_boolean(mode: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="prefetch"):
        pager_of(mode, ListService(1)).prefetch(value)


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize(("rows", "limit", "pages"), [(35, 30, 3), (35, 25, 3), (35, None, 4), (7, None, 1)])
def test_no_request_past_the_limit_or_the_end(
    mode: str, rows: int, limit: int | None, pages: int, concurrency: int
) -> None:
    service = ListService(rows)

    async def main() -> None:
        pager = pager_of(mode, service).concurrent(concurrency)
        items = await result_of((pager if limit is None else pager.limit(limit)).collect())
        assert ids(items) == list(range(limit or rows))
        await nothing_left(service)
        assert sorted(service.numbers) == list(range(pages))

    run(mode, main)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_error_is_raised_when_its_page_is_needed(mode: str, concurrency: int) -> None:
    service = ListService(95)
    service.failing = {2: 400}

    async def main() -> None:
        pages = iterator_of(pager_of(mode, service).concurrent(concurrency).pages())
        assert (await next_of(pages)).number == 0
        if concurrency > 2:
            await eventually(lambda: not service.failing)
        assert (await next_of(pages)).number == 1
        await eventually(lambda: not service.failing)
        with pytest.raises(TextRequestError) as caught:
            await next_of(pages)
        assert caught.value.page == 2
        assert await next_of(pages) is None
        await nothing_left(service)

    run(mode, main)


def test_error_of_a_page_that_is_not_needed_is_never_reported(
    mode: str, capfd: pytest.CaptureFixture[str]
) -> None:
    service = ListService(95)
    service.failing = {1: 400}

    async def main() -> None:
        pages = iterator_of(pager_of(mode, service).pages())
        await next_of(pages)
        await eventually(lambda: not service.failing)
        await sleep(0.005)
        del pages
        gc.collect()
        await nothing_left(service)

    run(mode, main)
    gc.collect()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("concurrency", [1, 8])
def test_leaving_the_loop_does_not_wait_for_a_page(mode: str, concurrency: int) -> None:
    service = ListService(1000)
    service.held = set(range(2, 100))

    async def main() -> None:
        number = 0
        if mode == "blocking":
            for item in pager_of(mode, service).concurrent(concurrency):
                number += 1
                if item.message_id == "15":
                    break
        else:
            async for item in pager_of(mode, service).concurrent(concurrency):
                number += 1
                if item.message_id == "15":
                    break
        assert number == 16
        # The loop was left while pages are held, so it did not wait for them.
        assert service.held
        if mode == "blocking":
            assert 1 <= service.in_flight <= concurrency
            service.release()
        await nothing_left(service)

    run(mode, main)
    assert (service.cancelled > 0) is (mode != "blocking")


@pytest.mark.parametrize("concurrency", [1, 8])
def test_abandoned_iterator_leaves_nothing(
    mode: str, concurrency: int, capfd: pytest.CaptureFixture[str]
) -> None:
    service = ListService(1000)
    service.held = set(range(2, 100))

    async def main() -> None:
        cycle: list[Any] = []
        pages = iterator_of(pager_of(mode, service).concurrent(concurrency))
        for _ in range(11):
            await next_of(pages)
        await eventually(lambda: service.in_flight > 0)
        cycle.extend([cycle, pages])  # only the garbage collector frees it
        del pages, cycle
        gc.collect()
        if mode == "blocking":
            service.release()
        await nothing_left(service)

    run(mode, main)
    gc.collect()
    assert capfd.readouterr() == ("", "")


def test_iterator_abandoned_in_another_thread_leaves_nothing(mode: str) -> None:
    service = ListService(1000)
    service.held = set(range(2, 100))

    async def main() -> None:
        if mode == "asyncio":
            asyncio.get_running_loop().set_debug(True)  # refuses calls that are not thread-safe
        iterators = [iterator_of(pager_of(mode, service).concurrent(4))]
        for _ in range(11):
            await next_of(iterators[0])
        await eventually(lambda: service.in_flight > 0)
        thread = threading.Thread(target=iterators.clear)
        thread.start()
        thread.join()
        if mode == "blocking":
            service.release()
        await nothing_left(service)

    run(mode, main)


@pytest.mark.parametrize("is_running", [True, False])
def test_iterator_that_outlives_its_event_loop_is_silent(
    mode: str, is_running: bool, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    service = ListService(1000)
    service.held = set(range(1, 100))
    kept: list[Any] = []

    async def main() -> None:
        kept.append(iterator_of(pager_of(mode, service)))
        await next_of(kept[0])
        if is_running:
            await eventually(lambda: service.in_flight == 1)
        elif mode == "asyncio":
            asyncio.get_running_loop().stop()  # before the task has begun

    if mode == "asyncio":
        # asyncio.run would cancel the tasks; a loop that is just closed does not.
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        loop.close()
    else:
        run(mode, main)
    kept.clear()
    gc.collect()
    service.release()
    assert capfd.readouterr() == ("", "")
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


def test_cancellation_cancels_every_page(mode: str) -> None:
    service = ListService(1000)
    service.held = set(range(1, 100))

    async def collect() -> None:
        await pager_of(mode, service).concurrent(8).collect()

    async def leave_blocking() -> None:
        # A blocking iteration cannot be cancelled from outside; an exception in the loop ends it.
        async def iterate() -> None:
            for _ in pager_of(mode, service).concurrent(8):
                await eventually(lambda: service.in_flight == 8)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await iterate()
        assert service.in_flight == 8, "it did not wait for the pages"
        service.release()
        await nothing_left(service)

    async def cancel_asyncio() -> None:
        task = asyncio.ensure_future(collect())
        await eventually(lambda: service.in_flight == 8)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert service.in_flight == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def cancel_trio() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(collect)
            await eventually(lambda: service.in_flight == 8)
            nursery.cancel_scope.cancel()
        assert service.in_flight == 0
        assert trio.lowlevel.current_statistics().tasks_living == 3

    run(mode, {"blocking": leave_blocking, "asyncio": cancel_asyncio, "trio": cancel_trio}[mode])


def test_iteration_continues_in_another_event_loop(mode: str) -> None:
    service = ListService(95)
    pages = iterator_of(pager_of(mode, service).concurrent(3).pages())
    numbers = []

    async def main() -> None:
        numbers.append((await next_of(pages)).number)
        await eventually(lambda: len(service.requests) > len(numbers))

    for _ in range(3):
        run(mode, main)
    assert numbers == [0, 1, 2]

    async def rest() -> None:
        while (page := await next_of(pages)) is not None:
            numbers.append(page.number)
        await nothing_left(service)

    run(mode, rest)
    assert numbers == list(range(10))


def test_context_variables_are_those_of_the_caller(mode: str) -> None:
    variable = contextvars.ContextVar("variable", default="none")
    service = ListService(35)
    seen = []
    service.on_request = lambda number: seen.append(variable.get())

    async def main() -> None:
        variable.set("the caller's")
        await result_of(pager_of(mode, service).collect())

    run(mode, main)
    assert seen == ["the caller's"] * 4


def test_pages_are_fetched_without_background_work_if_none_can_be_started(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("can't start new thread")

    service = ListService(95)

    async def main() -> None:
        pager = pager_of(mode, service).concurrent(4)
        if mode == "blocking":
            monkeypatch.setattr(threading.Thread, "start", refuse)
        elif mode == "trio":
            monkeypatch.setattr(trio.lowlevel, "spawn_system_task", refuse)
        assert ids(await result_of(pager.collect())) == list(range(95))
        assert service.max_in_flight == (4 if mode == "asyncio" else 1)

    run(mode, main)


def test_exception_that_is_no_error_of_this_package_ends_the_iteration(mode: str) -> None:
    service = ListService(95)

    def interrupt(number: int) -> None:
        if number == 1:
            raise MemoryError

    service.on_request = interrupt

    async def main() -> None:
        pages = iterator_of(pager_of(mode, service).pages())
        assert (await next_of(pages)).number == 0
        with pytest.raises(MemoryError):
            await next_of(pages)
        assert await next_of(pages) is None
        await nothing_left(service)

    run(mode, main)


def test_failed_page_leaves_no_pending_task_when_its_error_arrives(mode: str) -> None:
    service = ListService(1000)
    service.held = set(range(2, 100))
    service.failing = {1: 429}

    async def main() -> None:
        with pytest.raises(RateLimitError):
            await result_of(pager_of(mode, service).concurrent(8).collect())
        if mode == "asyncio":
            assert service.in_flight == 0
            assert asyncio.all_tasks() == {asyncio.current_task()}
        elif mode == "trio":
            assert service.in_flight == 0
            assert trio.lowlevel.current_statistics().tasks_living == 3
        else:
            assert service.in_flight > 0, "it did not wait for the other pages"
            service.release()
        await nothing_left(service)

    run(mode, main)


def test_end_of_the_list_leaves_no_pending_task(mode: str) -> None:
    """A total that is too high makes the pager request pages that do not exist."""
    service = ListService(25)
    service.held = {4, 5, 6}
    respond = service.respond

    def overstated(request: httpx.Request) -> httpx.Response:
        import json

        content = json.loads(respond(request).content)
        return httpx.Response(200, json={**content, "meta": {**content["meta"], "total_items": 900}})

    service.respond = overstated  # type: ignore[method-assign]

    async def main() -> None:
        assert ids(await result_of(pager_of(mode, service).concurrent(4).collect())) == list(range(25))
        if mode == "blocking":
            service.release()
        elif mode == "asyncio":
            assert asyncio.all_tasks() == {asyncio.current_task()}
        else:
            assert trio.lowlevel.current_statistics().tasks_living == 3
        await nothing_left(service)

    run(mode, main)
