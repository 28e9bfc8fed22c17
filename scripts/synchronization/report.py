"""What broke, in words: Markdown for the pull request, a verdict, and the version it asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from synchronization.corrections import Correction
from synchronization.coverage import Lost
from synchronization.differences import SEVERITIES, Difference
from synchronization.python_api import PROMISE, Breakage, TypeCheck

MOST_LINES = 60
# Changes that stop a released copy of the package without asking anything of its users' code.
WIRE_ONLY = frozenset(
    {"operation moved", "server removed", "server added", "failure added", "failure removed"}
)


@dataclass
class Report:
    """Everything found about one change; `markdown` puts it into words."""

    changes: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    redocly: list[Difference] | None = None
    breakages: list[Breakage] = field(default_factory=list)
    retyped: list[Breakage] = field(default_factory=list)
    types: TypeCheck = field(default_factory=TypeCheck)
    promise_of: str = ""
    lost: list[Lost] = field(default_factory=list)
    without_line: list[str] = field(default_factory=list)
    gained_models: list[str] = field(default_factory=list)
    lost_models: list[str] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    to_describe: list[str] = field(default_factory=list)
    to_check: list[str] = field(default_factory=list)
    tests_passed: bool = True
    tests_said: str = "not run"
    contract: str = ""
    generator: str = ""
    version: str = "0.0.0"
    source: str = ""

    def breaking(self) -> list[str]:
        """Why this breaks something, one reason an entry; empty if nothing does."""
        majors = sum(found.severity == "major" for found in self.differences)
        reasons = [
            (majors, "breaking difference of the contract", "breaking differences of the contract"),
            (len(self.breakages), "breaking change of the Python API", "breaking changes of the Python API"),
            (
                len(self.lost),
                "line of the hand layer imports what is gone",
                "lines of the hand layer import what is gone",
            ),
            (
                len(self.types.promise),
                "type error in the last promise to users",
                "type errors in the last promise to users",
            ),
            (len(self.types.hand_layer), "type error in the hand layer", "type errors in the hand layer"),
        ]
        said = [f"{count} {one if count == 1 else many}" for count, one, many in reasons if count]
        return said if self.tests_passed else [*said, "tests fail"]

    def bump(self) -> str:
        """What this asks of the version: major, minor or patch, as docs/versioning.md has it."""
        python = [found for found in self.differences if found.kind not in WIRE_ONLY]
        if (
            self.breakages
            or self.lost
            or self.types.promise
            or any(found.severity == "major" for found in python)
        ):
            return "major"
        return (
            "minor" if any(found.severity == "minor" for found in python) or self.gained_models else "patch"
        )

    def next_version(self) -> str:
        """The version to release this as. Before 1.0.0 a breaking change moves the second number, the rest the third."""
        major, minor, patch = (int(part) for part in self.version.split(".")[:3])
        bump = self.bump()
        if not major:
            return f"0.{minor + 1}.0" if bump == "major" else f"0.{minor}.{patch + 1}"
        if bump == "major":
            return f"{major + 1}.0.0"
        return f"{major}.{minor + 1}.0" if bump == "minor" else f"{major}.{minor}.{patch + 1}"

    def title(self) -> str:
        """One line for a pull request or a commit."""
        counts = Counter(found.severity for found in self.differences)
        parts = [f"{counts['major']} breaking"] if counts["major"] else []
        parts += [f"{counts['minor']} added"] if counts["minor"] else []
        return f"Contract: {', '.join(parts) or 'nothing a user would see'}"

    def labels(self) -> list[str]:
        """Labels of the pull request."""
        return ["contract", *(["breaking"] if self.breaking() else []), f"semver:{self.bump()}"]

    def markdown(self) -> str:
        """The whole report. Names out of the document stand in code, so that none acts as Markdown."""
        reasons = self.breaking()
        verdict = f"**This breaks something**: {'; '.join(reasons)}." if reasons else "**Nothing breaks.**"
        parts = [
            f"{verdict} Proposed version: **{self.next_version()}** (a {self.bump()} change to {self.version}).",
            self._facts(),
            self._differences(),
            self._python(),
            self._hand_layer(),
            self._overlay(),
            self._prose(),
            _details(
                "What the document says otherwise, place by place", [code(line) for line in self.changes]
            ),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _facts(self) -> str:
        lines = [
            f"- Document: {code(self.source)}" if self.source else "",
            f"- Contract: {code(self.contract[:12])}, made with {code(self.generator)}",
            f"- Tests: {'pass' if self.tests_passed else '**fail**'} ({code(self.tests_said.splitlines()[-1] if self.tests_said else '')})",
        ]
        failed = [] if self.tests_passed else [code(line) for line in self.tests_said.splitlines()[:-1]]
        return "\n".join(line for line in lines if line) + (
            ("\n\n" + _details("What failed", failed)) if failed else ""
        )

    def _differences(self) -> str:
        counts = Counter(found.severity for found in self.differences)
        text = f"## The contract\n\n{', '.join(f'{counts[severity]} {severity}' for severity in SEVERITIES)}, corrections included."
        if self.differences:
            text += "\n\n" + _table(
                ("Severity", "Change", "Where", "What"),
                [
                    (found.severity, found.kind, code(found.where), code(found.what))
                    for found in self.differences
                ],
            )
        if self.redocly is None:
            return text + "\n\nredocly did not look at it: Node or the package is not at hand."
        counts = Counter(found.severity for found in self.redocly)
        said = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES)
        lines = [
            f"{found.severity} {code(found.kind)} {code(found.where)}: {code(found.what)}"
            for found in self.redocly
        ]
        return f"{text}\n\n{_details(f'What redocly says: {said}', lines) or f'redocly says: {said}.'}"

    def _python(self) -> str:
        whose = f" ({self.promise_of})" if self.promise_of else ""
        parts = [
            _list(
                "Breaking changes griffe finds",
                [f"{code(item.name)}: {item.what} {code(item.detail)}".rstrip() for item in self.breakages],
            ),
            _list("Other types", [f"{code(item.name)}: {code(item.detail)}" for item in self.retyped]),
            _list(
                f"{code(PROMISE.as_posix())} of the last release{whose}, checked against this code",
                [code(line) for line in self.types.promise],
            ),
            self.types.note,
            _list("Models gained", [code(name) for name in self.gained_models]),
            _list("Models lost", [code(name) for name in self.lost_models]),
        ]
        said = [part for part in parts if part]
        if not self.types.promise and not self.types.note:
            said.append(f"{code(PROMISE.as_posix())}{whose} still type-checks.")
        return "## The Python API\n\n" + "\n\n".join(said)

    def _hand_layer(self) -> str:
        parts = [
            _list(
                "Lines that import what is gone",
                [f"{code(f'{item.file}:{item.line}')}: {code(item.name)}" for item in self.lost],
            ),
            _list("Type errors", [code(line) for line in self.types.hand_layer]),
            _list(
                "Operations without a resource line, at hand through `client.call` and `client.paginate` only",
                [code(name) for name in self.without_line],
            ),
        ]
        said = [part for part in parts if part]
        return "## The hand layer\n\n" + "\n\n".join(said or ["Every operation has its line."])

    def _overlay(self) -> str:
        words = {
            "stale": "Taken out of the overlay: no longer match anything",
            "documented": "Taken out of the overlay: the document has it now",
            "needless": "Taken out of the overlay: no longer needed, the document says the same",
            "moved": "Re-keyed in the overlay: the path has another name",
        }
        parts = [
            _list(
                text,
                [
                    f"{code(item.target)}{f' {code(item.note)}' if item.note else ''}: {code(item.description)}"
                    for item in self.corrections
                    if item.kind == kind
                ],
            )
            for kind, text in words.items()
        ]
        said = [part for part in parts if part]
        return "## The corrections\n\n" + "\n\n".join(
            said or ["Every action of the overlay still matches and is still needed."]
        )

    def _prose(self) -> str:
        parts = [
            _list("New, to be described", [code(where) for where in self.to_describe]),
            _list("Changed underneath our words, to be checked", [code(where) for where in self.to_check]),
        ]
        said = [part for part in parts if part]
        return (
            "## Words to write in openapi.yaml\n\nEach is marked TODO there.\n\n" + "\n\n".join(said)
            if said
            else ""
        )


def code(text: str) -> str:
    """Text of a document as code: whatever it says, no link, mention or markup comes of it."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    plain = plain.replace("`", "'").replace("|", "¦")
    return f"`{plain}`" if plain else ""


def _list(heading: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{heading}:", "", *_bullets(lines)]) if lines else ""


def _bullets(lines: Sequence[str]) -> list[str]:
    more = [f"- and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    return [f"- {line}" for line in lines[:MOST_LINES]] + more


def _details(heading: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    return "\n".join(["<details>", f"<summary>{heading}</summary>", "", *_bullets(lines), "", "</details>"])


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    listed = [*rows]
    lines = [heading, ["---"] * len(heading), *listed[:MOST_LINES]]
    text = "\n".join(f"| {' | '.join(row)} |" for row in lines)
    return f"{text}\n\nand {len(listed) - MOST_LINES} more" if len(listed) > MOST_LINES else text
