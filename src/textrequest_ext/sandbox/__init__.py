"""A local stand-in for the Text Request service, for tests and development.

Needs the extra: pip install "textrequest-ext[sandbox]". No other module of the package imports it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._callbacks import Callback
    from ._sandbox import API_KEY, Sandbox
    from ._server.faults import Fault
    from ._server.request_log import LoggedRequest
    from ._server.server import PortTakenError
    from ._simulation.actions import ReceivedText

__all__ = ["Sandbox", "Fault", "Callback", "LoggedRequest", "ReceivedText", "PortTakenError", "API_KEY"]

_MODULES = {
    "Sandbox": "_sandbox",
    "Fault": "_server.faults",
    "Callback": "_callbacks",
    "LoggedRequest": "_server.request_log",
    "ReceivedText": "_simulation.actions",
    "PortTakenError": "_server.server",
    "API_KEY": "_sandbox",
}
_DEPENDENCIES = ("jsonschema_rs", "python_multipart", "starlette", "uvicorn")


def _require_dependencies() -> None:
    missing = [name for name in _DEPENDENCIES if find_spec(name) is None]
    if missing:
        message = f'the sandbox needs {", ".join(missing)}: pip install "textrequest-ext[sandbox]"'
        raise ImportError(message, name=missing[0])


if "pytest" not in sys.modules:
    # pytest imports this package to load the plugin. It must start without the extra, and without waiting
    # for its imports. The names above are imported on first use.
    _require_dependencies()


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _require_dependencies()
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
