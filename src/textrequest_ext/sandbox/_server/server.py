"""A uvicorn server in a background thread."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
import threading

import uvicorn
from starlette.types import ASGIApp

from .connections import Connections

_STARTUP_TIMEOUT_SECONDS = 10.0


class PortTakenError(OSError):
    """Another program uses the port."""


class Server:
    """Serves one application until stop(). The constructor binds the port and raises PortTakenError."""

    def __init__(self, application: ASGIApp, connections: Connections, host: str, port: int) -> None:
        self._socket = _bind(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._server = _StoppableServer(
            uvicorn.Config(
                application,
                http=connections.protocol(),
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,  # the application adds it: it has the clock of the sandbox
                timeout_keep_alive=60,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._run, name="textrequest-sandbox", daemon=True)

    def start(self) -> None:
        """Returns when the server accepts connections."""
        self._thread.start()
        if not self._server.ready.wait(_STARTUP_TIMEOUT_SECONDS):
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


class _StoppableServer(uvicorn.Server):
    """Signals when it is ready and stops immediately. uvicorn's own server polls ten times a second."""

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
        # One turn of the event loop: connection_lost() runs, and the requests send nothing more.
        await asyncio.sleep(0)
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    def stop(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only if the protocol is named. Without it, a response takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # on Windows, this option shares the port with other programs
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            message = (
                f"port {port} on {host} is taken by another program; choose another, or 0 for any free port"
            )
            raise PortTakenError(errno.EADDRINUSE, message) from None
        raise
    return listener
