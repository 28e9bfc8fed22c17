#!/usr/bin/env bash
# Update the project to the vendor's document and report what breaks; `scripts/sync.sh --help` lists the options.
#   scripts/sync.sh document [FILE-OR-URL]      scripts/sync.sh report --base REVISION
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh" sync \
  attrs griffe httpx jsonpath_ng mypy oas_patch openapi_python_client openapi_spec_validator pytest referencing ruamel.yaml ruff yaml
# -P: modules in the current folder, such as a types.py, must not replace those of Python.
PYTHONPATH="$root/scripts${PYTHONPATH:+:$PYTHONPATH}" exec "$python" -P -m synchronization "$@"
