#!/usr/bin/env bash
# Regenerate the low-level package from openapi.yaml; `scripts/regen.sh --help` says what it takes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
if ! command -v "$python" >/dev/null; then
  echo "regen: no Python environment at .venv; run 'make setup' first" >&2
  exit 2
fi
# -P: modules of the folder this is called from, such as a types.py, must not stand in for Python's.
PYTHONPATH="$root/scripts${PYTHONPATH:+:$PYTHONPATH}" exec "$python" -P -m regeneration "$@"
