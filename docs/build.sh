#!/bin/sh
# Build the site into build/site. Needs Node.js 20 or newer, and a Python environment with the
# dependency group docs and this package with its extras.
set -eu
cd "$(dirname "$0")/.."
rm -rf build/wheels
python -m pip wheel --quiet --no-deps --wheel-dir build/wheels .
python -m pip wheel --quiet --no-deps --wheel-dir build/wheels attrs cattrs typing-extensions
npm ci --prefix docs/page --silent --no-audit --no-fund
npm run --prefix docs/page --silent build
python -m sphinx --quiet --fail-on-warning --builder dirhtml docs build/site
cp -R docs/reference/schemas build/site/reference/
