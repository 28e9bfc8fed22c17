#!/usr/bin/env bash
# Regenerate the low-level package from openapi.yaml; `scripts/regen.sh --help` lists the options.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh" regen \
  attrs httpx jsonpath_ng oas_patch openapi_python_client openapi_spec_validator referencing ruff yaml
# -P: modules in the current folder, such as a types.py, must not replace those of Python.
PYTHONPATH="$root/scripts${PYTHONPATH:+:$PYTHONPATH}" exec "$python" -P -m regeneration "$@"
