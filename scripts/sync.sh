#!/usr/bin/env bash
# Bring the project to the vendor's document and say what broke; `scripts/sync.sh --help` says what it takes.
#   scripts/sync.sh document [FILE-OR-URL]      scripts/sync.sh report --base REVISION
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
if ! command -v "$python" >/dev/null; then
  echo "sync: no Python environment at .venv; run 'make setup' first" >&2
  exit 2
fi
PYTHONPATH="$root/scripts${PYTHONPATH:+:$PYTHONPATH}" exec "$python" -P -m synchronization "$@"
