#!/bin/sh
# Lays out MicroPython 1.25.0 and what it needs (pico-sdk, TinyUSB, mbedtls) in the folder named by the argument, from
# Debian's own packages. The system's package lists are not touched. Called by build_image.sh.
set -eu
work=$1
version=1.25.0

say() { echo "build_image: $*"; }
die() { echo "build_image: $*" >&2; exit 1; }
instead="Without it, put stock MicroPython $version on the board and copy the firmware's files onto it: runslate flash --port PORT."

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    die "this machine has no apt: the image is built from Debian packages. Build it on Debian 12 or newer (a container will do). $instead"

needed="gcc g++ make cmake ninja-build python3 dpkg-dev xz-utils bzip2 debian-archive-keyring
gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib"
missing=""
for package in $needed; do
    case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true) in
        *" installed") ;;
        *) missing="$missing $package" ;;
    esac
done
[ -z "$missing" ] ||
    die "these packages are not installed:$missing. Get them with: sudo apt-get update && sudo apt-get install --no-install-recommends$missing. $instead"

mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/packages"
cd "$work"
# A changed recipe makes a new tree; so does one that was interrupted.
recipe=$(sha256sum <"$0")
if [ -f .tree ] && [ "$(cat .tree)" = "$recipe" ]; then
    exit 0
fi

# MicroPython 1.25.0 is in trixie. Its lists are kept beside the system's; the mirror is the one that the system is
# already configured for.
# shellcheck disable=SC2016  # apt fills the placeholder in
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
[ -n "$mirror" ] || mirror=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
    sed -n -e 's/^URIs: *\([^ ]*\).*/\1/p' -e 's/^deb \(\[[^]]*\] *\)\{0,1\}\([a-z]*:[^ ]*\).*/\2/p' | grep -v security | head -n 1)
[ -n "$mirror" ] || die "apt has no Debian mirror configured. Add one to /etc/apt/sources.list and run this again. $instead"

cat >trixie.sources <<SOURCES
Types: deb deb-src
URIs: $mirror
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
side_apt() {
    apt-get -qq -o Dir::Etc::sourcelist="$work/trixie.sources" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=root "$@"
}
fetch() {
    (cd packages && side_apt source --download-only micropython/trixie mbedtls/trixie &&
        side_apt download pico-sdk-source/trixie tinyusb-source/trixie)
}
if ! [ -f packages/.complete ]; then
    say "fetching MicroPython $version and the Pico SDK from $mirror"
    { side_apt update && fetch; } ||
        die "the packages could not be fetched from $mirror. Check the network and apt's proxy settings; nothing was changed. $instead"
    touch packages/.complete
fi
[ -f "packages/micropython_$version+ds.orig.tar.xz" ] ||
    die "the mirror's MicroPython is not $version: $(echo packages/micropython_*.dsc). The figures in docs/silicon.md hold for $version only. $instead"

rm -rf .tree micropython unpacked build-*
mkdir micropython unpacked
tar -xf "packages/micropython_$version+ds.orig.tar.xz" -C micropython --strip-components=1
for package in packages/pico-sdk-source_*.deb packages/tinyusb-source_*.deb; do dpkg-deb -x "$package" unpacked; done
lib=micropython/lib
for name in pico-sdk tinyusb mbedtls micropython-lib; do rm -rf "${lib:?}/$name"; done
cp -a unpacked/usr/src/pico-sdk "$lib/pico-sdk"
cp -aL unpacked/usr/src/tinyusb "$lib/tinyusb"
mkdir "$lib/mbedtls" "$lib/micropython-lib"
tar -xf packages/mbedtls_3.6.*.orig.tar.* -C "$lib/mbedtls" --strip-components=1
touch "$lib/micropython-lib/README.md" # cmake only looks whether this file exists
# 1.25's mpy-tool aligns frozen armv6m native code to 2 bytes, which then returns wrong results.
sed -i 's/aligned (2))/aligned (4))/' micropython/tools/mpy-tool.py
make -s -j"$(nproc)" -C micropython/mpy-cross >mpy-cross.log 2>&1 ||
    { tail -n 20 mpy-cross.log >&2; die "mpy-cross does not compile; the whole log is in $work/mpy-cross.log."; }
echo "$recipe" >.tree
