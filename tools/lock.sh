#!/bin/sh
# Renew the lock files from pyproject.toml: exact versions with hashes, for every platform and Python that we name.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "lock: needs uv on the PATH (python3 -m pip install uv)" >&2; exit 1; }
compile() {
    out=$1; shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-annotate --custom-compile-command "tools/lock.sh" pyproject.toml "$@" -o "locks/$out"
}
mkdir -p locks
compile run.txt --group build --extra score --extra pdf
compile dev.txt --group build --extra score --extra pdf --extra pico --group dev
for port in rp2 unix; do
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
        --custom-compile-command "tools/lock.sh" --group "stubs-$port" -o "locks/stubs-$port.txt"
done
