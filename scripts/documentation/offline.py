"""Makes a built site independent of other hosts, so that it works from a file and without a network."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

# The generator loads this script from another host. Browsers refuse to start a worker from a file, and the search
# is a worker; the script runs it in a frame instead. Ours does the same.
REMOTE = re.compile(r"https://unpkg\.com/iframe-worker/shim")
LOCAL = "assets/worker.js"
# What a browser loads by itself. Links that a reader may follow are not among them.
RESOURCE = re.compile(
    r"<(?:script|img|iframe|source|link)\b[^>]*?(?:src|href)=[\"']?((?:https?:)?//[^\"'\s>]+)"
)


def make_local(site: Path) -> None:
    """Replace what the pages load from other hosts."""
    for path in site.rglob("*.html"):
        text = path.read_text("utf-8")
        local = os.path.relpath(site / LOCAL, path.parent)
        path.write_text(REMOTE.sub(local, text), "utf-8")


def external_resources(site: Path) -> Iterator[str]:
    """A line for each resource that a page would load from another host."""
    for path in sorted(site.rglob("*.html")):
        for url in RESOURCE.findall(path.read_text("utf-8")):
            yield f"{path.relative_to(site)}: loads {url}"
