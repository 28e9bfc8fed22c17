# Every task of this project is a target here; the workflows run nothing else. `make help` lists them.

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV ?= .venv
RUN := $(VENV)/bin/python
# Quiet twice shows errors only: the warnings of pip are about the settings of the machine.
PIP := $(RUN) -m pip --quiet --quiet --disable-pip-version-check
INSTALL := $(PIP) install --constraint constraints.txt
# The shell scripts use the interpreter in PYTHON.
TOOL = PYTHON="$(abspath $(RUN))"
# Modules without dependencies run on any Python, so that they need no environment.
RUN_MODULE = PYTHONPATH=scripts $(if $(wildcard $(RUN)),$(RUN),$(PYTHON)) -P -m
# With ARTIFACTS, as in the nightly job, a breaking change is in the report and not in the exit status.
SYNC_OPTIONS = $(if $(ARTIFACTS),--artifacts "$(ARTIFACTS)" --allow-breaking)
GITHUB = $(RUN_MODULE) synchronization.github
export SPEC BASE TAG RUN_URL

.DEFAULT_GOAL := help
.PHONY: help demo test redis-server setup lint format types regen regen-check sync report regen-dry-run rehearsal \
	document-changes summary rehearse-workflows sbom github-release test-httpx2 pull-request \
	open-failure-issue close-failure-issue lint-workflows test-lowest test-newest release-check release-notes build \
	docs diagrams readme coverage wheel-test dist-test record mutation-test faults fuzz bench statements \
	bench-peers constraints clean

help: ## list the targets
	@grep -hE '^[a-z0-9 -]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 28

demo: $(VENV)/.sandbox ## run the quickstart against a local sandbox; needs no API key
	@$(RUN) examples/quickstart.py $(if $(LIVE),--live)

# Tests start many interpreters: these keep compiled modules, also where PYTHONDONTWRITEBYTECODE is set.
# A file is run by one worker, in the order of tests/conftest.py.
PYTEST := PYTHONDONTWRITEBYTECODE= $(RUN) -m pytest --quiet --record-mode=none \
	--numprocesses 2 --dist loadfile --no-loadscope-reorder

test: setup ## run all tests
	@$(PYTEST) $(ARGS)

coverage: setup ## run all tests, and fail below the floor of branch coverage in pyproject.toml
	@$(PYTEST) --cov --cov-report=term $(ARGS)

redis-server: ## install the redis-server that tests start, if apt-get can; without it they are skipped
	@command -v redis-server >/dev/null || { \
		$(if $(filter-out 0,$(shell id -u)),sudo --non-interactive) apt-get install --yes redis-server >/dev/null \
		|| echo "redis-server could not be installed: the tests that start it are skipped" >&2; }

setup: $(VENV)/.development ## create the development environment in .venv

$(RUN):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; pass it with make PYTHON=..." >&2; exit 1; }
	@echo "creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.sandbox: $(RUN) pyproject.toml constraints.txt
	@echo "installing the package and its sandbox"
	@$(INSTALL) --editable '.[sandbox]'
	@touch $@

$(VENV)/.documentation: $(VENV)/.development requirements-docs.txt
	@echo "installing what builds the documentation"
	@$(INSTALL) --requirement requirements-docs.txt
	@touch $@

$(VENV)/.development: $(RUN) pyproject.toml constraints.txt requirements-dev.txt
	@echo "installing the package and the development tools"
	@$(INSTALL) --editable '.[sandbox]' --requirement requirements-dev.txt
	@touch $@ $(VENV)/.sandbox

lint: setup ## check the style of the hand-written code
	@$(RUN) scripts/check_terms.py
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

format: setup ## format the hand-written code
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

types: setup ## run mypy --strict and pyright
	@$(RUN) -m mypy
	@$(VENV)/bin/pyright --pythonpath $(RUN)

regen: setup ## regenerate the low-level package; SPEC=file-or-url for another document
	@$(TOOL) scripts/regen.sh $${SPEC:+--spec "$$SPEC"}

regen-check: setup ## fail if the generated package is out of date
	@$(TOOL) scripts/regen.sh --check

sync: setup ## update to the vendor's document and report what breaks; SPEC=file-or-url for another
	@$(TOOL) scripts/sync.sh document $${SPEC:+"$$SPEC"} $(if $(TESTS),--tests "$(TESTS)") $(SYNC_OPTIONS)

report: setup ## report what the working tree breaks compared with BASE=revision
	@$(TOOL) scripts/sync.sh report --base "$${BASE:-origin/main}" $(SYNC_OPTIONS)

regen-dry-run: setup ## run the nightly job in a scratch clone, without GitHub
	@$(TOOL) scripts/regen-dry-run.sh $${SPEC:+"$$SPEC"}

rehearsal: setup ## run the nightly job on every prepared change of the document; ARGS=--help for more
	@$(RUN_MODULE) synchronization.rehearsal $(ARGS)

document-changes: setup ## write docs/document-changes.md, the table of the prepared changes
	@$(RUN_MODULE) synchronization.rehearsal --table

pull-request: ## create, update or close the pull request of the nightly job; its results are in ARTIFACTS
	@$(GITHUB) pull-request --artifacts "$(or $(ARTIFACTS),artifacts)" $(if $(DRY_RUN),--dry-run)

open-failure-issue: ## open the issue about a failure of the nightly job, or add a comment to it
	@$(GITHUB) open-failure-issue --artifacts "$(or $(ARTIFACTS),artifacts)" --run "$${RUN_URL:-a local run}" \
		$(if $(DRY_RUN),--dry-run)

close-failure-issue: ## close that issue
	@$(GITHUB) close-failure-issue --run "$${RUN_URL:-a local run}" $(if $(DRY_RUN),--dry-run)

lint-workflows: setup ## run zizmor and actionlint over .github/workflows
	@scripts/lint-workflows.sh

test-lowest: setup ## test the wheel with the oldest dependencies it allows
	@scripts/test-dependencies.sh lowest

test-newest: setup ## test the wheel with the newest dependencies
	@scripts/test-dependencies.sh newest

test-httpx2: setup ## test the wheel with httpx2 in place of httpx
	@scripts/test-dependencies.sh httpx2

release-check: ## check that a release is ready; TAG=v1.2.3
	@$(RUN_MODULE) synchronization.release check $${TAG:+--tag "$$TAG"}

summary: ## add the report in ARTIFACTS to the summary of the run, or print it
	@cat "$(or $(ARTIFACTS),artifacts)/report.md" >> "$${GITHUB_STEP_SUMMARY:-/dev/stdout}"

rehearse-workflows: setup ## run the steps of the workflows in clones of this commit; ARGS="--only ci/lint"
	@$(RUN_MODULE) synchronization.workflows $(ARGS)

sbom: setup ## write the CycloneDX SBOM of the wheel in dist/ to sbom/
	@scripts/sbom.sh

github-release: ## create the release of TAG on GitHub, with its notes and the SBOM in sbom/
	@$(RUN_MODULE) synchronization.release notes > notes.md
	@gh release create "$$TAG" --verify-tag --title "$$TAG" --notes-file notes.md $(wildcard sbom/*)

release-notes: ## print the changelog of this version
	@$(RUN_MODULE) synchronization.release notes

docs: $(VENV)/.documentation ## build the documentation site in build/site; a warning is an error
	@PYTHONPATH=scripts $(RUN) -m documentation build

diagrams: setup ## draw the diagrams of docs/ that have changed; needs npm and Chromium
	@PYTHONPATH=scripts $(RUN) -m documentation diagrams

readme: setup ## copy figures of docs/reliability.md and docs/performance.md to README.md
	@PYTHONPATH=scripts $(RUN) -m documentation readme

build: setup ## build the wheel and the sdist in dist/
	@rm -rf dist
	@$(RUN) -m build --outdir dist . >/dev/null
	@ls dist

wheel-test: build dist-test ## build the wheel and test it in an empty environment

dist-test: setup ## test the wheel in dist/ in an empty environment
	@$(RUN) -m pytest --quiet tests/distribution --wheel dist

record: setup ## record all cassettes again, against the sandbox
	@PYTHONPATH=tests $(RUN) -m recording $(ARGS)

faults: setup ## test sends, pages and kills under faults; SEED=n, PARTS="sends pages cancellations everywhere kills"
	@PYTHONPATH=tests $(RUN) -m faults $(PARTS) $(if $(SEED),--seed $(SEED)) --write docs/reliability.md
	@PYTHONPATH=scripts $(RUN) -m documentation readme

fuzz: setup ## feed 100,000 mutated inputs to the package; SEED=n, INPUTS=n
	@PYTHONPATH=tests $(RUN) -m fuzz $(if $(SEED),--seed $(SEED)) $(if $(INPUTS),--inputs $(INPUTS)) --write docs/reliability.md

mutation-test: setup ## introduce one bug at a time and check that the cassette tests fail
	@$(RUN) scripts/mutation_test.py

bench: setup ## check the budgets of performance; ARGS=--quick for a short try, --help for more
	@$(RUN) -m benchmarks $(ARGS)

statements: setup ## count the hand-written statements of the core and of each feature
	@$(RUN) -m benchmarks.statements

bench-peers: setup ## compare with other libraries, and write docs/performance.md
	@$(RUN) -m benchmarks.peers $(ARGS)
	@PYTHONPATH=scripts $(RUN) -m documentation readme

constraints: setup ## update the pinned versions in constraints.txt
	@{ head -1 constraints.txt; $(PIP) freeze --exclude-editable; } > constraints.new && mv constraints.new constraints.txt

clean: ## remove the environment, the distributions and all caches
	@rm -rf $(VENV) dist build sbom .pytest_cache .mypy_cache .ruff_cache .hypothesis
