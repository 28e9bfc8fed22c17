"""Draws the Mermaid diagrams of docs/ as SVG files, so that the site needs no script for them.

Run by `make diagrams`, which only those need who change a diagram: it takes the script of Mermaid from npm and
runs it in Chromium. GitHub draws the diagrams by itself.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from documentation.sources import DOCS, BrokenPageError, diagrams, digest

MERMAID = "mermaid@12.3.0"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = {
    "startOnLoad": False,
    "theme": "neutral",
    "fontFamily": "system-ui, sans-serif",
    "htmlLabels": False,
    "deterministicIds": True,
    "flowchart": {"htmlLabels": False, "wrappingWidth": 400},
}
PAGE = """<!doctype html><meta charset="utf-8"><script src="{script}"></script><pre id="result"></pre>
<script>
mermaid.initialize({options});
mermaid.render("diagram", {source})
  .then(({{ svg }}) => {{ document.getElementById("result").textContent = svg; }})
  .catch((error) => {{ document.getElementById("result").textContent = "error: " + error; }});
</script>"""
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--virtual-time-budget=10000",
    "--dump-dom",
)


def _browser() -> str:
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise BrokenPageError(f"diagrams are drawn with a browser: install one of {', '.join(BROWSERS)}")


def _script(folder: Path) -> Path:
    """Mermaid, from npm."""
    if shutil.which("npm") is None:
        raise BrokenPageError("the script that draws diagrams is a package of npm, which is not installed")
    subprocess.run(["npm", "pack", "--silent", MERMAID], cwd=folder, check=True, capture_output=True)
    [archive] = folder.glob("*.tgz")
    with tarfile.open(archive) as files:
        files.extract("package/dist/mermaid.min.js", folder, filter="data")
    return folder / "package" / "dist" / "mermaid.min.js"


def _svg(source: str, script: Path, browser: str, folder: Path) -> str:
    page = folder / "page.html"
    text = json.dumps(source).replace("</", "<\\/")
    page.write_text(PAGE.format(script=script.as_uri(), options=json.dumps(OPTIONS), source=text), "utf-8")
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [browser, *FLAGS, *root, f"--user-data-dir={folder / 'profile'}", page.as_uri()]
    dom = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result = re.search(r'<pre id="result">(.*?)</pre>', dom, re.DOTALL)
    svg = html.unescape(result[1]) if result else ""
    if not svg.startswith("<svg"):
        raise BrokenPageError(
            f"a diagram could not be drawn: {svg or 'the browser returned nothing'}\n{source}"
        )
    return svg


def render(docs: Path = DOCS) -> int:
    """Draw each diagram whose picture is not that of its text, and delete pictures without a diagram."""
    wanted = {name: source for page in sorted(docs.glob("*.md")) for name, source in diagrams(page)}
    for path in (docs / "diagrams").glob("*.svg"):
        if path.relative_to(docs).as_posix() not in wanted:
            path.unlink()
    changed = {
        name: source
        for name, source in wanted.items()
        if not (docs / name).exists() or digest(source) not in (docs / name).read_text("utf-8")
    }
    if not changed:
        print("all diagrams are drawn", file=sys.stderr)
        return 0
    (docs / "diagrams").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="diagrams-") as temporary:
        folder = Path(temporary)
        script, browser = _script(folder), _browser()
        for name, source in changed.items():
            svg = _svg(source, script, browser, folder)
            (docs / name).write_text(
                f"{svg}\n<!-- drawn by make diagrams from the text {digest(source)} -->\n", "utf-8"
            )
            print(name)
    return 0
