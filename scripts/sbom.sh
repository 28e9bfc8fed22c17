#!/usr/bin/env bash
# Write the CycloneDX SBOM of the wheel in dist/, and of what is installed with it, to sbom/.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
shopt -s nullglob
wheels=(dist/*.whl)
if [ ${#wheels[@]} -ne 1 ]; then
  echo "sbom: dist/ must have one wheel; run make build" >&2
  exit 2
fi
# An environment with nothing else, not even pip.
.venv/bin/python -m venv --without-pip "$scratch/venv"
.venv/bin/python -m pip --quiet --quiet --disable-pip-version-check --python "$scratch/venv/bin/python" \
  install --constraint constraints.txt "${wheels[0]}"
mkdir -p sbom
name=sbom/$(basename "${wheels[0]}" | cut -d- -f1,2).cdx.json
.venv/bin/cyclonedx-py environment "$scratch/venv/bin/python" --pyproject pyproject.toml --mc-type library \
  --output-reproducible --output-format JSON --output-file "$name"
echo "$name"
