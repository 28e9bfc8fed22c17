"""Log records: which are written, and what they must not contain."""

from __future__ import annotations

import logging
import os
import re

import httpx

from textrequest_ext._http.configuration import without_credentials

NUMBERS = re.compile(r"\d{7,}")
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}
_hosts: set[str] = set()


def configure_logging() -> None:
    """Write the records of this package to stderr if TEXTREQUEST_LOG is debug or info."""
    level = LEVELS.get(os.environ.get("TEXTREQUEST_LOG", "").lower())
    logger = logging.getLogger("textrequest_ext")
    if level is not None and not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(level)


class _MaskURLs(logging.Filter):
    """Masks phone numbers, queries and passwords in the URLs that httpx logs; the requests stay as they are."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_masked(value) for value in record.args)
        return True


def _masked(value: object) -> object:
    if isinstance(value, httpx.URL) and value.host in _hosts:
        return NUMBERS.sub("{number}", without_credentials(str(value).partition("?")[0]))
    return value


def mask_httpx_logs(base_url: str) -> None:
    """Mask the records that httpx writes about requests to this host."""
    _hosts.add(httpx.URL(base_url).host)
    logger = logging.getLogger(httpx.__name__)
    if not any(isinstance(one, _MaskURLs) for one in logger.filters):
        logger.addFilter(_MaskURLs())
