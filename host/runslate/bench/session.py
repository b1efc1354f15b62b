"""A host on the emulated board that also listens while it asks nothing, and acknowledges events."""

from __future__ import annotations

from runslate_protocol.messages import EventAck, EventPush

from runslate.sim.pico.board import EmulatedPico
from runslate.sim.pico.talk import Talk


class Session(Talk):
    """A `Talk` that takes what the board sends as it comes, as the real host's reader does."""

    def __init__(self, pico: EmulatedPico) -> None:
        super().__init__(pico)
        self.pico = pico
        self.events = 0

    def run(self, seconds: float) -> None:
        """Let time pass, taking what the node sends."""
        end_us = self.pico.now_us() + seconds * 1e6
        while (left_us := end_us - self.pico.now_us()) > 0:
            self.pico.run_until(lambda: bool(self.pico.received), left_us / 1e6)
            self.listen()

    def listen(self) -> None:
        """Take in what the board has sent so far, and acknowledge its events."""
        super().listen()
        events = [message for message in self._messages if isinstance(message, EventPush)]
        if events:
            self.events += len(events)
            self._messages = [message for message in self._messages if not isinstance(message, EventPush)]
            self.send(EventAck(next=events[-1].sequence + 1))
