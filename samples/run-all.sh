#!/bin/sh
# Makes images with synth and runs every sample on them: run-all.sh FOLDER [SIZE]
# The tool is $SLUICE, or `sluice` on the PATH. SIZE is the images' side in pixels (2000).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sluice=${SLUICE:-sluice}
folder=${1:?usage: run-all.sh FOLDER [SIZE]}
size=${2:-2000}
mkdir -p "$folder"
cd "$folder"

make() {  # make FILE SYNTH-OPTIONS...
  file=$1
  shift
  "$sluice" pipe synth "$@" width="$size" height="$size" ! write "$file" compression=deflate --overwrite -q
}
make slide.tif kind=tissue seed=1
make photo.tif kind=tissue seed=2
make terrain.tif kind=terrain seed=3
# A scene of four u16 bands out of terrain: moist low ground is green (red dark, NIR bright).
"$sluice" pipe synth kind=terrain seed=4 width="$size" height="$size" as=t \
  ! expression 'formula=["300 + t % 97", "400 + t % 89", "700 + t / 2 + t % 83", "2600 - t / 2 + t % 79"]' \
    type=u16 from=t ! write scene.tif compression=deflate --overwrite -q

for pipeline in slide_preview ndvi percentile_stretch sharpen_photo relief several_outputs; do
  echo "$pipeline"
  "$sluice" run "$here/$pipeline.yaml" --overwrite --report "$pipeline.json" -q
done
