# ruff: noqa: F821
# Modules of our image: the firmware, the note of what the image is, and the port's own with our _boot.py for its.
# Sorted, because the order of a folder is another on every file system and the image is to be the same everywhere.
from pathlib import Path

firmware = Path("../../firmware")
freeze("modules", ("_boot.py",))
freeze("../../build/image/generated", ("runslate_image.py",))
modules = {path.relative_to(firmware).as_posix() for path in firmware.rglob("*.py")}
freeze(str(firmware), sorted(modules - {"node/board/virtual.py"}))
freeze("$(PORT_DIR)/modules", ("rp2.py",))
