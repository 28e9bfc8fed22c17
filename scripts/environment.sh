# Sets `root` and `python`, an interpreter that has the modules a script needs. To be sourced:
#   source environment.sh NAME MODULE...     NAME begins the error messages
# If PYTHON is set, that interpreter is used as it is. Otherwise it is the one in .venv; if there is none, or
# it lacks a module, `make setup` runs first. Exits with status 2 and one line if there is still a problem.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}

environment_problem() {
  if ! command -v "$python" >/dev/null; then
    echo "no such program"
  else
    "$python" "$root/scripts/environment.py" "$@" 2>/dev/null || echo "cannot be run"
  fi
}

problem=$(environment_problem "${@:2}")
if [ -z "${PYTHON:-}" ] && [ -n "$problem" ]; then
  unset PYTHON # an empty one would be passed on to make
  # Standard output is for the result of the script.
  make --silent --no-print-directory --directory "$root" setup >&2 || exit 2
  problem=$(environment_problem "${@:2}")
  solution="run 'make clean setup'"
else
  solution="unset PYTHON to use .venv, or install requirements-dev.txt for it"
fi
if [ -n "$problem" ]; then
  echo "$1: $python: $problem; $solution" >&2
  exit 2
fi
