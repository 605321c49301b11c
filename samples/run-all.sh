#!/bin/sh
# Makes images with synth and runs every sample on them: run-all.sh TOOL FOLDER [SIZE]
# TOOL is the path of `sluice`, SIZE the images' side in pixels (2000).
set -eu
usage="usage: run-all.sh TOOL FOLDER [SIZE]"
here=$(cd "$(dirname "$0")" && pwd)
sluice=$(command -v "${1:?$usage}")
case $sluice in /*) ;; *) sluice=$PWD/$sluice ;; esac
folder=${2:?$usage}
size=${3:-2000}
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
# A scene of four u16 bands (blue, green, red, near infrared) out of two terrains, one as the ground,
# one as the moisture: low and moist places are green.
"$sluice" pipe synth kind=terrain seed=4 width="$size" height="$size" as=ground \
  ! synth kind=terrain seed=5 width="$size" height="$size" as=moist \
  ! expression 'formula=["350 + 0.25 * ground", "450 + 0.3 * ground + 0.1 * moist",
                         "250 + 0.7 * ground - 0.1 * moist", "2200 - 0.8 * ground + 0.6 * moist"]' \
    type=u16 from=ground,moist \
  ! write scene.tif compression=deflate --overwrite -q

for pipeline in slide_preview ndvi percentile_stretch sharpen_photo relief several_outputs; do
  echo "$pipeline"
  "$sluice" run "$here/$pipeline.yaml" --overwrite --report "$pipeline.json" -q
done
