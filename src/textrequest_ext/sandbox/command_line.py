"""textrequest-sandbox: the sandbox in a terminal."""

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
    from .request_log import LoggedRequest

_PORT = 8350
_EXAMPLES = """
faults are written as name=value, joined with commas:
  --fault status=503,times=2,retry_after=1,operation=messages_list
  --fault status=429,retry_after=5,every=10
  --fault latency=0.3,method=GET
  --fault drop=after,operation=messages_send,times=1
  --fault body=html,status=502,path=/dashboards/*/contacts
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the sandbox until Ctrl-C. Returns the exit code: 1 if the port is taken, 2 for wrong options."""
    from . import API_KEY, Fault, PortTakenError, Sandbox

    parser = _parser(API_KEY)
    options = parser.parse_args(arguments)
    try:
        faults = [Fault.parse(text) for text in options.fault]
    except (TypeError, ValueError) as error:
        parser.error(f"--fault: {error}")

    def show(request: LoggedRequest) -> None:
        # A key may have been put into an address by mistake.
        line = str(request).replace(options.api_key, "[key]")
        _say(f"{datetime.now():%H:%M:%S}  {line}")

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
    done = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        done.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with sandbox:
            _greet(sandbox.url, sandbox.control_url, options.api_key, [str(fault) for fault in faults])
            while not done.wait(0.5):  # Windows hears Ctrl-C only between waits
                pass
    except PortTakenError as error:
        print(f"textrequest-sandbox: {error.strerror}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"textrequest-sandbox: cannot listen on {options.host}: {error}", file=sys.stderr)
        return 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    _say("stopped")
    return 0


def _greet(url: str, control_url: str, api_key: str, faults: list[str]) -> None:
    _say("# The sandbox is up; Ctrl-C ends it. For the shell of your program:")
    _say(f"export TEXTREQUEST_BASE_URL={url}")
    _say(f"export TEXTREQUEST_API_KEY={api_key}")
    _say(f"# The other side of the conversations: {control_url}")
    for fault in faults:
        _say(f"# Fault: {fault}")


def _say(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:
        # Nobody reads on, as after `| head`: serve in silence, and do not fail at the end over it either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(api_key: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="textrequest-sandbox",
        description="A local stand-in of the Text Request API v3.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=_PORT, help="0 for any that is free (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help="begin with a history, the same for the same number"
    )
    parser.add_argument("--dashboards", type=int, metavar="N", help="dashboards of the history (default: 2)")
    parser.add_argument("--contacts", type=int, metavar="N", help="contacts on each dashboard (default: 25)")
    parser.add_argument("--messages", type=int, metavar="N", help="messages on each dashboard (default: 250)")
    parser.add_argument(
        "--deliveries",
        choices=["delivered", "undelivered", "nothing"],
        help="how every message ends (default: a mix, mostly delivered)",
    )
    parser.add_argument(
        "--api-key", default=api_key, metavar="KEY", help="the key to ask for (default: %(default)s)"
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="RULE", help="something that goes wrong; see below"
    )
    parser.add_argument("--quiet", action="store_true", help="do not print the requests")
    return parser


if __name__ == "__main__":
    sys.exit(main())
