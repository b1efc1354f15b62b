# What the board runs after boot.py.
import micropython
from node.board import this_board

board = this_board()

# Held down, the boot button keeps the loop from starting: the way in when a firmware does not answer.
if not board.safe_mode():
    # A binary 0x03 from the host is no Ctrl-C.
    micropython.kbd_intr(-1)

    from node.app import run

    run(board)
