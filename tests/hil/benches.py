"""The board that `--target` names."""

from __future__ import annotations

from pathlib import Path

from hil.bench import Bench, SerialBench
from hil.images import image_path
from hil.picobench import PicoBench, erased, stock_with_files
from hil.targets import Target
from hil.virtualbench import VirtualBench
from runslate.port import open_port


def make_bench(target: Target, name: str, folder: Path) -> Bench:
    """Set up the board that `--target` names.

    Raises:
        RunslateError: what is missing for it, and the cure.
    """
    if target.name == "virtual":
        return VirtualBench(folder)
    if target.name == "pico":
        image = image_path("runslate")
        return PicoBench(target.wiring, image, erased(image))
    if target.name == "pico-stock":
        image = image_path("stock")
        return PicoBench(target.wiring, image, stock_with_files(image))
    # A wrong name is told at once, and a board that is no node once, not by every test.
    open_port(name).close()
    serial = SerialBench(name)
    serial.connect()
    serial.disconnect()
    return serial
