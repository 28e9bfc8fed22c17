"""The report on a change: Markdown for the pull request, whether it is breaking, and the next version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from synchronization.corrections import Correction
from synchronization.coverage import BrokenImport
from synchronization.differences import SEVERITIES, Difference
from synchronization.python_api import TYPING_TEST, Breakage, TypeCheck

MAX_LINES = 60


@dataclass
class Report:
    """The findings about one change; `markdown` formats them."""

    changes: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    redocly: list[Difference] | None = None
    breakages: list[Breakage] = field(default_factory=list)
    changed_types: list[Breakage] = field(default_factory=list)
    types: TypeCheck = field(default_factory=TypeCheck)
    typing_test_of: str = ""
    broken_imports: list[BrokenImport] = field(default_factory=list)
    without_method: list[str] = field(default_factory=list)
    added_models: list[str] = field(default_factory=list)
    removed_models: list[str] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    to_describe: list[str] = field(default_factory=list)
    to_check: list[str] = field(default_factory=list)
    tests_passed: bool = True
    test_output: str = ""
    contract: str = ""
    generator: str = ""
    version: str = "0.0.0"
    source: str = ""

    def breaking(self) -> list[str]:
        """The reasons why the change is breaking; empty if it is not."""
        majors = sum(found.severity == "major" for found in self.differences)
        reasons = [
            (majors, "breaking difference of the contract", "breaking differences of the contract"),
            (len(self.breakages), "breaking change of the Python API", "breaking changes of the Python API"),
            (
                len(self.broken_imports),
                "broken import in the hand-written code",
                "broken imports in the hand-written code",
            ),
            (
                len(self.types.typing_test),
                "type error in the last release's typing test",
                "type errors in the last release's typing test",
            ),
            (
                len(self.types.hand_written),
                "type error in the hand-written code",
                "type errors in the hand-written code",
            ),
        ]
        found = [
            f"{count} {singular if count == 1 else plural}" for count, singular, plural in reasons if count
        ]
        return found if self.tests_passed else [*found, "tests fail"]

    def bump(self) -> str:
        """The part of the version to increase by the rules of docs/versioning.md: major, minor or patch."""
        severities = {found.severity for found in self.differences}
        if self.breakages or self.broken_imports or self.types.typing_test or "major" in severities:
            return "major"
        return "minor" if "minor" in severities or self.added_models else "patch"

    def next_version(self) -> str:
        """The version to release. Before 1.0.0 a major change increases the second number, any other the third."""
        major, minor, patch = (int(part) for part in self.version.split(".")[:3])
        bump = self.bump()
        if not major:
            return f"0.{minor + 1}.0" if bump == "major" else f"0.{minor}.{patch + 1}"
        if bump == "major":
            return f"{major + 1}.0.0"
        return f"{major}.{minor + 1}.0" if bump == "minor" else f"{major}.{minor}.{patch + 1}"

    def title(self) -> str:
        """The title of the pull request and the commit."""
        counts = Counter(found.severity for found in self.differences)
        parts = [f"{counts['major']} breaking"] if counts["major"] else []
        parts += [f"{counts['minor']} added"] if counts["minor"] else []
        return f"Contract: {', '.join(parts) or 'no visible change'}"

    def labels(self) -> list[str]:
        """The labels of the pull request."""
        return ["contract", *(["breaking"] if self.breaking() else []), f"semver:{self.bump()}"]

    def markdown(self) -> str:
        """The whole report. Text from the document is formatted as code, so that it has no effect as Markdown."""
        reasons = self.breaking()
        result = f"**Breaking**: {'; '.join(reasons)}." if reasons else "**Not breaking.**"
        parts = [
            f"{result} Proposed version: **{self.next_version()}** (a {self.bump()} change to {self.version}).",
            self._facts(),
            self._differences(),
            self._python(),
            self._hand_written(),
            self._overlay(),
            self._prose(),
            _details("Differences of the documents", [code(line) for line in self.changes]),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _facts(self) -> str:
        *failures, last = self.test_output.splitlines() or [""]
        result = "pass" if self.tests_passed else "**fail**"
        lines = [
            f"- Document: {code(self.source)}" if self.source else "",
            f"- Contract: {code(self.contract[:12])}, generated with {code(self.generator)}",
            f"- Tests: {result} ({code(last)})" if last else "- Tests: not run",
        ]
        failed = [] if self.tests_passed else [code(line) for line in failures]
        return "\n".join(line for line in lines if line) + (
            ("\n\n" + _details("Failed tests", failed)) if failed else ""
        )

    def _differences(self) -> str:
        counts = Counter(found.severity for found in self.differences)
        text = f"## The contract\n\n{', '.join(f'{counts[severity]} {severity}' for severity in SEVERITIES)}, overlay included."
        if self.differences:
            text += "\n\n" + _table(
                ("Severity", "Change", "Where", "What"),
                [
                    (found.severity, found.kind, code(found.where), code(found.what))
                    for found in self.differences
                ],
            )
        if self.redocly is None:
            return text + "\n\nredocly was not run: Node or the package is not available."
        counts = Counter(found.severity for found in self.redocly)
        total = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES)
        lines = [
            f"{found.severity} {code(found.kind)} {code(found.where)}: {code(found.what)}"
            for found in self.redocly
        ]
        return f"{text}\n\n{_details(f'Differences found by redocly: {total}', lines) or f'Differences found by redocly: {total}.'}"

    def _python(self) -> str:
        version = f" ({self.typing_test_of})" if self.typing_test_of else ""
        parts = [
            _list(
                "Breaking changes found by griffe",
                [f"{code(item.name)}: {item.what} {code(item.detail)}".rstrip() for item in self.breakages],
            ),
            _list(
                "Changed types", [f"{code(item.name)}: {code(item.detail)}" for item in self.changed_types]
            ),
            _list(
                f"{code(TYPING_TEST.as_posix())} of the last release{version}, checked with this code",
                [code(line) for line in self.types.typing_test],
            ),
            self.types.note,
            _list("Added models", [code(name) for name in self.added_models]),
            _list("Removed models", [code(name) for name in self.removed_models]),
        ]
        sections = [part for part in parts if part]
        if not self.types.typing_test and not self.types.note:
            sections.append(f"{code(TYPING_TEST.as_posix())}{version} still type-checks.")
        return "## The Python API\n\n" + "\n\n".join(sections)

    def _hand_written(self) -> str:
        parts = [
            _list(
                "Broken imports",
                [f"{code(f'{item.file}:{item.line}')}: {code(item.name)}" for item in self.broken_imports],
            ),
            _list("Type errors", [code(line) for line in self.types.hand_written]),
            _list(
                "Operations without a method; `client.call` and `client.paginate` can call them",
                [code(name) for name in self.without_method],
            ),
        ]
        sections = [part for part in parts if part]
        return "## The hand-written code\n\n" + "\n\n".join(sections or ["Every operation has a method."])

    def _overlay(self) -> str:
        headings = {
            "stale": "Removed from the overlay because the target no longer exists",
            "documented": "Removed from the overlay because the document has it now",
            "redundant": "Removed from the overlay because the document has the same value now",
            "moved": "Renamed in the overlay because the path has another name",
            "missing": "Removed from the overlay because the document no longer has what it names",
        }
        parts = [
            _list(
                heading,
                [
                    f"{code(item.target)}{f' {code(item.note)}' if item.note else ''}: {code(item.description)}"
                    for item in self.corrections
                    if item.kind == kind
                ],
            )
            for kind, heading in headings.items()
        ]
        sections = [part for part in parts if part]
        return "## The overlay\n\n" + "\n\n".join(
            sections or ["Every action still has a target and is still needed."]
        )

    def _prose(self) -> str:
        parts = [
            _list("New, without a description", [code(where) for where in self.to_describe]),
            _list("Changed, the description may be wrong", [code(where) for where in self.to_check]),
        ]
        sections = [part for part in parts if part]
        heading = "## Descriptions to write in openapi.yaml\n\nEach is marked TODO there."
        return "\n\n".join([heading, *sections]) if sections else ""


def code(text: str) -> str:
    """Text from a document, formatted as code so that it cannot become a link, a mention or markup."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    plain = plain.replace("`", "'").replace("|", "¦")
    return f"`{plain}`" if plain else ""


def _list(heading: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{heading}:", "", *_bullets(lines)]) if lines else ""


def _bullets(lines: Sequence[str]) -> list[str]:
    more = [f"- and {len(lines) - MAX_LINES} more"] if len(lines) > MAX_LINES else []
    return [f"- {line}" for line in lines[:MAX_LINES]] + more


def _details(heading: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    return "\n".join(["<details>", f"<summary>{heading}</summary>", "", *_bullets(lines), "", "</details>"])


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    listed = [*rows]
    lines = [heading, ["---"] * len(heading), *listed[:MAX_LINES]]
    text = "\n".join(f"| {' | '.join(row)} |" for row in lines)
    return f"{text}\n\nand {len(listed) - MAX_LINES} more" if len(listed) > MAX_LINES else text
