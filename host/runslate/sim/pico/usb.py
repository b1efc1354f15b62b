"""The laptop's side of the emulated USB serial port, with what rp2040py's own lacks.

A real host answers NAK while it has nothing to send; it marks every millisecond; and it may stop
reading. Without the first an idle board takes an interrupt every 10 us, without the second what was
printed before the port was opened blocks it for ever, without the third an unread port cannot be
tried.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

FRAME_NS = 1_000_000
"""USB full speed: one start-of-frame per millisecond."""


class UsbHost:
    """Enumerates the board and moves bytes both ways in emulated time.

    Args:
        mcu: rp2040py's chip.
        on_data: called with the bytes of each packet from the board.
        on_connected: called when the board was enumerated and DTR was set.
    """

    def __init__(self, mcu: Any, on_data: Callable[[bytes], None], on_connected: Callable[[], None]) -> None:
        from rp2040py.usb.cdc import USBCDC

        self._usb = mcu.usb_ctrl
        self._cdc = USBCDC(self._usb)
        self._on_connected = on_connected
        self._to_board = bytearray()
        self._armed: int | None = None  # size of the buffer that the board offers for our bytes
        self._held: list[tuple[int, bytes, int]] = []
        self.connected = False
        self.reading = True
        self._cdc.on_serial_data = lambda data: on_data(bytes(data))
        self._cdc.on_device_connected = self._connected
        self._hook_reset()
        self._hook_out()
        self._hook_in()
        self._hook_frames(mcu.clock)

    def send(self, data: bytes) -> None:
        """Queue bytes for the board; they leave as it offers buffers."""
        self._to_board += data
        self._deliver()

    @property
    def waiting(self) -> int:
        """Bytes that the board has not taken yet."""
        return len(self._to_board)

    def hold(self) -> None:
        """Stop reading, as a program does that has hung with the port open."""
        self.reading = False

    def release(self) -> None:
        """Read again; what the board had ready comes first."""
        self.reading = True
        held, self._held = self._held, []
        for endpoint, packet, delay_ns in held:
            self._arm_write[endpoint](packet, delay_ns)

    def _connected(self) -> None:
        self.connected = True
        self._on_connected()

    def _hook_reset(self) -> None:
        original = self._usb.on_reset

        def on_reset() -> None:
            self.connected = False
            self._armed = None
            self._held.clear()
            self._to_board.clear()
            original()

        self._usb.on_reset = on_reset

    def _hook_out(self) -> None:
        original = self._usb.on_endpoint_read

        def on_endpoint_read(endpoint: int, size: int) -> None:
            if endpoint == 0 or endpoint != self._cdc._out_endpoint:
                original(endpoint, size)
                return
            self._armed = size
            self._deliver()

        self._usb.on_endpoint_read = on_endpoint_read

    def _deliver(self) -> None:
        if self._armed is None or not self._to_board:
            return  # NAK: the buffer stays the board's until there is something for it
        size, self._armed = self._armed, None
        packet = bytes(self._to_board[:size])
        del self._to_board[:size]
        self._usb.endpoint_read_done(self._cdc._out_endpoint, packet)

    def _hook_in(self) -> None:
        alarms = self._usb.endpoint_write_alarms
        self._arm_write = [alarm.schedule for alarm in alarms]
        for endpoint, alarm in enumerate(alarms):
            alarm.schedule = partial(self._board_wrote, endpoint)

    def _board_wrote(self, endpoint: int, packet: bytes, delay_ns: int) -> None:
        if endpoint and endpoint == self._cdc._in_endpoint and not self.reading:
            self._held.append((endpoint, packet, delay_ns))
        else:
            self._arm_write[endpoint](packet, delay_ns)

    def _hook_frames(self, clock: Any) -> None:
        from rp2040py.peripherals import usb as registers

        usb, frame = self._usb, registers.INTR_DEV_SOF
        original = usb.read_uint32

        def read_uint32(offset: int) -> int:
            if offset == registers.SOF_RD and usb._int_raw & frame:
                usb._int_raw &= ~frame
                usb.check_interrupts()
            return int(original(offset))

        def next_frame() -> None:
            alarm.schedule(FRAME_NS)
            if self.connected and not usb._host_mode:
                usb._sof_frame_number = (usb._sof_frame_number + 1) & 0x7FF
                if usb._int_enable & frame:
                    usb._int_raw |= frame
                    usb.check_interrupts()

        usb.read_uint32 = read_uint32
        alarm = clock.create_alarm(next_frame)
        alarm.schedule(FRAME_NS)
