# Every job of this project is a target here; workflows call nothing else. `make help` lists them.

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV ?= .venv
RUN := $(VENV)/bin/python
# Twice quiet is errors only: the warnings of pip are about the settings of the machine.
PIP := $(RUN) -m pip --quiet --quiet --disable-pip-version-check
INSTALL := $(PIP) install --constraint constraints.txt
# For the shell scripts, which may be given an interpreter.
TOOL = PYTHON="$(abspath $(RUN))"
# Where there is no environment of the project yet, any Python will do for scripts without dependencies.
SCRIPTS = PYTHONPATH=scripts $(if $(wildcard $(RUN)),$(RUN),$(PYTHON)) -P
# With a folder for its findings, the nightly job's: what breaks is in the report then, not in the status.
SYNC_OPTIONS = $(if $(ARTIFACTS),--artifacts "$(ARTIFACTS)" --breaking-is-fine)
PULL_REQUEST = $(SCRIPTS) -m synchronization.pull_request
export SPEC BASE TAG RUN_URL

.DEFAULT_GOAL := help
.PHONY: help demo test setup lint format types regen regen-check build wheel-test dist-test record prove bench \
	sync report regen-dry-run rehearsal propose alarm all-clear workflows-lint lowest newest release-check \
	release-notes constraints clean

help: ## list the targets
	@grep -hE '^[a-z -]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 28

demo: $(VENV)/.sandbox ## an integrator's day on the local sandbox; needs no key
	@$(RUN) examples/quickstart.py $(if $(LIVE),--live)

test: setup ## all tests
	@$(RUN) -m pytest --quiet --numprocesses 2 --dist loadfile --record-mode=none $(ARGS)

setup: $(VENV)/.development ## the environment to work in, at .venv

$(RUN):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it with make PYTHON=..." >&2; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.sandbox: $(RUN) pyproject.toml constraints.txt
	@echo "installing the package and its sandbox"
	@$(INSTALL) --editable '.[sandbox]'
	@touch $@

$(VENV)/.development: $(RUN) pyproject.toml constraints.txt requirements-dev.txt
	@echo "installing the package and the tools to work on it"
	@$(INSTALL) --editable '.[sandbox]' --requirement requirements-dev.txt
	@touch $@ $(VENV)/.sandbox

lint: setup ## style of everything written by hand
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

format: setup ## put everything written by hand into the one style
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

types: setup ## mypy --strict and pyright, over all code and the promise in tests/typing
	@$(RUN) -m mypy
	@$(VENV)/bin/pyright --pythonpath $(RUN)

regen: setup ## generate the low-level package anew; SPEC=file-or-url for another document
	@$(TOOL) scripts/regen.sh $${SPEC:+--spec "$$SPEC"}

regen-check: setup ## fail if the generated package is not what the contract says
	@$(TOOL) scripts/regen.sh --check

sync: setup ## bring in the vendor's document and say what breaks; SPEC=file-or-url for another
	@$(TOOL) scripts/sync.sh document $${SPEC:+"$$SPEC"} $(if $(TESTS),--tests "$(TESTS)") $(SYNC_OPTIONS)

report: setup ## what the working tree breaks, compared with BASE=revision
	@$(TOOL) scripts/sync.sh report --base "$${BASE:-origin/main}" $(SYNC_OPTIONS)

regen-dry-run: setup ## the nightly job in a scratch clone, up to the pull request's text
	@$(TOOL) scripts/regen-dry-run.sh $${SPEC:+"$$SPEC"}

rehearsal: setup ## the nightly job on every prepared change of the document
	@$(SCRIPTS) -m synchronization.rehearsal $(ARGS)

propose: ## branch, commit and pull request from the nightly job's findings in ARTIFACTS
	@$(PULL_REQUEST) propose --artifacts "$(or $(ARTIFACTS),artifacts)" $(if $(DRY_RUN),--dry-run)

alarm: ## open or renew the issue that says the nightly job fails
	@$(PULL_REQUEST) alarm --artifacts "$(or $(ARTIFACTS),artifacts)" --run "$${RUN_URL:-a run by hand}" \
		$(if $(DRY_RUN),--dry-run)

all-clear: ## close that issue
	@$(PULL_REQUEST) all-clear --run "$${RUN_URL:-a run by hand}" $(if $(DRY_RUN),--dry-run)

workflows-lint: setup ## zizmor and actionlint over .github/workflows
	@scripts/lint-workflows.sh

lowest: setup ## the wheel's tests with the oldest dependencies it allows
	@scripts/test-dependencies.sh lowest

newest: setup ## the wheel's tests with the newest dependencies there are
	@scripts/test-dependencies.sh newest

release-check: ## what speaks against a release; TAG=v1.2.3
	@$(SCRIPTS) -m synchronization.release check $${TAG:+--tag "$$TAG"}

release-notes: ## what the changelog says of this version
	@$(SCRIPTS) -m synchronization.release notes

build: setup ## wheel and sdist in dist/
	@rm -rf dist
	@$(RUN) -m build --outdir dist . >/dev/null
	@ls dist

wheel-test: build dist-test ## build, and test the wheel in an empty environment

dist-test: setup ## test the wheel that is in dist/
	@$(RUN) -m pytest --quiet tests/distribution --wheel dist

record: $(VENV)/.development ## record the cassettes anew against the sandbox
	@PYTHONPATH=tests $(RUN) -m recording $(ARGS)

prove: setup ## break the package in six ways, one by one, and watch the cassettes notice
	@$(RUN) scripts/prove_cassettes.py

bench: setup ## what it costs, as ratios measured in one run
	@$(RUN) benchmarks/run.py
	@$(RUN) benchmarks/sandbox_validation.py

constraints: setup ## renew the pinned versions
	@{ head -1 constraints.txt; $(PIP) freeze --exclude-editable; } > constraints.new && mv constraints.new constraints.txt

clean: ## remove what can be made again
	@rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
