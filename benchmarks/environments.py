"""Environments with nothing but what a user installs: the package, an extra, and their dependencies.

The development environment would distort the measurements: httpx imports rich and click if they are
installed, httpcore imports trio, and both then take half of the time that is measured.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measuring import PACKAGE, ROOT

# Workers import this module too. What they do not need is imported in the functions.
if TYPE_CHECKING:
    from importlib.metadata import Distribution

OWN_PACKAGES = (ROOT / "src" / "textrequest_ext", ROOT / "generated" / "textrequest_api")


def missing_extra(extra: str) -> str | None:
    """Why an extra cannot be measured, or None if it can."""
    from importlib.metadata import PackageNotFoundError, distribution

    if extra not in (distribution(PACKAGE).metadata.get_all("Provides-Extra") or []):
        return f"the package has no extra {extra!r}"
    try:
        dependencies(PACKAGE, [extra])
    except PackageNotFoundError as error:
        return f"not installed: {error.name}"
    return None


def dependencies(name: str, extras: Iterable[str] = ()) -> dict[str, Distribution]:
    """A distribution and all that it requires, by canonical name.

    Raises PackageNotFoundError if one of them is not installed.
    """
    from importlib.metadata import distribution

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, Distribution] = {}
    pending = [Requirement(f"{name}[{','.join(extras)}]")]
    done: set[tuple[str, frozenset[str]]] = set()
    while pending:
        requirement = pending.pop()
        key = canonicalize_name(requirement.name)
        if (key, frozenset(requirement.extras)) in done:
            continue
        done.add((key, frozenset(requirement.extras)))
        found[key] = distribution(requirement.name)
        for text in found[key].requires or []:
            needed = Requirement(text)
            contexts = [{"extra": extra} for extra in ("", *requirement.extras)]
            if needed.marker is None or any(needed.marker.evaluate(context) for context in contexts):
                pending.append(needed)
    return found


def _top_level(found: Distribution) -> set[str]:
    names = {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}
    return {name for name in names if not name.endswith(".pth")}


@contextmanager
def runtime_environment(*extras: str, others: Iterable[str] = ()) -> Iterator[str]:
    """The interpreter of a virtual environment with the package and its runtime dependencies.

    extras: extras of the package to add. others: distributions to add, for what ours is compared with.
    Dependencies are links to the ones of this environment, so nothing is downloaded. The package itself is
    copied and compiled to bytecode, as pip does: a source tree may have none.
    """
    import shutil
    import sysconfig
    import tempfile
    import venv
    from compileall import compile_dir

    installed = dependencies(PACKAGE, extras)
    for other in others:
        installed |= dependencies(other)
    del installed[PACKAGE]
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, symlinks=True, with_pip=False)
        variables = {"base": folder, "platbase": folder}
        site_packages = Path(sysconfig.get_path("purelib", "venv", variables))
        for package in OWN_PACKAGES:
            copy = shutil.copytree(package, site_packages / package.name)
            compile_dir(copy, quiet=2)
        links: dict[str, Path] = {}
        for found in installed.values():
            links |= {name: Path(str(found.locate_file(name))) for name in _top_level(found)}
        for name, target in links.items():
            (site_packages / name).symlink_to(target)
        yield str(Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python")
