"""Checks the links of a built site: each must lead to a file, and to an element with that id."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """The links and the ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if value is None:
                continue
            if name in ("href", "src"):
                self.targets.append(value)
            elif name == "id" or (name == "name" and tag == "a"):
                self.ids.add(value)


@cache
def _page(path: Path) -> _Page:
    return _Page(path.read_text("utf-8"))


def broken(site: Path) -> Iterator[str]:
    """A line for each link within the site that leads nowhere."""
    _page.cache_clear()
    for path in sorted(site.rglob("*.html")):
        if path.name == "404.html":  # its links are relative to the unknown page
            continue
        for target in dict.fromkeys(_page(path).targets):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            linked = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            where = f"{path.relative_to(site)}: {target}"
            if not linked.is_relative_to(site.resolve()) and linked != path:
                yield f"{where}: outside of the site"
            elif not linked.is_file():
                yield f"{where}: no such file"
            elif (
                parts.fragment
                and linked.suffix == ".html"
                and unquote(parts.fragment) not in _page(linked).ids | {"__top"}
            ):
                yield f"{where}: no such place in the page"
