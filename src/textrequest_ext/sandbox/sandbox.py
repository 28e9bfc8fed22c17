"""The sandbox: a stand-in of the service on a local port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import tzinfo
from types import TracebackType
from typing import Any, Self

from . import contract
from .application import Application
from .callbacks import Callbacks
from .control import control_application
from .deliveries import Ending, Outcome
from .faults import Fault, Faults
from .other_side import OtherSide
from .request_log import LoggedRequest, RequestLog
from .seeding import Sizes, seed
from .server import Connections, Server
from .service import PREFIX, Service
from .state import EASTERN, Clock, State, now

# The placeholder of the vendor's document; it opens nothing anywhere else.
API_KEY = "095E5113DE4142C28FB7815CC10BEB56"


class Sandbox(OtherSide):
    """A stand-in of the service, spoken to over a real socket, with a state that lasts until it is stopped.

        with Sandbox() as sandbox:
            client = TextRequest(api_key=sandbox.api_key, base_url=sandbox.url)

    seed, dashboards, contacts, messages: it starts empty, or with a history that is the same for the same
        numbers: so many dashboards, and on each so many contacts and messages.
    deliveries: how every message ends; by default as often as was seen in the wild: see set_delivery().
    host, port: where it listens; port 0 is any that is free. api_key: the key it asks for.
    clock: gives the time, aware. local_time: the zone of the filters that read local time.
    faults: those to begin with. on_request: hears of each request, in the server's thread.

    Raises ValueError for what cannot be, and PortTakenError from start() or `with`.
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
        clock: Clock = now,
        local_time: tzinfo = EASTERN,
        faults: Iterable[Fault] = (),
        on_request: Callable[[LoggedRequest], None] | None = None,
    ) -> None:
        if not api_key:
            raise ValueError("api_key: is empty")
        if not 0 <= port <= 65_535:
            raise ValueError(f"port: {port} is not between 0 and 65535")
        given = {"dashboards": dashboards, "contacts": contacts, "messages": messages}
        sizes = {name: size for name, size in given.items() if size is not None}
        self._seed = seed
        self._sizes = Sizes(**sizes) if sizes or seed is not None else None
        self._ending = None if deliveries is None else Ending(deliveries)
        self._clock = clock
        self._local_time = local_time
        self._host = host
        self._port = port
        self._api_key = api_key
        self._first_faults = tuple(faults)
        self._faults = Faults()
        self._log = RequestLog(on_request)
        self._callbacks = Callbacks(api_key, clock)
        self._connections = Connections()
        self._server: Server | None = None
        self._is_over = False
        self._service = Service(contract.load(), self._new_state(), api_key)
        self.reset()

    @property
    def state(self) -> State:  # type: ignore[override]
        """What the account holds. Take `state.lock` to look at more than one thing at a time."""
        return self._service.state

    @property
    def api_key(self) -> str:
        """The key the sandbox asks for."""
        return self._api_key

    @property
    def url(self) -> str:
        """The base URL for a client, such as http://127.0.0.1:50123/api/v3. Raises RuntimeError before start()."""
        return self._address + PREFIX

    @property
    def control_url(self) -> str:
        """Where the control API is. Raises RuntimeError before start()."""
        return self._address + "/_sandbox"

    @property
    def _address(self) -> str:
        if self._server is None:
            raise RuntimeError("the sandbox is not running: use `with Sandbox() as sandbox`, or start()")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._server.port}"

    def start(self) -> Self:
        """Listens. Raises PortTakenError, and RuntimeError after stop()."""
        if self._is_over:
            raise RuntimeError("the sandbox was stopped; make another")
        if self._server is None:
            application = Application(
                self._service,
                self._faults,
                self._log,
                self._callbacks,
                control_application(self),
                self._connections.hang_up,
            )
            server = Server(application, self._connections, self._host, self._port)
            server.start()
            self._server = server
        return self

    def stop(self) -> None:
        """Closes the port and drops the callbacks that wait. A sandbox that was stopped is not started again."""
        self._is_over = True
        if self._server is not None:
            self._server.stop()
            self._server = None
        self._callbacks.stop()

    def reset(self) -> None:
        """Goes back to the beginning: state, faults, requests and callbacks."""
        self._callbacks.forget()
        self._service.state = self._new_state()
        self._log.clear()
        self._faults.clear()
        for fault in self._first_faults:
            self._faults.add(fault)

    def add_fault(self, fault: Fault) -> Fault:
        """From now on, this happens to the requests it is meant for."""
        self._faults.add(fault)
        return fault

    def fail(self, *, status: int | None = None, **fields: Any) -> Fault:
        """Adds the fault with these fields; a 503 if nothing says what happens.

            sandbox.fail(status=503, times=1, operation="messages_list", retry_after=0)

        Raises ValueError or TypeError for a fault that cannot be; see Fault.
        """
        if status is None and not {"body", "drop", "latency"} & fields.keys():
            status = 503
        return self.add_fault(Fault(status=status, **fields))

    def clear_faults(self) -> None:
        """Everything works again."""
        self._faults.clear()

    @property
    def faults(self) -> list[Fault]:
        """The faults that can still happen."""
        return self._faults.all()

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests so far (the last ten thousand), the oldest first."""
        return self._log.all()

    def _new_state(self) -> State:
        state = State(
            outbox=self._callbacks,
            seed=self._seed or 0,
            clock=self._clock,
            local_time=self._local_time,
            ending=self._ending,
        )
        if self._sizes is not None:
            seed(state, self._seed or 0, self._sizes)
        return state

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
        # In a thread: a callback that is under way may be waiting for this very event loop.
        await asyncio.to_thread(self.stop)
