"""The report: whether a change is breaking, the next version, and text of a document that is formatted as code."""

from __future__ import annotations

import pytest

from synchronization.corrections import Correction
from synchronization.coverage import BrokenImport
from synchronization.differences import Difference
from synchronization.python_api import Breakage, TypeCheck
from synchronization.report import MAX_LINES, Report, code

MAJOR = Difference("major", "property removed", "schema a", "b")
MINOR = Difference("minor", "property added", "schema a", "b")
PATCH = Difference("patch", "failure added", "GET /a", "status 409")
MOVED = Difference("major", "operation moved", "GET /a", "to GET /b")


@pytest.mark.parametrize(
    ("report", "bump", "breaking"),
    [
        (Report(), "patch", False),
        (Report(differences=[PATCH]), "patch", False),
        (Report(differences=[MINOR]), "minor", False),
        (Report(added_models=["A"]), "minor", False),
        (Report(differences=[MAJOR, MINOR]), "major", True),
        (Report(differences=[MOVED]), "major", True),
        (Report(differences=[Difference("major", "server removed", "the whole API", "a")]), "major", True),
        (Report(breakages=[Breakage("a.b", "gone")]), "major", True),
        (Report(broken_imports=[BrokenImport("src/a.py", 1, "b")]), "major", True),
        (Report(types=TypeCheck(typing_test=["api.py:1: error: a"])), "major", True),
        (Report(types=TypeCheck(hand_written=["src/a.py:1: error: a"])), "patch", True),
        (Report(tests_passed=False), "patch", True),
        (Report(redocly=[Difference("major", "enum-values-added", "a")]), "patch", False),
    ],
    ids=str,
)
def test_what_is_breaking_and_which_part_of_the_version_increases(
    report: Report, bump: str, breaking: bool
) -> None:
    assert report.bump() == bump
    assert bool(report.breaking()) is breaking
    assert ("breaking" in report.labels()) is breaking
    assert f"semver:{bump}" in report.labels()
    assert ("**Breaking**" in report.markdown()) is breaking


@pytest.mark.parametrize(
    ("version", "found", "following"),
    [
        ("0.1.0", MAJOR, "0.2.0"),
        ("0.1.0", MINOR, "0.1.1"),
        ("0.1.0", PATCH, "0.1.1"),
        ("1.4.2", MAJOR, "2.0.0"),
        ("1.4.2", MINOR, "1.5.0"),
        ("1.4.2", PATCH, "1.4.3"),
    ],
)
def test_the_next_version(version: str, found: Difference, following: str) -> None:
    report = Report(version=version, differences=[found])

    assert report.next_version() == following
    assert f"**{following}**" in report.markdown()


@pytest.mark.parametrize(
    ("output", "passed", "line"),
    [
        ("", True, "- Tests: not run\n"),
        ("9 passed in 1.00s", True, "- Tests: pass (`9 passed in 1.00s`)\n"),
        ("not finished after 9 seconds", False, "- Tests: **fail** (`not finished after 9 seconds`)\n"),
    ],
)
def test_the_result_of_the_tests(output: str, passed: bool, line: str) -> None:
    assert line in Report(tests_passed=passed, test_output=output).markdown()


def test_every_finding_is_in_the_report() -> None:
    report = Report(
        changes=["added /paths/~1a"],
        differences=[MAJOR],
        breakages=[Breakage("textrequest_api.models.a.A.b", "Public object was removed")],
        changed_types=[Breakage("textrequest_api.models.a.A.c", "Type was changed", "int to str")],
        types=TypeCheck(
            typing_test=["tests/typing/api.py:3: error: no b"], hand_written=["src/a.py:9: error: no b"]
        ),
        typing_test_of="v1.2.0",
        broken_imports=[BrokenImport("src/textrequest_ext/resources/a.py", 4, "textrequest_api.api.a.a_get")],
        without_method=["textrequest_api.api.a.a_burn"],
        added_models=["Added"],
        removed_models=["Removed"],
        corrections=[
            Correction("stale", "$.paths['/a']", "ours: named", ""),
            Correction("redundant", "$.b", "c", "d: e"),
        ],
        to_describe=["/paths/~1a/get"],
        to_check=["/components/schemas/a"],
        tests_passed=False,
        test_output="FAILED tests/unit/test_a.py::test_a\n1 failed in 1.00s",
        contract="abcdef0123456789",
        generator="openapi-python-client 0.29.1",
        source="https://example.com/document.json",
    )
    text = report.markdown()

    for part in (
        "1 breaking difference of the contract; 1 breaking change of the Python API; 1 broken import in the hand-written code",
        "| major | property removed | `schema a` | `b` |",
        "`textrequest_api.models.a.A.b`: Public object was removed",
        "`textrequest_api.models.a.A.c`: `int to str`",
        "of the last release (v1.2.0), checked with this code",
        "`tests/typing/api.py:3: error: no b`",
        "`src/textrequest_ext/resources/a.py:4`: `textrequest_api.api.a.a_get`",
        "`textrequest_api.api.a.a_burn`",
        "- `Added`", "- `Removed`",
        "`$.paths['/a']`: `ours: named`",
        "`$.b` `d: e`: `c`",
        "- `/paths/~1a/get`", "- `/components/schemas/a`",
        "**fail** (`1 failed in 1.00s`)", "`FAILED tests/unit/test_a.py::test_a`",
        "`abcdef012345`, generated with `openapi-python-client 0.29.1`",
        "`https://example.com/document.json`",
        "- `added /paths/~1a`",
    ):  # fmt: skip
        assert part in text, part
    assert report.title() == "Contract: 1 breaking"


@pytest.mark.parametrize(
    "name",
    [
        "@everybody",
        "[a](https://example.com)",
        "<img src=x>",
        "a`b`c @team",
        "a|b",
        "a\n# b",
        "a\x1b[31m",
        "``` <!--",
    ],
)
def test_text_of_a_document_has_no_effect_as_markdown(name: str) -> None:
    text = code(name)

    assert text.startswith("`")
    assert text.endswith("`")
    assert text.count("`") == 2
    assert "\n" not in text
    assert "|" not in text
    assert text.isprintable()


def test_a_long_list_is_truncated_with_a_count() -> None:
    text = Report(to_describe=[f"/paths/{number}" for number in range(MAX_LINES + 5)]).markdown()

    assert "- and 5 more" in text
    assert f"/paths/{MAX_LINES}`" not in text
