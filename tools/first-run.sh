#!/usr/bin/env bash
# From a bare Debian 12 or 13 (root, apt reachable) to pictures: installs what is missing, builds, and
# runs every sample pipeline on data it makes itself. Results: build/first-run (or the folder given).
set -euo pipefail
cd "$(dirname "$0")/.."
tools/packages.sh
cmake --preset release >/dev/null
cmake --build --preset release --target sluice-tool
samples/run-all.sh build/release/tools/sluice "${1:-build/first-run}"
