"""A local stand-in of the Text Request service, for tests and for trying things out.

Needs the extra: pip install "textrequest-ext[sandbox]". Nothing else in the package imports it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .callbacks import Callback
    from .faults import Fault
    from .other_side import ReceivedText
    from .request_log import LoggedRequest
    from .sandbox import API_KEY, Sandbox
    from .server import PortTakenError

__all__ = ["Sandbox", "Fault", "Callback", "LoggedRequest", "ReceivedText", "PortTakenError", "API_KEY"]

_HOMES = {
    "Sandbox": "sandbox",
    "Fault": "faults",
    "Callback": "callbacks",
    "LoggedRequest": "request_log",
    "ReceivedText": "other_side",
    "PortTakenError": "server",
    "API_KEY": "sandbox",
}
_NEEDED = ("jsonschema_rs", "python_multipart", "starlette", "uvicorn")


def _demand_extra() -> None:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        message = f'the sandbox needs {", ".join(missing)}: pip install "textrequest-ext[sandbox]"'
        raise ImportError(message, name=missing[0])


if "pytest" not in sys.modules:
    # pytest comes through here on its way to the plugin, and has to start without the extra and without
    # the time its imports take; there, as everywhere, the names above are looked up when they are used.
    _demand_extra()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _demand_extra()
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
