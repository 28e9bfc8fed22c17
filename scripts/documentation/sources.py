"""The pages that the site is built from: those of docs/, and those made from other files of the project."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from documentation import reference

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
# Files outside of docs/ that pages link to, and the pages they become.
PROJECT = {
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security.md",
    "examples/README.md": "examples/index.md",
}
FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,}|~{3,}).*?^(?P=indent)(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"(?P<label>!?\[(?:[^\[\]]|\[[^\[\]]*\])*\])\((?P<target>[^()\s]+)\)")
# Written by `make bench-peers`; the page has no picture before the first run.
DRAWN_LATER = "docs/performance.svg"
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class BrokenPageError(Exception):
    """A page that the site cannot be built from; the message says which, and why."""


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with a change of all that is not in a code block."""
    parts, end = [], 0
    for match in FENCE.finditer(text):
        parts += [change(text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*parts, change(text[end:])])


def published(root: Path = ROOT) -> dict[Path, str]:
    """The files that become pages or their pictures, and where in the site."""
    docs = root / "docs"
    pages = {path: path.relative_to(docs).as_posix() for path in docs.rglob("*") if path.is_file()}
    pages |= {root / name: page for name, page in PROJECT.items() if (root / name).exists()}
    examples = sorted((root / "examples").glob("*.py"))
    return pages | {path: f"examples/{path.stem}.md" for path in examples}


def diagram_name(page: Path, number: int) -> str:
    """The picture of a diagram, below docs/."""
    return f"diagrams/{page.stem}-{number}.svg"


def digest(source: str) -> str:
    """What a picture contains to show which text it was rendered from."""
    return hashlib.sha256(source.encode()).hexdigest()


def diagrams(page: Path) -> Iterator[tuple[str, str]]:
    """The picture and the text of each diagram in a page."""
    for number, match in enumerate(DIAGRAM.finditer(page.read_text("utf-8")), 1):
        yield diagram_name(page, number), match[1]


def _with_pictures(page: Path, text: str, docs: Path) -> str:
    names = iter([name for name, _ in diagrams(page)])

    def picture(match: re.Match[str]) -> str:
        name = next(names)
        path = docs / name
        if not path.exists() or digest(match[1]) not in path.read_text("utf-8"):
            raise BrokenPageError(f"{page.name}: {name} is not the picture of its diagram; run make diagrams")
        title = re.search(r"^ *accTitle: *(.+)$", match[1], re.MULTILINE)
        return f"![{title[1] if title else page.stem}]({name})"

    return DIAGRAM.sub(picture, text)


def _with_links(source: Path, destination: str, text: str, pages: dict[Path, str], root: Path) -> str:
    """The text with the links between files changed to links between pages."""

    def link(match: re.Match[str]) -> str:
        target, hash_sign, fragment = match["target"].partition("#")
        if not target or re.match(r"[a-z]+:", target):
            return match[0]
        path = Path(os.path.normpath(source.parent / target))
        page = pages.get(path) or pages.get(path / "README.md") or pages.get(path / "index.md")
        if path == root / DRAWN_LATER and not path.exists():
            return ""
        if page is None:
            where = source.relative_to(root)
            raise BrokenPageError(f"{where}: the site has no page for the link to {target}")
        relative = os.path.relpath(page, Path(destination).parent)
        return f"{match['label']}({relative}{hash_sign}{fragment})"

    return outside_code(text, lambda part: LINK.sub(link, part))


def _example_page(path: Path) -> str:
    """A page with the program, and with the docstring of the module as its text."""
    source = path.read_text("utf-8")
    docstring = ast.get_docstring(ast.parse(source)) or path.name
    first, _, rest = docstring.partition("\n")
    # An indented block of a docstring is a command line, in Markdown as well.
    return f"# {path.name}\n\n{first}\n{rest}\n\n```python\n{source.rstrip()}\n```\n"


def write_pages(target: Path, root: Path = ROOT) -> dict[str, str]:
    """Write all pages below target. Returns the title of each."""
    pages = published(root)
    titles: dict[str, str] = {}
    for source, name in pages.items():
        destination = target / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix not in (".md", ".py"):
            shutil.copyfile(source, destination)
            continue
        text = _example_page(source) if source.suffix == ".py" else source.read_text("utf-8")
        text = _with_links(source, name, _with_pictures(source, text, root / "docs"), pages, root)
        destination.write_text(text, "utf-8")
        titles[name] = _title(name, text)
    for name, text in reference.pages().items():
        destination = target / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_text(text, "utf-8")
        titles[name] = _title(name, text)
    return titles


def _title(name: str, text: str) -> str:
    heading = re.match(r"# (.+)\n", text)
    if heading is None:
        raise BrokenPageError(f"{name}: the first line must be the title")
    return heading[1].replace("`", "")


def settings(titles: dict[str, str], root: Path = ROOT) -> dict[str, Any]:
    """The settings of the generator: mkdocs.yml, with all pages in the navigation."""
    loaded: dict[str, Any] = yaml.safe_load((root / "mkdocs.yml").read_text("utf-8"))
    sections = {name: content for entry in loaded["nav"] for name, content in entry.items()}
    listed = set(_names(loaded["nav"]))
    missing = sorted(name for name in titles if "/" not in name and name not in listed)
    sections["Guides"] += missing
    sections["Maintain"] += sorted(name for name in titles if name.startswith("project/"))
    sections["Examples"] = sorted(name for name in titles if name.startswith("examples/"))
    sections["Reference"] = list(reference.navigation())
    loaded["nav"] = [{name: content} for name, content in sections.items()]
    python = loaded["plugins"][-1]["mkdocstrings"]["handlers"]["python"]
    python["paths"] = [str(root / path) for path in python["paths"]]
    # The generator takes only folders beside its settings.
    return loaded | {"docs_dir": "docs", "site_dir": "site", "use_directory_urls": False}


def _names(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for entry in nav.values() if isinstance(nav, dict) else nav:
            yield from _names(entry)
