"""The budgets: what is measured, and the maximum."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """key: name of the result. module: what measures it. maximum: the highest permitted value.
    unit: "ratio" is shown with two digits, "number" with none.
    """

    key: str
    module: str
    maximum: float
    description: str
    unit: str = "ratio"


_PAGE = "CPU time of a typed page of 100 messages ÷ httpx get and json.loads"
_DECODING = "decoding 100 messages ÷ structs of msgspec"
_BURST = "1,000 calls started together"
_ITERATION = "whole list at 40 ms a request ÷ ideal with 1,000-row pages"
_MEMORY = "resident memory of 1,000,000 rows above the idle client, MiB"

BUDGETS = (
    Budget("import", "importing", 1.15, "import textrequest_ext ÷ import httpx"),
    Budget("cold", "cold", 1.0, "cold process (import, client, one GET over TLS) ÷ the same with httpx"),
    Budget("page", "page", 1.0, _PAGE),
    Budget("page with speed", "page", 0.8, f"extra speed: {_PAGE}"),
    Budget("decoding", "decoding", 4.5, _DECODING),
    Budget("decoding with speed", "decoding", 2.0, f"extra speed: {_DECODING}"),
    Budget("burst", "burst", 1.5, f"async: {_BURST} ÷ plain httpx, 20 at a time by hand"),
    Budget("burst with aiohttp", "burst", 1.3, f"extra aiohttp: {_BURST} ÷ plain aiohttp"),
    Budget("large burst", "burst", 1.5, "async: 10,000 calls started together ÷ ten times 1,000 calls"),
    Budget("threads", "threads", 1.5, f"threads: {_BURST} ÷ plain httpx, 20 at a time by hand"),
    Budget("iteration, blocking, 1", "iteration", 1.15, f"blocking: {_ITERATION}"),
    Budget("iteration, asynchronous, 1", "iteration", 1.15, f"async: {_ITERATION}"),
    Budget("iteration, blocking, 8", "iteration", 1.15, f"blocking, concurrent(8): {_ITERATION}"),
    Budget("iteration, asynchronous, 8", "iteration", 1.15, f"async, concurrent(8): {_ITERATION}"),
    Budget("memory, blocking, 1", "memory", 60, f"blocking: {_MEMORY}", "number"),
    Budget("memory, asynchronous, 1", "memory", 60, f"async: {_MEMORY}", "number"),
    Budget("memory, blocking, 8", "memory", 60, f"blocking, concurrent(8): {_MEMORY}", "number"),
    Budget("memory, asynchronous, 8", "memory", 60, f"async, concurrent(8): {_MEMORY}", "number"),
    Budget(
        "sandbox", "sandbox_validation", 3.0, "sandbox response ÷ the bare framework sending the same bytes"
    ),
)
MODULES = tuple(dict.fromkeys(budget.module for budget in BUDGETS))
