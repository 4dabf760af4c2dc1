#!/usr/bin/env bash
# Runs every `sh` block of README.md and docs/tutorial.md in order, each document against a local stack of its own, and
# compares the answers shown with the real ones. Give binaries of `local` and `admin` that are built already, or none.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -eq 0 ]; then
    (cd "$root" && cargo build --locked --package local --package admin)
    target=${CARGO_TARGET_DIR:-$root/target}
    set -- "$target/debug/local" "$target/debug/admin"
fi
exec python3 "$root/tests/tutorial.py" "$@" "$root/README.md" "$root/docs/tutorial.md"
