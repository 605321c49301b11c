#!/usr/bin/env bash
# Installs what building Sluice needs and is missing, from the distribution alone (Debian 12 or 13).
# Prints nothing when all is there.
set -euo pipefail
packages=(g++ cmake ninja-build pkg-config libtiff-dev libjpeg-dev libpng-dev zlib1g-dev libdeflate-dev
  libzstd-dev libexpat1-dev libtbb-dev libxsimd-dev libfmt-dev libyaml-cpp-dev nlohmann-json3-dev libcli11-dev catch2)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0
if [[ $(id -u) -ne 0 ]]; then
  echo "these packages are missing; install them as root: ${missing[*]}" >&2
  exit 1
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
