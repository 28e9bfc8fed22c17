"""The check before a release, and its notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from synchronization import release

LOG = """# Changelog

## [Unreleased]

### Added
- Later.

## [1.2.3] - 2026-05-01

### Added
- A thing.

## [1.2.2] - 2026-04-01

- Before.

[1.2.3]: https://example.com/1.2.3
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src/textrequest_ext").mkdir(parents=True)
    (tmp_path / "src/textrequest_ext/_version.py").write_text(
        '"""The version."""\n\n__version__ = "1.2.3"\n', "utf-8"
    )
    (tmp_path / "CHANGELOG.md").write_text(LOG, "utf-8")
    (tmp_path / "openapi.yaml").write_text("description: Words.\n", "utf-8")
    return tmp_path


def test_a_release_that_is_ready(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["check", "--tag", "v1.2.3", "--root", str(project)]) == 0
    assert release.main(["check", "--root", str(project)]) == 0
    assert capsys.readouterr().out == "1.2.3 is ready\n" * 2


@pytest.mark.parametrize("tag", ["v1.2.4", "1.2.3", "v1.2.3 "])
def test_a_tag_of_another_version_is_refused(
    project: Path, tag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release.main(["check", "--tag", tag, "--root", str(project)]) == 1
    assert "the tag must be v1.2.3" in capsys.readouterr().err


def test_a_version_without_a_changelog_is_refused(project: Path) -> None:
    (project / "CHANGELOG.md").write_text(LOG.replace("[1.2.3] -", "[1.2.4] -"), "utf-8")
    assert "CHANGELOG.md has no entries under" in release.problems(project, None)[0]


def test_descriptions_to_write_are_counted(project: Path) -> None:
    (project / "openapi.yaml").write_text(
        'a: b\nc: "TODO: describe; new in the vendor\'s document."\n', "utf-8"
    )
    assert release.problems(project, None) == [
        "openapi.yaml has 1 descriptions to write or check, the first in line 2"
    ]


def test_the_notes_of_the_version_are_printed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    release.main(["notes", "--root", str(project)])
    assert capsys.readouterr().out == "### Added\n- A thing.\n"
