"""What a library says of itself to whoever finds the folder, without Runslate at hand: its README.txt."""

from __future__ import annotations

from runslate_protocol.page import PAGE_CRC_AT, PAGE_HEADER_SIZE, PAGE_SIZE

README = "README.txt"

WORDS = f"""\
This folder is a Runslate library: recordings of tags on runners' shoes, and what was made of them. It tells how
people run, which is personal. From inside it, `runslate takes list --library .` shows what there is, and
`runslate takes verify --library .` reads everything back and compares it with its check sums.

library.json              the id by which the tags know this library, and the format of the folder
reels/NODE-REEL/          one unbroken recording of one tag, both ids in hexadecimal
  pages.log               the recording itself, kept as it came: pages of {PAGE_SIZE} bytes, in order of arrival
  reel.json               the ledger: which pages are here, which are missing and why, the SHA-256 of pages.log
  clock.jsonl             comparisons of the tag's clock with the computer's, one a line, in microseconds
  events.jsonl            steps and alarms as they came live, one a line; drained reels have them in their pages too
takes/SCENE-SETUP-Tn/     take n: a stretch of time, laid over the reels
  take.json               when it began and ended, who ran, which reels it lies on, its status
  strides.parquet, bests.json, report.html    made of all that: they can be deleted and made again

A .jsonl file with a .head.json beside it is a sealed log: each line holds the hash of the one before it.

A page is {PAGE_HEADER_SIZE} bytes of header, payload, and at byte {PAGE_CRC_AT} the CRC-32 of all before it.
Numbers are little-endian. The specification is docs/protocol.md of Runslate's source, chapter "Pages"; in Python,
`runslate_protocol.parse_page` reads one.
"""
"""Names nobody, and nothing that differs from one library to another."""
