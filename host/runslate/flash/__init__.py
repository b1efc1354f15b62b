"""Putting the firmware onto boards: a UF2 image in boot mode, or files on a stock MicroPython."""
