"""The sandbox: a simulated service on a local port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import tzinfo
from types import TracebackType
from typing import Self

from ._account.delivery_outcomes import OUTCOMES, DeliveryOutcome, Outcome
from ._account.history import HistorySize
from ._account.state import EASTERN, Clock, utc_now
from ._control_api import CONTROL_PREFIX, control_api
from ._server.application import Application
from ._server.connections import Connections
from ._server.faults import Fault
from ._server.request_log import LoggedRequest
from ._server.server import Server
from ._service.requests import PREFIX
from ._simulation.arguments import require_api_key, require_function, require_instance, require_whole_number
from ._simulation.simulation import Simulation

# The placeholder key of the vendor's document. It is not a key of a real account.
API_KEY = "095E5113DE4142C28FB7815CC10BEB56"


class Sandbox(Simulation):
    """A local stand-in for the service, on a real socket. It keeps its state until it is stopped.

        with Sandbox() as sandbox:
            client = TextRequest(api_key=sandbox.api_key, base_url=sandbox.url)

    seed, dashboards, contacts, messages: by default the sandbox starts empty. Any of these starts it with a
        history: the number of dashboards, and of contacts and messages on each. The same values always give
        the same history.
    deliveries: the delivery outcome of every message; by default a realistic mix. See set_delivery().
    host, port: where it listens; port 0 is any free port. api_key: the key that requests must have.
    clock: returns the current time, timezone-aware. local_time: the zone of the filters that use local time.
    faults: the initial faults. on_request: called with each request, in the server's thread.

    Raises ValueError for an invalid argument. start() and `with` raise PortTakenError.
    """

    def __init__(
        self,
        *,
        seed: int | None = None,
        dashboards: int | None = None,
        contacts: int | None = None,
        messages: int | None = None,
        deliveries: Outcome | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = API_KEY,
        clock: Clock = utc_now,
        local_time: tzinfo = EASTERN,
        faults: Iterable[Fault] = (),
        on_request: Callable[[LoggedRequest], None] | None = None,
    ) -> None:
        require_api_key(api_key)
        require_whole_number("port", port, 65_535)
        require_instance("host", host or None, str, "the name of a host")
        require_function("clock", clock)
        require_instance("local_time", local_time, tzinfo, "a time zone")
        if on_request is not None:
            require_function("on_request", on_request)
        if seed is not None:
            require_whole_number("seed", seed)
        if deliveries is not None and deliveries not in OUTCOMES:
            raise ValueError(f"deliveries: {deliveries!r} is not one of {', '.join(OUTCOMES)}")
        arguments = {"dashboards": dashboards, "contacts": contacts, "messages": messages}
        sizes = {name: size for name, size in arguments.items() if size is not None}
        super().__init__(
            api_key=api_key,
            seed=seed or 0,
            history=HistorySize(**sizes) if sizes or seed is not None else None,
            outcome=None if deliveries is None else DeliveryOutcome(deliveries),
            clock=clock,
            local_time=local_time,
            faults=faults,
            on_request=on_request,
        )
        self._host = host
        self._port = port
        self._connections = Connections()
        self._server: Server | None = None
        self._is_stopped = False

    def __repr__(self) -> str:
        where = "not running" if self._server is None else self.url
        return f"<{type(self).__name__}: {where}>"

    @property
    def url(self) -> str:
        """The base URL for a client: http://127.0.0.1:50123/api/v3. Raises RuntimeError before start()."""
        return self._origin + PREFIX

    @property
    def control_url(self) -> str:
        """The URL of the control API. Raises RuntimeError before start()."""
        return self._origin + CONTROL_PREFIX

    @property
    def _origin(self) -> str:
        if self._server is None:
            raise RuntimeError("the sandbox is not running: use `with Sandbox() as sandbox`, or call start()")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._server.port}"

    def start(self) -> Self:
        """Starts the server. Raises PortTakenError, and RuntimeError after stop()."""
        if self._is_stopped:
            raise RuntimeError("the sandbox was stopped and cannot be started again; create a new one")
        if self._server is None:
            application = Application(
                service=self._service,
                faults=self._faults,
                log=self._log,
                callbacks=self._callbacks,
                connections=self._connections,
                control_api=control_api(self),
            )
            server = Server(application, self._connections, self._host, self._port)
            server.start()
            self._server = server
        return self

    def stop(self) -> None:
        """Stops the server and drops pending callbacks. A stopped sandbox cannot be started again."""
        self._is_stopped = True
        if self._server is not None:
            self._server.stop()
            self._server = None
        self._callbacks.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # In a thread: stop() waits for the current callback, whose receiver may run in this event loop.
        await asyncio.to_thread(self.stop)
