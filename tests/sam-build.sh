#!/usr/bin/env bash
# Builds the functions by `sam build` for both architectures, checks that they need no newer glibc than Amazon Linux 2023
# has, and prints their sizes, alone and as the zip that is uploaded. Installs what it needs into .venv. It is no part of
# .ci/run: two release builds take long. With an argument (x86_64, arm64) it builds for that one alone.
set -euo pipefail
cd "$(dirname "$0")/.."
GLIBC_MAX=2.34

if [ ! -x .venv/bin/sam ]; then
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check aws-sam-cli==1.170.0
fi
if [ ! -x .venv/bin/cargo-zigbuild ]; then
    .venv/bin/pip install --quiet --disable-pip-version-check ziglang==0.17.1 cargo-zigbuild==0.24.0
fi
rustup --quiet target add aarch64-unknown-linux-gnu

archive=$(mktemp)
trap 'rm "$archive"' EXIT
export PATH="$PWD/.venv/bin:$PATH" SAM_CLI_TELEMETRY=0
for ARCHITECTURE in ${1:-x86_64 arm64}; do
    export ARCHITECTURE
    folder=.aws-sam/$ARCHITECTURE
    sam build --build-dir "$folder" --parameter-overrides "Architecture=$ARCHITECTURE" > /dev/null
    machine=$([ "$ARCHITECTURE" = arm64 ] && echo AArch64 || echo X86-64)
    for function in functions/*; do
        name=${function#functions/}
        binary=$folder/$(sed -E 's/(^|-)(.)/\U\2/g' <<< "$name")Function/bootstrap
        readelf --file-header "$binary" | grep -q "Machine:.*$machine" || { echo "$name is not for $machine"; exit 1; }
        glibc=$(readelf --wide --version-info "$binary" | grep -o 'GLIBC_[0-9.]*' | sort --version-sort --unique | tail -1)
        if [ "$(printf '%s\n' "${glibc#GLIBC_}" $GLIBC_MAX | sort --version-sort | tail -1)" != $GLIBC_MAX ]; then
            echo "$name asks for $glibc; Amazon Linux 2023 has $GLIBC_MAX"
            exit 1
        fi
        python3 -m zipfile --create "$archive" "$binary"
        printf '%-7s %-16s %5d KB, %5d KB zipped  %s\n' "$ARCHITECTURE" "$name" \
            $(($(stat --format %s "$binary") / 1024)) $(($(stat --format %s "$archive") / 1024)) "$glibc"
    done
done
