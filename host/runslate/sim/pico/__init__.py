"""A Raspberry Pi Pico without a Pico: the stock MicroPython image on rp2040py's emulated RP2040.

Everything but `port` runs in emulated time alone, the same on every run, and knows nothing of the
wall clock. Needs the extra `pico`; the image comes from `make image`.
"""
