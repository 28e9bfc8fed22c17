"""scripts/check_terms.py reads its words from CONTRIBUTING.md and finds them in any text."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import check_terms

TABLE = """
| Not | But |
| --- | --- |
| `gizmos?`, `odd\\w*` | tool, `device` |
| `in passing`, `falls? (off\\|over)` | fails |
| `HUGE_\\w+` | `MAX_` |
| `w[a]lk\\w*`, `foreve[r]` | iterate |

Other text with `code` | and a bar.
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a table of its own."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / "CONTRIBUTING.md").write_text(TABLE, "utf-8")
    monkeypatch.setattr(check_terms, "ROOT", tmp_path)
    monkeypatch.setattr(check_terms, "TABLE", tmp_path / "CONTRIBUTING.md")
    return tmp_path


def findings(repository: Path, text: str) -> list[str]:
    (repository / "text.py").write_text(text, "utf-8")
    return list(check_terms.findings(repository / "text.py", check_terms.terms(TABLE)))


def test_each_word_of_the_table_has_its_replacement() -> None:
    assert [replacement for _, replacement in check_terms.terms(TABLE)] == [
        "tool, device",
        "tool, device",
        "fails",
        "fails",
        "MAX_",
        "iterate",
        "iterate",
    ]
    assert check_terms.terms("| a | b |\n| --- | --- |\n") == []


def test_the_table_of_the_project_is_read_completely() -> None:
    text = check_terms.TABLE.read_text("utf-8")
    rows = re.findall(r"^\| (`.*) \| .* \|$", text, flags=re.MULTILINE)

    assert len(rows) >= 10
    assert len(check_terms.terms(text)) == sum(row.count("`") for row in rows) // 2


@pytest.mark.parametrize(
    "text",
    [
        "a gizmo",
        "Gizmos!",
        "test_gizmo_here",
        "gizmo-like",
        "x = 'gizmo'",
        "oddly",
        "HUGE_BYTES",
        "huge_bytes",
    ],
)
def test_a_word_is_found(repository: Path, text: str) -> None:
    assert len(findings(repository, f"fine\n{text}\n")) == 1


@pytest.mark.parametrize("text", ["gizmology", "agizmo", "gizmo2", "HUGE", "in surpassing", "code", "fall"])
def test_a_part_of_another_word_is_not_found(repository: Path, text: str) -> None:
    assert findings(repository, text) == []


def test_a_finding_names_the_file_the_line_the_word_and_the_replacement(repository: Path) -> None:
    assert findings(repository, "fine\n\nOddly, a gizmo\n") == [
        "text.py:3: Oddly: write tool, device",
        "text.py:3: gizmo: write tool, device",
    ]


@pytest.mark.parametrize(
    "text", ["said in\npassing", "    # said in\n    # passing", "said in   passing", "it falls\n\tover"]
)
def test_a_phrase_across_a_line_break_is_found_in_its_first_line(repository: Path, text: str) -> None:
    found = findings(repository, f"fine\n{text}\n")

    assert [finding.split(":")[1] for finding in found] == ["2"]
    assert found[0].endswith("write fails")


def test_names_of_the_standard_library_are_allowed(repository: Path) -> None:
    assert findings(repository, "ast.walk(tree)\n os.walk(folder)\n") == []
    assert findings(repository, "pkgutil.walk_packages(path)\n server.serve_forever()\n") == []
    assert findings(repository, "ast.walk(tree)\n\ngizmo\n") == ["text.py:3: gizmo: write tool, device"]
    # Written in two parts, since this file is checked too.
    assert len(findings(repository, "tree." + "ast.walk()".removeprefix("ast."))) == 1
    assert len(findings(repository, "serve_forever()".removeprefix("serve_"))) == 1


def test_clean_text_passes(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "clean.md").write_text("The tool fails.\n", "utf-8")

    assert check_terms.main([]) == 0
    assert capsys.readouterr().out == ""


def test_a_finding_is_printed_and_makes_the_exit_status_1(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "folder").mkdir()
    (repository / "folder" / "b.md").write_text("A gizmo.\n", "utf-8")
    (repository / "a.md").write_text("\nHUGE_BYTES\n", "utf-8")

    assert check_terms.main([]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "a.md:2: HUGE_BYTES: write MAX_",
        "folder/b.md:1: gizmo: write tool, device",
    ]
    assert check_terms.main(["folder"]) == 1
    assert capsys.readouterr().out.splitlines() == ["folder/b.md:1: gizmo: write tool, device"]


def test_ignored_recorded_and_binary_files_are_not_read(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / ".gitignore").write_text("ignored.md\n", "utf-8")
    (repository / "ignored.md").write_text("A gizmo.\n", "utf-8")
    recorded = repository / "tests/cassettes/recorded"
    recorded.mkdir(parents=True)
    (recorded / "a.yaml").write_text("A gizmo.\n", "utf-8")
    (repository / "binary").write_bytes(b"\xff gizmo \xfe")

    assert check_terms.main([]) == 0
    assert capsys.readouterr().out == ""


def test_without_a_table_nothing_passes(repository: Path) -> None:
    (repository / "CONTRIBUTING.md").write_text("No table.\n", "utf-8")

    with pytest.raises(SystemExit, match="no table of terms"):
        check_terms.main([])


@pytest.mark.parametrize(("text", "status"), [("A tool.\n", 0), ("A gizmo.\n", 1)])
def test_the_script_exits_with_the_status(repository: Path, text: str, status: int) -> None:
    (repository / "scripts").mkdir()
    script = Path(shutil.copy(check_terms.__file__, repository / "scripts"))
    (repository / "a.md").write_text(text, "utf-8")

    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (status, "")
    assert done.stdout == ("a.md:1: gizmo: write tool, device\n" if status else "")
