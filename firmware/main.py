# What the board runs after boot.py.
import micropython

# A binary 0x03 from the host is no Ctrl-C, from the first byte on: hosts do not wait until the node has started.
micropython.kbd_intr(-1)
try:
    from node.board import this_board

    board = this_board()
    # The boot button keeps the loop from starting: the way in when a firmware does not answer.
    if not board.safe_mode():
        from node.app import run

        run(board)
finally:
    micropython.kbd_intr(3)
