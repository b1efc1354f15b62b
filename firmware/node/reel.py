# Reels in the ring. A reel is an unbroken run of sectors, so that (reel, index) is an address: index n lies in the
# reel's sector n // 15, slot 1 + n % 15. A reel's first sectors may have been freed already.
import struct

from micropython import const
from node import page, wire
from node.sectors import SLOTS

# Kept free: what one turn of the loop writes before the end is noticed (at most 4 pages of samples, 6 of events), and
# the last samples, the last events and the end page.
_RESERVE = const(15)


class Reel:
    def __init__(self, reel_id, first_sector):
        self.reel_id = reel_id
        self.first_sector = first_sector  # that index 0 lies in, or lay in
        self.freed = 0  # sectors freed at its beginning
        self.sectors = 0  # taken, freed ones included
        self.pages = 0  # highest index + 1
        self.reason = 0  # 0: open, or its end was never written
        self.torn = 0
        self.utc_ms = 0


NO_REEL = Reel(0, 0)  # where there is none: it has no pages


class Reels:
    def __init__(self, sectors):
        self._sectors = sectors
        self.reels = []  # oldest first
        self.open_reel = NO_REEL
        self._run = 0  # sectors that the open reel may take
        self._next_sector = 0  # where the search for room begins
        self._buf = bytearray(page.SIZE)

    # After a boot: what is in flash.
    def scan(self):
        self.reels.clear()
        orphans: list = []
        self._sectors.scan(lambda sector: self._found(sector, orphans))
        for reel in self.reels:
            self._measure(reel)
            reel.utc_ms = self._began(reel)
        for sector in orphans:
            self._adopt(sector)
        self.reels.sort(key=lambda reel: reel.utc_ms)
        if self.reels:
            last = self.reels[-1]
            self._next_sector = (last.first_sector + last.sectors) % self._sectors.count

    # One sector with pages: whose? Any good page tells.
    def _found(self, sector, orphans):
        for slot in range(1, SLOTS + 1):
            self._sectors.read(sector, slot, self._buf)
            if page.good(self._buf):
                index = struct.unpack_from("<I", self._buf, wire.AT_INDEX)[0]
                self._claim(sector, page.reel_id(self._buf), index // SLOTS)
                return
        orphans.append(sector)

    def _claim(self, sector, reel_id, place):
        reel = self.find(reel_id)
        if reel is None:
            reel = Reel(reel_id, (sector - place) % self._sectors.count)
            reel.freed = place
            self.reels.append(reel)
        reel.freed = min(reel.freed, place)
        reel.sectors = max(reel.sectors, place + 1)

    # Pages, end and torn slots, from the last sector.
    def _measure(self, reel):
        place = reel.sectors - 1
        reel.torn = 0
        for slot in range(1, SLOTS + 1):
            self._sectors.read(self._sector(reel, place), slot, self._buf)
            if page.good(self._buf):
                reel.pages = place * SLOTS + slot
                reel.torn = 0
                reel.reason = self._buf[page.HEADER] if self._buf[wire.AT_KIND] == page.CLOSE else 0
            elif not page.blank(self._buf):
                reel.torn += 1

    # A sector whose only page is torn continues the reel before it; without one there is nothing to keep.
    def _adopt(self, sector):
        for reel in self.reels:
            if not reel.reason and self._sector(reel, reel.sectors) == sector:
                reel.sectors += 1
                reel.torn += 1
                return
        self._sectors.free(sector)

    # When the reel began, by the host's clock; 0 when its start page is no longer there.
    def _began(self, reel):
        if self.read(reel, 0, self._buf) and self._buf[wire.AT_KIND] == page.START:
            return struct.unpack_from("<Q", self._buf, page.HEADER + 8)[0]
        return 0

    # The boot that recorded it.
    def boot_id(self, reel):
        for index in range(reel.freed * SLOTS, reel.pages):
            if self.read(reel, index, self._buf):
                return struct.unpack_from("<I", self._buf, wire.AT_BOOT_ID)[0]
        return 0

    def _sector(self, reel, place):
        return (reel.first_sector + place) % self._sectors.count

    def find(self, reel_id):
        for reel in self.reels:
            if reel.reel_id == reel_id:
                return reel
        return None

    # Pages that a reel started now could hold.
    def room(self):
        return max(0, self._sectors.longest_run(self._next_sector)[1] * SLOTS - _RESERVE)

    def open(self, reel_id, utc_ms):
        first, self._run = self._sectors.longest_run(self._next_sector)
        self.open_reel = Reel(reel_id, first)
        self.open_reel.utc_ms = utc_ms
        self.reels.append(self.open_reel)

    # Pages left before the open reel has to be closed.
    def left(self):
        return self._run * SLOTS - self.open_reel.pages - _RESERVE

    # Appends a sealed page with index `pages` to the open reel. No erase, no allocation.
    def append(self, buf):
        reel = self.open_reel
        place = reel.pages // SLOTS
        sector = (reel.first_sector + place) % self._sectors.count
        if place == reel.sectors:
            reel.sectors += 1
            self._sectors.take(sector)
        self._sectors.program(sector, 1 + reel.pages % SLOTS, buf)
        reel.pages += 1

    def close(self, reason):
        reel = self.open_reel
        reel.reason = reason
        self._next_sector = (reel.first_sector + reel.sectors) % self._sectors.count
        self.open_reel = NO_REEL

    # Page `index` into buf; True when a whole page is there.
    def read(self, reel, index, buf):
        place = index // SLOTS
        if index >= reel.pages or place < reel.freed:
            return False
        self._sectors.read(self._sector(reel, place), 1 + index % SLOTS, buf)
        return page.good(buf) and page.reel_id(buf) == reel.reel_id

    # Frees the sectors of which all pages have an index below `pages`; returns the pages freed.
    def free(self, reel, pages):
        before = min(reel.freed * SLOTS, reel.pages)
        whole = reel.sectors if pages >= reel.pages else pages // SLOTS
        while reel.freed < whole:
            self._sectors.free(self._sector(reel, reel.freed))
            reel.freed += 1
        if reel.freed == reel.sectors:
            self.reels.remove(reel)
        return max(0, min(reel.freed * SLOTS, reel.pages) - before)
