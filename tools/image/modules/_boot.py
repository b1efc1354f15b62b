# In place of the port's own, which mounts the whole flash, or formats it where it cannot: here reels are.
import sys

# The image's modules win over files of the same name, which an older firmware has left in the file system.
sys.path.remove(".frozen")
sys.path.insert(0, ".frozen")

from node.board import store

try:
    store.mount(make=True)
except Exception as error:
    # Nothing that the node needs to start lies in the file system.
    sys.print_exception(error)
