"""The control API below /_sandbox: the methods of the sandbox as JSON over HTTP, without an API key."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ._json import decode
from ._server.faults import Fault
from ._server.request_log import LoggedRequest
from ._service.requests import PREFIX
from ._simulation.simulation import Simulation

CONTROL_PREFIX = "/_sandbox"
_LOOPBACK_HOST = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?", re.IGNORECASE)

Action = Callable[[Simulation, dict[str, Any]], Any]


def control_api(simulation: Simulation) -> ASGIApp:
    """The ASGI application with one route for each action."""

    def endpoint(action: Action) -> Callable[[Request], Any]:
        async def respond(request: Request) -> Response:
            try:
                arguments = await _read_arguments(request)
                # In a thread: an action may wait for callbacks, whose receivers may call the sandbox.
                result = await asyncio.to_thread(action, simulation, arguments)
            except (TypeError, ValueError, TimeoutError) as error:
                return JSONResponse({"error": str(error)}, 408 if isinstance(error, TimeoutError) else 400)
            return Response(status_code=204) if result is None else JSONResponse(result)

        return respond

    async def overview_endpoint(request: Request) -> Response:
        url = str(request.base_url).rstrip("/") + PREFIX
        return JSONResponse({"url": url, **await asyncio.to_thread(_overview, simulation)})

    routes = [
        Route(CONTROL_PREFIX + path, endpoint(action), methods=[method])
        for (method, path), action in _ACTIONS.items()
    ]
    overview = [Route(CONTROL_PREFIX + path, overview_endpoint) for path in ("", "/")]
    return _LoopbackOnly(Starlette(routes=[*overview, *routes]))


class _LoopbackOnly:
    """Refuses requests whose Host header is not a loopback address.

    A web page can resolve its own domain to 127.0.0.1 and then send requests here (DNS rebinding). Such
    requests have the page's domain in the Host header.
    """

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host", "")
        if _LOOPBACK_HOST.fullmatch(host):
            await self._application(scope, receive, send)
            return
        message = f"the control API accepts the hosts localhost, 127.0.0.1 and [::1] only, not {host!r}"
        await JSONResponse({"error": message}, 403)(scope, receive, send)


def _overview(simulation: Simulation) -> dict[str, Any]:
    with simulation.state.lock:
        dashboards = [
            {**dashboard.to_dict(), "contacts": len(dashboard.contacts), "messages": len(dashboard.messages)}
            for dashboard in simulation.state.dashboards.values()
        ]
    return {
        "dashboards": dashboards,
        "faults": [fault.as_mapping() for fault in simulation.faults],
        "requests": len(simulation.requests),
        "callbacks": len(simulation.callbacks),
        "actions": [f"{method} {CONTROL_PREFIX}{path}" for method, path in [("GET", ""), *_ACTIONS]],
    }


def _add_dashboard(simulation: Simulation, arguments: dict[str, Any]) -> dict[str, Any]:
    return _call(simulation.add_dashboard, arguments).to_dict()  # type: ignore[no-any-return]


def _receive_text(simulation: Simulation, arguments: dict[str, Any]) -> dict[str, Any]:
    text = asdict(_call(simulation.receive_text, _rename(arguments, "from", "from_")))
    return _rename(text, "from_", "from")


def _share_location(simulation: Simulation, arguments: dict[str, Any]) -> None:
    _call(simulation.share_location, _rename(arguments, "message_id", "message"))


def _update_status(simulation: Simulation, arguments: dict[str, Any]) -> None:
    _call(simulation.update_status, _rename(arguments, "message_id", "message"))


def _add_review(simulation: Simulation, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"id": _call(simulation.add_review, arguments)}


def _add_scheduled_message(simulation: Simulation, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"message_id": _call(simulation.add_scheduled_message, arguments)}


def _list_faults(simulation: Simulation, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    return [fault.as_mapping() for fault in simulation.faults]


def _add_fault(simulation: Simulation, arguments: dict[str, Any]) -> dict[str, Any]:
    return simulation.add_fault(Fault.from_mapping(arguments)).as_mapping()


def _list_requests(simulation: Simulation, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    return [_request_to_dict(request) for request in simulation.requests]


def _list_callbacks(simulation: Simulation, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    return [asdict(callback) for callback in simulation.callbacks]


def _settle(simulation: Simulation, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    return [asdict(callback) for callback in _call(simulation.settle, arguments)]


_ACTIONS: dict[tuple[str, str], Action] = {
    ("POST", "/reset"): lambda simulation, arguments: _call(simulation.reset, arguments),
    ("POST", "/dashboards"): _add_dashboard,
    ("POST", "/texts"): _receive_text,
    ("POST", "/locations"): _share_location,
    ("POST", "/payments"): lambda simulation, arguments: _call(simulation.pay, arguments),
    ("POST", "/statuses"): _update_status,
    ("PUT", "/deliveries"): lambda simulation, arguments: _call(simulation.set_delivery, arguments),
    ("POST", "/deliveries/hold"): lambda simulation, arguments: _call(simulation.hold_deliveries, arguments),
    ("POST", "/deliveries/release"): lambda simulation, arguments: _call(
        simulation.release_deliveries, arguments
    ),
    ("POST", "/reviews"): _add_review,
    ("POST", "/scheduled"): _add_scheduled_message,
    ("GET", "/faults"): _list_faults,
    ("POST", "/faults"): _add_fault,
    ("DELETE", "/faults"): lambda simulation, arguments: _call(simulation.clear_faults, arguments),
    ("GET", "/requests"): _list_requests,
    ("GET", "/callbacks"): _list_callbacks,
    ("POST", "/settle"): _settle,
}


def _call(method: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Calls the method with keyword arguments. Raises TypeError for unknown or missing arguments."""
    inspect.signature(method).bind(**arguments)
    return method(**arguments)


def _rename(values: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in values.items()}


def _request_to_dict(request: LoggedRequest) -> dict[str, Any]:
    values = asdict(request)
    if isinstance(values["body"], bytes):
        values["body"] = values["body"].decode("utf-8", "replace")
    return values


async def _read_arguments(request: Request) -> dict[str, Any]:
    """The JSON object in the body; an empty body is an empty object. Raises ValueError."""
    body = await request.body()
    try:
        arguments = decode(body) if body else {}
    except ValueError as error:
        raise ValueError(f"the body {error}") from None
    if not isinstance(arguments, dict):
        raise ValueError("the body is not a JSON object")
    return arguments
