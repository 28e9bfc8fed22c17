#!/usr/bin/env bash
# Run the steps of the regen workflow in scratch clones without GitHub: create the branch and the commit, and
# print the text of the pull request.
#   scripts/regen-dry-run.sh [FILE-OR-URL [OPTION...]]
# FILE-OR-URL: the document; by default a prepared one that adds an operation. OPTION: for scripts/sync.sh.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh" regen-dry-run jsonpath_ng oas_patch yaml
export PYTHON=$python
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo "== check out"
git clone --quiet --no-hardlinks "$root" "$scratch/clone"
cd "$scratch/clone"
git switch --quiet --force-create dry-run-base
export PYTHONPATH=scripts${PYTHONPATH:+:$PYTHONPATH} PYTHONDONTWRITEBYTECODE=1

if [ $# -gt 0 ]; then
  document=$1
  shift
  [ -e "$root/$document" ] && document=$root/$document
else
  document=$scratch/document.json
  "$PYTHON" -P -m synchronization.rehearsal --write operation-added "$document"
fi

echo "== generate (in a job without secrets)"
status=0
scripts/sync.sh document "$document" --artifacts "$scratch/artifacts" "$@" >/dev/null || status=$?
echo "exit status $status"
if [ "$status" -eq 2 ]; then
  "$PYTHON" -P -m synchronization.github open-failure-issue --artifacts "$scratch/artifacts" --dry-run
  exit 2
fi

echo "== propose (in another job, which runs no generated code)"
git clone --quiet --no-hardlinks "$root" "$scratch/proposing"
cd "$scratch/proposing"
"$PYTHON" -P -m synchronization.github pull-request --artifacts "$scratch/artifacts" --dry-run

echo "== the branch"
git log --oneline -2
git show --stat --format= HEAD | tail -30
