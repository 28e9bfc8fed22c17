"""The command line: see `scripts/regen.sh --help`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from regeneration import Refused, access, conventions, overlay, package, source

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "openapi.yaml"
OVERLAY = ROOT / "openapi.overlay.yaml"
CODEGEN = ROOT / "codegen"


def build(contract: dict[str, Any], name: str) -> dict[str, Any]:
    """The built document of a contract: corrected by the overlay, prepared, and validated before and after."""
    package.check(contract, name)
    reference = source.load(str(CONTRACT))
    neutral = conventions.without_instructions(source.in_order_of(contract, reference))
    corrected = overlay.apply(neutral, overlay.read(OVERLAY))
    built = conventions.prepare(conventions.with_tags_of(contract, corrected))
    access.server(contract, built)
    package.check(built, f"{name} with its corrections")
    return built


def regenerate(spec: str, output: Path, *, check: bool) -> list[str]:
    """Generate the package from spec into output, or with check only compare. Returns the files that differ."""
    contract = source.load(spec)
    built = build(contract, spec)
    target = output / package.PACKAGE
    if output.exists() and not output.is_dir():
        raise Refused(f"{output}: not a directory")
    try:
        with tempfile.TemporaryDirectory(
            prefix=".regen-", dir=None if check else _beside(output)
        ) as directory:
            new = Path(directory) / package.PACKAGE
            package.write(built, package.provenance(contract, OVERLAY, CODEGEN), CODEGEN, Path(directory))
            differences = package.differences(target, new)
            if differences and not check:
                package.replace(target, new)
    except OSError as error:
        raise Refused(f"{error.filename or output}: {error.strerror or error}") from error
    return differences


def _beside(output: Path) -> Path:
    """The output directory, or its nearest existing parent: a rename is atomic only within one file system."""
    return next(path for path in (output.absolute(), *output.absolute().parents) if path.is_dir())


def main(arguments: list[str] | None = None) -> int:
    """Return 0 if it is done or up to date, 1 if --check found differences, 2 if the input cannot be used."""
    parser = argparse.ArgumentParser(
        prog="regen",
        description="Regenerate the low-level package: contract, overlay, validation, generator, formatter.",
        epilog="exit status: 0 done or up to date; 1 --check found differences; 2 invalid input, nothing changed",
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; list the files that would change"
    )
    parser.add_argument(
        "--spec", default=str(CONTRACT), metavar="FILE-OR-URL", help="another document, as YAML or JSON"
    )
    parser.add_argument(
        "--output",
        default=str(ROOT / "generated"),
        metavar="DIR",
        type=Path,
        help="the directory for the package",
    )
    options = parser.parse_args(arguments)
    try:
        differences = regenerate(options.spec, options.output, check=options.check)
    except Refused as refused:
        print(f"regen: {' '.join(str(refused).split())}", file=sys.stderr)
        return 2
    except RecursionError:
        print(f"regen: {options.spec}: references are nested too deeply", file=sys.stderr)
        return 2
    for line in differences:
        print(line)
    if options.check:
        print(f"{len(differences)} files would change" if differences else "up to date")
        return 1 if differences else 0
    print(f"{len(differences)} files written" if differences else "nothing to change")
    return 0


if __name__ == "__main__":
    sys.exit(main())
