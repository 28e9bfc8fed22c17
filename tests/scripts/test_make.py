"""The targets of the Makefile print what they do and errors, nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # Variables of a make that runs the tests are not passed on.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PIP_"))}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**inherited, **environment},
    )  # fmt: skip


def test_warnings_of_pip_are_not_shown_and_errors_are(tmp_path: Path) -> None:
    (tmp_path / "more.mk").write_text("install-nothing: ; @$(INSTALL) package-that-does-not-exist\n", "utf-8")

    done = make(
        *(
            "--file",
            "Makefile",
            "--file",
            str(tmp_path / "more.mk"),
            "install-nothing",
            f"RUN={sys.executable}",
        ),
        # pip warns of a folder that does not exist.
        PIP_CONFIG_FILE=os.devnull,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(tmp_path / "nowhere"),
    )

    assert done.returncode == 2
    assert "ERROR: No matching distribution found for package-that-does-not-exist" in done.stderr
    assert "WARNING" not in done.stderr
    assert done.stdout == ""


def test_help_lists_every_target_that_has_a_description() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    described = [line.split(":")[0] for line in text.splitlines() if ":" in line and " ## " in line]

    done = make()

    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == described
    phony = text.partition(".PHONY:")[2].partition("\n\n")[0].replace("\\\n", " ").split()
    assert sorted(phony) == sorted(described)
