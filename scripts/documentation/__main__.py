"""The command line: `make docs`, `make diagrams` and `make readme`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from documentation import diagrams, links, offline, readme, sources

BUILD = sources.ROOT / "build"


def build(site: Path) -> int:
    """Build the site. Returns the exit status: 1 for a warning, a broken link or a request to another host."""
    work = BUILD / "documentation"
    for folder in (work, site):
        shutil.rmtree(folder, ignore_errors=True)
    pages = work / "docs"
    pages.mkdir(parents=True)
    settings = sources.settings(sources.write_pages(pages))
    file = work / "mkdocs.yml"
    file.write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
    paths = [str(sources.ROOT / "scripts"), os.environ.get("PYTHONPATH", "")]
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "--config-file", str(file)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    status = subprocess.run(command, env=environment, check=False).returncode
    if status:
        return 1
    (work / "site").rename(site)
    offline.make_local(site)
    problems = [*links.broken(site), *offline.external_resources(site)]
    print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m documentation", description=__doc__)
    parser.add_argument("command", choices=["build", "diagrams", "readme"])
    command = parser.parse_args(arguments).command
    site = BUILD / "site"
    try:
        if command == "diagrams":
            return diagrams.render()
        if command == "readme":
            return readme.write()
        status = build(site)
    except sources.BrokenPageError as error:
        print(error, file=sys.stderr)
        return 1
    if status == 0:
        print(f"{(site / 'index.html').relative_to(sources.ROOT)} is the first page")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
