"""uvicorn on a socket of our own, in a thread of its own."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
import threading

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_STARTUP_PATIENCE = 10.0


class PortTakenError(OSError):
    """The address is in use by another program."""


class Connections:
    """The open connections by the client's address, which is all a scope knows of its connection."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """A protocol class that keeps this register."""
        transports = self._transports

        class Registered(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    transports.pop(self.client, None)
                super().connection_lost(exc)

        return Registered

    def hang_up(self, scope: Scope, at_once: bool) -> None:
        """Closes the connection a scope came on: with a reset, or after what was written has gone out."""
        client = scope.get("client")
        transport = self._transports.get((client[0], client[1])) if client else None
        if transport is None:
            return
        if at_once:
            transport.abort()
        else:
            transport.close()


class Server:
    """Serves one application until it is stopped. Raises PortTakenError when it is made, not later."""

    def __init__(self, application: ASGIApp, connections: Connections, host: str, port: int) -> None:
        self._socket = _bound(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._server = _Stoppable(
            uvicorn.Config(
                application,
                http=connections.protocol(),
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=60,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._run, name="textrequest-sandbox", daemon=True)

    def start(self) -> None:
        """Returns when connections are accepted."""
        self._thread.start()
        if not self._server.ready.wait(_STARTUP_PATIENCE):
            raise RuntimeError("the sandbox's server did not start")

    def stop(self) -> None:
        """Returns when the thread has ended and the port is free."""
        if self._thread.is_alive():
            self._server.stop()
            self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._server.serve(sockets=[self._socket]))


class _Stoppable(uvicorn.Server):
    """A server that starts and stops at once; uvicorn's own looks ten times a second whether it should."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)
        self.ready.set()
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(
            0
        )  # the connections hear that they are lost, and their requests send nothing more
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    def stop(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only for sockets that name their protocol; with it, an answer takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would share the port with whoever has it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} on {host} is taken by another program; choose another, or 0 for any that is free"
            raise PortTakenError(errno.EADDRINUSE, message) from None
        raise
    return listener
