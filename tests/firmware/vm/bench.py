# A node in memory with a host of a few lines. Its script's arguments: the firmware's folder, an empty folder.
import gc
import os
import struct
import sys

from fakes import Board
from harness import equal
from node import kernels, wire
from node.app import Node

FOLDER = sys.argv[2]
HOST_BOOT = 0


def frame(kind, payload, boot=HOST_BOOT, version=1, address=0):
    body = bytearray(struct.pack(wire.HEADER, version, address, boot, 0, kind) + payload + bytes(4))
    n = len(body) - 4
    kernels.crc32_put(kernels.CRC_TABLE, body, n, body, n)
    out = bytearray(700)
    return bytes(out[: kernels.cobs_encode(body, n + 4, out)])


class Bench:
    def __init__(self, board=None):
        if board is None:
            for name in os.listdir(FOLDER):
                os.remove(FOLDER + "/" + name)
            board = Board(folder=FOLDER)
        gc.collect()  # the node before
        self.board = board
        self.node = Node(self.board)
        self.turns(1)
        self.board.outgoing = bytearray()

    def turns(self, n):
        for _ in range(n):
            self.node.turn()

    # Messages that came out: (type, payload).
    def heard(self):
        found = []
        for raw in bytes(self.board.outgoing).split(b"\x00"):
            if raw:
                buf = bytearray(raw)
                n = kernels.cobs_decode(buf, len(buf)) - 4
                assert kernels.crc32_good(kernels.CRC_TABLE, buf, n)
                equal(struct.unpack_from(wire.HEADER, buf)[2], self.node.origin.boot_id)
                found.append((buf[8], bytes(buf[9:n])))
        self.board.outgoing = bytearray()
        return found

    def say(self, kind, payload, **how):
        self.board.incoming += frame(kind, payload, **how)
        self.turns(3)
        return self.heard()

    def error(self, kind, payload, **how):
        ((answer, content),) = self.say(kind, payload, **how)
        equal(answer, wire.MSG_ERROR)
        return struct.unpack_from(wire.ERROR, content)[1]

    def start(self):
        while self.node.sectors.dirty:
            self.turns(1)
        self.board.outgoing = bytearray()
        return self.say(wire.MSG_START, struct.pack(wire.START_REQUEST, 9, 5, 0))
