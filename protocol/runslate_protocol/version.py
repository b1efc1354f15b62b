"""Version numbers of the protocol and the rules that they follow.

`VERSION` stands in every frame. It rises only when a frame of the old form can no longer be
understood: never for a new message, never for a field appended to an old one. `REVISION` rises with
each of those, and names the file of golden vectors that is kept for ever.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 1
"""Protocol version that this side writes into frames."""

VERSION_LOW: Final = 1
"""Lowest protocol version that this side still understands; HELLO carries it."""

VERSION_HIGH: Final = VERSION
"""Highest protocol version that this side understands; HELLO carries it."""

REVISION: Final = 2
"""Revision of the schema: raise it when a message or a field is appended."""
