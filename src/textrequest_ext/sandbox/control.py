"""The control API below /_sandbox: what the methods of Sandbox do, as JSON over HTTP. It takes no key."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .faults import Fault
from .request_log import LoggedRequest

if TYPE_CHECKING:
    from .sandbox import Sandbox

Action = Callable[["Sandbox", dict[str, Any]], Any]


def control_application(sandbox: Sandbox) -> Starlette:
    """The application with one route for each action."""

    def endpoint(action: Action) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            try:
                given = await _object(request)
                # In a thread: an action may wait for callbacks, whose receivers may call the sandbox.
                done = await asyncio.to_thread(action, sandbox, given)
            except (TypeError, ValueError, TimeoutError) as error:
                return JSONResponse({"error": str(error)}, 408 if isinstance(error, TimeoutError) else 400)
            return Response(status_code=204) if done is None else JSONResponse(done)

        return answer

    routes = [Route(path, endpoint(action), methods=[method]) for (method, path), action in _ACTIONS.items()]
    return Starlette(routes=[*routes, Route("/_sandbox/", endpoint(_overview))])


def _overview(sandbox: Sandbox, given: dict[str, Any]) -> dict[str, Any]:
    with sandbox.state.lock:
        dashboards = [
            {**dashboard.answer(), "contacts": len(dashboard.contacts), "messages": len(dashboard.messages)}
            for dashboard in sandbox.state.dashboards.values()
        ]
    return {
        "url": sandbox.url,
        "dashboards": dashboards,
        "faults": [fault.as_mapping() for fault in sandbox.faults],
        "requests": len(sandbox.requests),
        "callbacks": len(sandbox.callbacks),
        "actions": [f"{method} {path}" for method, path in _ACTIONS],
    }


def _add_dashboard(sandbox: Sandbox, given: dict[str, Any]) -> dict[str, Any]:
    return _call(sandbox.add_dashboard, given).answer()  # type: ignore[no-any-return]


def _receive_text(sandbox: Sandbox, given: dict[str, Any]) -> dict[str, Any]:
    text = asdict(_call(sandbox.receive_text, _renamed(given, "from", "from_")))
    return _renamed(text, "from_", "from")


def _share_location(sandbox: Sandbox, given: dict[str, Any]) -> None:
    _call(sandbox.share_location, _renamed(given, "message_id", "message"))


def _update_status(sandbox: Sandbox, given: dict[str, Any]) -> None:
    _call(sandbox.update_status, _renamed(given, "message_id", "message"))


def _add_fault(sandbox: Sandbox, given: dict[str, Any]) -> dict[str, Any]:
    return sandbox.add_fault(Fault.from_mapping(given)).as_mapping()


def _callbacks(sandbox: Sandbox, given: dict[str, Any]) -> list[dict[str, Any]]:
    return [asdict(callback) for callback in sandbox.callbacks]


def _settle(sandbox: Sandbox, given: dict[str, Any]) -> list[dict[str, Any]]:
    return [asdict(callback) for callback in _call(sandbox.settle, given)]


_ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", "/_sandbox"): _overview,
    ("POST", "/_sandbox/reset"): lambda sandbox, given: _call(sandbox.reset, given),
    ("POST", "/_sandbox/dashboards"): _add_dashboard,
    ("POST", "/_sandbox/texts"): _receive_text,
    ("POST", "/_sandbox/locations"): _share_location,
    ("POST", "/_sandbox/payments"): lambda sandbox, given: _call(sandbox.pay, given),
    ("POST", "/_sandbox/statuses"): _update_status,
    ("PUT", "/_sandbox/deliveries"): lambda sandbox, given: _call(sandbox.set_delivery, given),
    ("POST", "/_sandbox/deliveries/hold"): lambda sandbox, given: _call(sandbox.hold_deliveries, given),
    ("POST", "/_sandbox/deliveries/release"): lambda sandbox, given: _call(sandbox.release_deliveries, given),
    ("POST", "/_sandbox/reviews"): lambda sandbox, given: {"id": _call(sandbox.add_review, given)},
    ("POST", "/_sandbox/scheduled"): lambda sandbox, given: {
        "message_id": _call(sandbox.add_scheduled_message, given)
    },
    ("GET", "/_sandbox/faults"): lambda sandbox, given: [fault.as_mapping() for fault in sandbox.faults],
    ("POST", "/_sandbox/faults"): _add_fault,
    ("DELETE", "/_sandbox/faults"): lambda sandbox, given: _call(sandbox.clear_faults, given),
    ("GET", "/_sandbox/requests"): lambda sandbox, given: [_shown(request) for request in sandbox.requests],
    ("GET", "/_sandbox/callbacks"): _callbacks,
    ("POST", "/_sandbox/settle"): _settle,
}


def _call(method: Callable[..., Any], given: dict[str, Any]) -> Any:
    """Calls the method with what was given. Raises TypeError for names it does not have, or that are missing."""
    inspect.signature(method).bind(**given)
    return method(**given)


def _renamed(given: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in given.items()}


def _shown(request: LoggedRequest) -> dict[str, Any]:
    shown = asdict(request)
    if isinstance(shown["body"], bytes):
        shown["body"] = shown["body"].decode("utf-8", "replace")
    return shown


async def _object(request: Request) -> dict[str, Any]:
    body = await request.body()
    try:
        given = json.loads(body) if body else {}
    except ValueError as error:
        raise ValueError(f"the body is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise ValueError("the body is not a JSON object")
    return given
