"""The command textrequest-sandbox: runs the sandbox in a terminal."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._server.request_log import LoggedRequest

_DEFAULT_PORT = 8350
_EXAMPLES = """
a fault is a list of name=value, separated by commas:
  --fault status=503,times=2,retry_after=1,operation=messages_list
  --fault status=429,retry_after=5,every=10
  --fault latency=0.3,method=GET
  --fault drop=after,operation=messages_send,times=1
  --fault body=html,status=502,path=/dashboards/*/contacts
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the sandbox until Ctrl-C. Returns the exit code: 1 if it cannot listen, 2 for invalid options."""
    from . import API_KEY, Fault, PortTakenError, Sandbox

    parser = _parser(API_KEY)
    options = parser.parse_args(arguments)
    try:
        faults = [Fault.parse(text) for text in options.fault]
    except (TypeError, ValueError) as error:
        parser.error(f"--fault: {error}")

    def show(request: LoggedRequest) -> None:
        # A program may have put the key into the URL by mistake.
        line = str(request).replace(options.api_key, "[key]")
        _print(f"{datetime.now():%H:%M:%S}  {line}")

    try:
        sandbox = Sandbox(
            seed=options.seed,
            dashboards=options.dashboards,
            contacts=options.contacts,
            messages=options.messages,
            deliveries=options.deliveries,
            host=options.host,
            port=options.port,
            api_key=options.api_key,
            faults=faults,
            on_request=None if options.quiet else show,
        )
    except ValueError as error:
        parser.error(str(error))
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    previous_handlers = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with sandbox:
            _print_start(sandbox.url, sandbox.control_url, options.api_key, [str(fault) for fault in faults])
            while not stopped.wait(0.5):  # on Windows, Ctrl-C takes effect between two waits only
                pass
    except PortTakenError as error:
        print(f"textrequest-sandbox: {error.strerror}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"textrequest-sandbox: cannot listen on {options.host}: {error}", file=sys.stderr)
        return 1
    finally:
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)
    _print("stopped")
    return 0


def _print_start(url: str, control_url: str, api_key: str, faults: list[str]) -> None:
    _print("# The sandbox is running; press Ctrl-C to stop it. Set these in the shell of your program:")
    _print(f"export TEXTREQUEST_BASE_URL={url}")
    _print(f"export TEXTREQUEST_API_KEY={api_key}")
    _print(f"# Control API: {control_url}")
    for fault in faults:
        _print(f"# Fault: {fault}")


def _print(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:
        # The reader of a pipe such as `| head` is gone. Continue without output, and exit without an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(api_key: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="textrequest-sandbox",
        description="A local stand-in for the Text Request API v3.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port",
        type=int,
        default=_DEFAULT_PORT,
        help="the port to listen on; 0 for any free port (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help="start with a history; the same seed gives the same history"
    )
    parser.add_argument("--dashboards", type=int, metavar="N", help="dashboards in the history (default: 2)")
    parser.add_argument("--contacts", type=int, metavar="N", help="contacts on each dashboard (default: 25)")
    parser.add_argument("--messages", type=int, metavar="N", help="messages on each dashboard (default: 250)")
    parser.add_argument(
        "--deliveries",
        choices=["delivered", "undelivered", "nothing"],
        help="the delivery outcome of every message (default: a mix, mostly delivered)",
    )
    parser.add_argument(
        "--api-key",
        default=api_key,
        metavar="KEY",
        help="the API key that requests must have (default: %(default)s)",
    )
    parser.add_argument("--fault", action="append", default=[], metavar="RULE", help="add a fault; see below")
    parser.add_argument("--quiet", action="store_true", help="do not print the requests")
    return parser


if __name__ == "__main__":
    sys.exit(main())
