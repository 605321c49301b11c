#!/usr/bin/env bash
# Installs what is missing, builds everything with warnings as errors, runs all tests, links once more
# to find names with two definitions, and builds the embedding samples against the installed package
# alone.
#   tests/run.sh [release|debug|asan|tsan]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
tools/packages.sh
cmake --preset "$preset" -DSLUICE_WERROR=ON >/dev/null
cmake --build --preset "$preset"
ctest --preset "$preset" -j "$(nproc)"
[[ $preset == release ]] || exit 0

cmake --preset odr >/dev/null
cmake --build --preset odr
echo "no name has two definitions"

prefix=$PWD/build/installed
rm -rf "$prefix" build/embed
cmake --install build/release --prefix "$prefix" >/dev/null
cmake -S samples/embed -B build/embed -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build build/embed
made=build/embed/made
mkdir -p "$made"
build/release/tools/sluice pipe -q synth tissue width=1500 height=1000 ! write "$made/in.tif" --overwrite
build/embed/convert "$made/in.tif" "$made/half.tif" 0.5
build/embed/view_region "$made/in.tif" 100 200 640 480 "$made/view.ppm"
build/embed/thumbnails 256 "$made/in.tif" "$made/half.tif"
build/release/tools/sluice info "$made/in.tif.thumbnail.jpg" "$made/half.tif.thumbnail.jpg" >/dev/null
echo "the embedding samples build against the installed package, and run"
