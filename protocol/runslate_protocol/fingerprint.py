"""One number for the whole schema: do both sides speak from the same definitions?"""

from __future__ import annotations

import binascii

from .constants import MAX_ID
from .schema import Schema, schema


def fingerprint(of: Schema | None = None) -> int:
    """CRC-32 of a schema, by default ours, cut to 30 bits: a small integer on a 32-bit board."""
    lines = [f"{name} {{{', '.join(fields)}}}" for name, fields in (of or schema()).items()]
    return binascii.crc32("\n".join(lines).encode()) & MAX_ID
