# The line to the host, the same on every board: MicroPython's own standard streams, polled so that nothing blocks.
import select
import sys

_stdin = sys.stdin.buffer
_stdout = sys.stdout.buffer
_byte = bytearray(1)

poll_in = select.poll()
poll_in.register(sys.stdin, select.POLLIN)
_poll_out = select.poll()
_poll_out.register(sys.stdout, select.POLLOUT)
# The first call makes the pair that all later ones hand out.
poll_in.ipoll(0)
_poll_out.ipoll(0)


# Bytes from the host that are there already; how many.
def serial_read(buf):
    n = 0
    while n < len(buf):
        ready = 0
        for _, ready in poll_in.ipoll(0):
            pass
        if not ready & select.POLLIN or _stdin.readinto(_byte) != 1:
            break
        buf[n] = _byte[0]
        n += 1
    return n


# Takes at most 64 bytes, or none when the host does not read; how many were taken.
# USB's 256-byte buffer waits up to half a second for a host that does not read, and poll() only says that one byte
# has room. The caller always sends 64: then the room is a multiple of 64 and "one" means "all".
def serial_write(view):
    for _, ready in _poll_out.ipoll(0):
        if ready & select.POLLOUT:
            return _stdout.write(view) or 0
    return 0
