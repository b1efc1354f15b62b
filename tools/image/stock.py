# ruff: noqa: F821
# Modules of the stock image: the port's own. Debian's source has no micropython-lib, so what the board's manifest takes
# from there (onewire, ds18x20, dht, neopixel) is missing.
freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
