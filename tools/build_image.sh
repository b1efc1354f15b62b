#!/bin/sh
# Builds MicroPython 1.25.0 images from Debian's own packages; everything stays under build/.
#   tools/build_image.sh [stock|runslate|all] [pico|pico2|picolipo]
# stock: build/micropython-BOARD.uf2, nothing of ours in it.  runslate: build/runslate-BOARD-VERSION.uf2, the firmware
# frozen in, and build/NOTICE-image-BOARD.txt. Both share one MicroPython tree and its object files.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work="$root/build/image"
recipes="$root/tools/image"
kinds=${1:-all}
board=${2:-pico}

say() { echo "build_image: $*"; }
die() { echo "build_image: $*" >&2; exit 1; }

# The board's name at MicroPython and its variant, UF2 family, bytes below the storage that the reels lie in.
variant=
case $board in
    pico) name=RPI_PICO family=0xe48bff56 room=$((2048 * 1024 - 1408 * 1024)) ;;
    pico2) name=RPI_PICO2 family=0xe48bff59 room=$((1024 * 1024)) ;;
    picolipo) name=PIMORONI_PICOLIPO variant=FLASH_16M family=0xe48bff56 room=$((1024 * 1024)) ;;
    *) die "there is no image for the board $board; known are pico, pico2 and picolipo." ;;
esac
case $kinds in
    all) kinds="stock runslate" ;;
    stock | runslate) ;;
    *) die "there is no image of the kind $kinds; known are stock, runslate and all." ;;
esac

version=$(sed -n 's/^FIRMWARE = "\(.*\)"$/\1/p' "$root/firmware/node/version.py")

output() {
    case $1 in
        stock) echo "$root/build/micropython-$board.uf2" ;;
        runslate) echo "$root/build/runslate-$board-$version.uf2" ;;
    esac
}

# What an image is made of, as one hash: contents, not dates, so that a checkout does not count as a change.
inputs() {
    set -- "$1" "$recipes" "$root/tools/build_image.sh"
    [ "$1" = stock ] || set -- "$@" "$root/firmware"
    shift
    { echo "$version"; arm-none-eabi-gcc --version; find "$@" -type f ! -path '*__pycache__*' | LC_ALL=C sort | xargs sha256sum; } |
        sed "s|$root/||" | sha256sum | cut -d' ' -f1
}

# The date (of MicroPython 1.25.0) and versions inside the image come from here, and no path of this machine gets in: the same sources and the
# same compiler give the same image in any folder.
SOURCE_DATE_EPOCH=1744675200
CFLAGS="-ffile-prefix-map=$work=."
CXXFLAGS=$CFLAGS
ASMFLAGS=$CFLAGS
PYTHONHASHSEED=0 # makemoduledefs.py writes a set in the order of its hashes
MICROPY_GIT_TAG=v1.25.0
MICROPY_GIT_HASH=debian
export SOURCE_DATE_EPOCH CFLAGS CXXFLAGS ASMFLAGS PYTHONHASHSEED MICROPY_GIT_TAG MICROPY_GIT_HASH

compile() {
    build="$work/build-$board"
    mkdir -p "$work/generated"
    echo "IMAGE = \"Runslate $version for $board\"" >"$work/generated/runslate_image.py"
    case $1 in
        stock) cp "$recipes/stock.py" "$work/manifest-$board.py" ;;
        runslate) echo "include(\"$recipes/frozen.py\")" >"$work/manifest-$board.py" ;;
    esac
    [ -f "$build/build.ninja" ] ||
        cmake -S "$work/micropython/ports/rp2" -B "$build" -G Ninja -DMICROPY_BOARD="$name" \
            -DMICROPY_BOARD_VARIANT="$variant" -DPICO_NO_PICOTOOL=1 \
            -DMICROPY_FROZEN_MANIFEST="$work/manifest-$board.py" || return 1
    # Dates do not tell one manifest's modules from the other's; compiling all of them takes two seconds.
    rm -rf "$build/frozen_mpy" "$build/frozen_content.c"
    ninja -C "$build" &&
        arm-none-eabi-objcopy -O binary "$build/firmware.elf" "$build/firmware.bin" &&
        python3 "$work/micropython/tools/uf2conv.py" -c -b 0x10000000 -f "$family" -o "$build/firmware.uf2" "$build/firmware.bin"
}

make_image() {
    out=$(output "$1")
    hash=$(inputs "$1")
    mark="$work/$1-$board.inputs"
    if [ -f "$out" ] && [ -f "$mark" ] && [ "$(cat "$mark")" = "$hash" ]; then
        touch "$out" # tests leave an image alone that is older than the firmware
        say "${out#"$root"/} is up to date."
        return
    fi
    say "compiling the $1 image for $board (a minute on two cores the first time, then seconds)"
    compile "$1" >"$work/build-$board.log" 2>&1 ||
        { tail -n 20 "$work/build-$board.log" >&2; die "compiling failed; the whole log is in $work/build-$board.log."; }
    size=$(stat -c %s "$build/firmware.bin")
    [ "$size" -le "$room" ] ||
        die "the image has $size bytes, and $room fit below the reels: an update would write over them. Take something out of the firmware."
    if [ "$1" = runslate ]; then
        python3 "$recipes/notice.py" "$work" "$build" "$board" "$version" >"$root/build/NOTICE-image-$board.txt" ||
            die "the image holds code of unknown origin (above); tools/image/notice.py must name it."
        rm -f "$root/build/runslate-$board"-*.uf2
    fi
    cp "$build/firmware.uf2" "$out.new"
    mv "$out.new" "$out"
    echo "$hash" >"$mark"
    say "${out#"$root"/}, $size of $room bytes, sha256 $(sha256sum "$out" | cut -d' ' -f1)"
}

sh "$recipes/tree.sh" "$work"
for kind in $kinds; do make_image "$kind"; done
