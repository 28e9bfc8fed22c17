#!/usr/bin/env bash
# Test the wheel with the lowest versions of its dependencies that its metadata allows, with the newest, or with
# httpx2, the continuation of httpx, in place of httpx:
#   scripts/test-dependencies.sh lowest|newest|httpx2
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
resolution=${1:-}
case $resolution in
  lowest | newest | httpx2) ;;
  *)
    echo "usage: ${0##*/} lowest|newest|httpx2" >&2
    exit 2
    ;;
esac
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$root"
.venv/bin/python -m build --wheel --outdir "$scratch/dist" . >/dev/null
.venv/bin/python -m venv "$scratch/venv"
python=$scratch/venv/bin/python
touch "$scratch/versions.txt"
arguments=(tests/unit)
if [ "$resolution" = lowest ]; then
  # This httpcore imports trio if it is installed, and trio imports attrs.
  arguments+=(--deselect tests/unit/test_client.py::test_import_is_lazy_and_emits_no_warnings)
  # The lower bounds of pyproject.toml, as exact versions.
  "$python" - pyproject.toml > "$scratch/versions.txt" <<'PY'
import re, sys, tomllib
project = tomllib.load(open(sys.argv[1], "rb"))["project"]
for requirement in [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]:
    name, lowest = re.match(r"([A-Za-z0-9._-]+)[^>]*>=([0-9.]+)", requirement).groups()
    print(f"{name}=={lowest}")
PY
fi
wheel=$(ls "$scratch"/dist/*.whl)
pip=("$python" -m pip --quiet --quiet --disable-pip-version-check)
"${pip[@]}" install --constraint "$scratch/versions.txt" "$wheel[sandbox]" pytest pytest-timeout hypothesis trio
"${pip[@]}" freeze | grep -iE '^(attrs|httpx|python-dateutil|jsonschema[_-]rs|python-multipart|starlette|uvicorn)=='
if [ "$resolution" = httpx2 ]; then
  "${pip[@]}" install httpx2 aiohttp h2 trustme
  "${pip[@]}" freeze | grep -E '^httpx2=='
  # The code of a guide needs more packages.
  arguments+=(tests/connections tests/sending --ignore tests/sending/test_guide.py -p on_httpx2)
  export PYTHONPATH=$scratch/run/tests
fi
mkdir "$scratch/run"
cp -r tests examples "$scratch/run/"
cp pyproject.toml openapi.yaml "$scratch/run/"
cd "$scratch/run"
# Not in the project folder, so that the installed wheel is imported and not src and generated.
"$python" -P -m pytest --quiet -p no:cacheprovider "${arguments[@]}" "${@:2}"
