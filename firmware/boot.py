# Runs before main.py, and before a visitor's prompt: from here on files cannot be written over reels.
import sys

if sys.platform == "rp2":
    try:
        from node.board import store
    except ImportError as error:
        print("The firmware is not complete:", error)
    else:
        store.mount()
