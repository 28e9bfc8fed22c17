"""What is to be notified when a request has left. Parsing a page keeps other threads from sending theirs."""

from __future__ import annotations

import threading
from typing import Any


class _Departures(threading.local):
    """notify: called each time the thread that set it has sent data."""

    notify: Any = None


departures = _Departures()
