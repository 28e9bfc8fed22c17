"""The tools of the benchmarks: what they compute, and that a missed budget fails the run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from benchmarks import __main__ as runner
from benchmarks import importing, statements
from benchmarks.budgets import BUDGETS, Budget
from benchmarks.environments import missing_extra, runtime_environment
from benchmarks.measuring import (
    Ratio,
    Result,
    alternate,
    alternate_in_processes,
    run_process,
    unavailable,
    worker,
)
from benchmarks.server import running_server


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    # The machine is three times as slow in the last round, for both.
    ratio = Ratio.of([1.0, 1.2, 3.3], [1.0, 1.0, 3.0])
    assert ratio.value == pytest.approx(1.1)
    assert (ratio.low, ratio.high) == (pytest.approx(1.05), pytest.approx(1.15))


def test_subjects_take_turns_in_alternating_order() -> None:
    order: list[str] = []

    def subject(name: str) -> float:
        order.append(name)
        return float(len(order))

    measured = alternate({"a": lambda: subject("a"), "b": lambda: subject("b")}, 2)
    assert order == ["a", "b", "a", "b", "b", "a"]
    assert measured == {"a": [3.0, 6.0], "b": [4.0, 5.0]}


def test_the_ratio_of_several_processes_is_their_mean() -> None:
    # Two of three processes are loaded at an address at which they are fast.
    ratio = Ratio.mean([Ratio(value, 0, 9) for value in (1.0, 1.3, 1.0)])
    assert ratio.value == pytest.approx(1.1)
    assert (ratio.low, ratio.high) == (pytest.approx(1.0), pytest.approx(1.15))


def test_subjects_are_measured_in_new_processes_each_time() -> None:
    events: list[str] = []

    @contextmanager
    def started(name: str) -> Iterator[Callable[[], float]]:
        events.append(f"start {name}")
        yield lambda: float(len(events))
        events.append(f"end {name}")

    subjects = {name: partial(started, name) for name in ("a", "b")}
    measured = alternate_in_processes(subjects, processes=2, rounds=3)

    assert events == ["start a", "start b", "end b", "end a"] * 2
    assert measured == [{"a": [2.0] * 3, "b": [2.0] * 3}, {"a": [6.0] * 3, "b": [6.0] * 3}]


def test_docstrings_are_not_statements() -> None:
    source = 'def function():\n    """A docstring."""\n    return 1\n\nNAME = 2\n"""About the name."""\n'
    assert statements.statements_of(source) == 3


def test_the_sandbox_is_not_counted(tmp_path: Path) -> None:
    for name in ("_client.py", "sandbox/server.py", "_http/pool.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("a = 1\nb = 2\n")
    assert statements.core(tmp_path) == {"_client": 2, "_http": 2}


def test_every_file_is_counted_once() -> None:
    counted = statements.files()
    assert counted.keys() == {
        path.relative_to(statements.PACKAGE).as_posix()
        for path in statements.PACKAGE.rglob("*.py")
        if "sandbox" not in path.relative_to(statements.PACKAGE).parts
    }
    assert statements.core().total() + statements.features().total() == sum(counted.values())


def test_the_files_of_the_features_exist() -> None:
    entries = [entry for listed in (*statements.FEATURES.values(), statements.SHARED) for entry in listed]
    assert [entry for entry in entries if not (statements.PACKAGE / entry).exists()] == []
    assert len(entries) == len(set(entries))


def test_what_belongs_to_no_feature_is_the_core(tmp_path: Path) -> None:
    for name in ("_pagination/new.py", "_pagination/positions.py", "_limits/new.py", "_sending/sends.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("a = 1\n")
    assert statements.core(tmp_path) == {"_pagination": 1, "_sending": 1}
    assert statements.features(tmp_path) == {"limits": 1, "lists by offset or cursor": 1}


def test_a_worker_measures_rounds_in_its_own_process() -> None:
    with worker("decoding:plain_json", python=sys.executable) as measure:
        assert measure() > 0
        assert measure() > 0


def test_a_worker_that_fails_is_not_measured() -> None:
    with (
        runtime_environment() as python,
        worker("decoding:structs", python=python) as measure,
        pytest.raises(RuntimeError, match="decoding:structs has ended with 1"),
    ):
        measure()  # msgspec is not in that environment


def test_a_process_that_fails_is_not_measured() -> None:
    assert run_process(sys.executable, "pass").wall > 0
    with pytest.raises(RuntimeError, match="ended with 3"):
        run_process(sys.executable, "raise SystemExit(3)")


IMPORTABLE = "import importlib.util as u; raise SystemExit(not u.find_spec({name!r}))"


def test_the_runtime_environment_has_the_runtime_dependencies_alone() -> None:
    with runtime_environment() as python:
        run_process(python, "import textrequest_ext, textrequest_api, httpx, attrs, dateutil")
        for name in ("trio", "click", "msgspec", "starlette"):
            with pytest.raises(RuntimeError, match="ended with 1"):
                run_process(python, IMPORTABLE.format(name=name))


def test_the_package_is_compiled_in_the_environment_as_pip_compiles_it() -> None:
    imports = "import textrequest_ext as one, textrequest_api as two; from pathlib import Path"
    code = f"{imports}; assert Path(one.__cached__).exists() and Path(two.__cached__).exists()"
    with runtime_environment() as python:
        run_process(python, code, {"PYTHONDONTWRITEBYTECODE": "1"})


def test_an_environment_has_an_extra_or_another_package() -> None:
    with runtime_environment("sandbox", others=["msgspec"]) as python:
        run_process(python, "import starlette, msgspec")
        with pytest.raises(RuntimeError, match="ended with 1"):
            run_process(python, IMPORTABLE.format(name="trio"))


def test_an_extra_that_does_not_exist_is_missing() -> None:
    assert missing_extra("sandbox") is None
    assert missing_extra("none") == "the package has no extra 'none'"


def test_the_server_has_pages_like_the_service() -> None:
    with running_server() as url:
        pages = [
            httpx.get(f"{url}/dashboards/2500/messages", params={"page": page, "page_size": 5000}).json()
            for page in range(4)
        ]
    assert [len(page["items"]) for page in pages] == [1000, 1000, 500, 0]
    assert pages[1]["meta"] == {"page": 1, "page_size": 1000, "total_items": 2500}
    assert len({item["message_id"] for page in pages for item in page["items"]}) == 2500


def test_every_budget_has_its_own_key_and_a_module() -> None:
    keys = [budget.key for budget in BUDGETS]
    assert len(keys) == len(set(keys))
    for budget in BUDGETS:
        assert (Path(runner.__file__).parent / f"{budget.module}.py").exists()


@pytest.mark.parametrize(
    ("value", "arguments", "status"),
    [(9.0, [], 0), (11.0, [], 1), (None, [], 1), (11.0, ["--quick"], 0)],
    ids=["met", "missed", "not available", "quick"],
)
def test_a_missed_budget_fails_the_run(
    value: float | None,
    arguments: list[str],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    result = unavailable("import", "no reason") if value is None else Result("import", value)
    monkeypatch.setattr(importing, "measure", lambda *, quick: iter([result]))
    monkeypatch.setattr(runner, "BUDGETS", (Budget("import", "importing", 10.0, "an import"),))
    results = tmp_path / "results.json"
    monkeypatch.setattr(
        "sys.argv", ["benchmarks", "--only", "importing", "--results", str(results), *arguments]
    )
    assert runner.main() == status
    assert json.loads(results.read_text())["results"][0]["value"] == value
    assert ("missed: " in capsys.readouterr().out) == (value != 9.0)
