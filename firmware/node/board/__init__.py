# The board that this runs on. Everything above it sees one set of names:
#   NAME UID CAUSE SECTORS FS INTERRUPT REPL   facts
#   bus_read bus_write              motion sensor
#   ticks idle                      clock (30 bits of microseconds), waiting
#   flash_read flash_program flash_erase       partition, addressed in bytes
#   serial_read serial_write        bytes from and to the host, never waiting
#   pulses                          counter of a treadmill's belt
#   lamp battery_mv watchdog_start watchdog_feed restart leave mount safe_mode
import gc
import sys

from micropython import const

_OFTEN = const(16384)


# What is imported and made from here on stays. Collected often it comes to lie together, with the free memory in one
# piece behind it: else a reel's detector may find 90 KB free, but no 2 KB of them side by side. app.run() ends that.
def this_board():
    gc.threshold(_OFTEN)
    if sys.platform == "rp2":
        from node.board import rp2 as board
    else:
        from node.board import virtual as board
    return board
