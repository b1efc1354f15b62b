"""A recording in the common form (NAME.csv.gz with NAME.json) played at whatever rate is set."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runslate.errors import RunslateError
from runslate.sim.motion import Floats, Sampled, Truth

_ACCEL = ("ax", "ay", "az")
_GYRO = ("gx", "gy", "gz")
_DATA_VARIABLE = "RUNSLATE_DATA"


def recordings_folder(folder: Path | None = None) -> Path:
    """Return the folder of open recordings: the one given, else $RUNSLATE_DATA.

    Raises:
        RunslateError: neither is given, or it is not there.
    """
    named = os.environ.get(_DATA_VARIABLE, "")
    if folder is None and not named:
        raise RunslateError(
            "This needs real recordings, and no folder of recordings was named.",
            "Recordings are not part of Runslate: their licences differ.",
            f"Set {_DATA_VARIABLE} to the folder, or use the parametric waveform.",
        )
    folder = folder or Path(named)
    if not folder.is_dir():
        raise RunslateError(
            f"The folder of recordings {folder} is not there.",
            "It should hold data sets in the common form (NAME.csv.gz with NAME.json).",
            f"Name another folder with {_DATA_VARIABLE}, or use the parametric waveform.",
        )
    return folder


class Recording:
    """A recorded movement.

    Args:
        path: NAME.csv.gz or NAME.csv; NAME.json beside it may tell more.
        axes: how the recording's axes become the sensor's, three signed letters: "-y+x+z" means
            sensor x is minus the recording's y, and so on.

    Attributes:
        t_s: instants (n,) from 0; accel_g (n, 3); gyro_dps (n, 3) or None where there was none.
        facts: what the JSON says.

    Raises:
        RunslateError: the file is absent or not in the common form, or axes make no sense.
    """

    def __init__(self, path: Path, axes: str = "+x+y+z") -> None:
        columns, table = _read_table(path)
        turn = _axes_matrix(axes)
        self.path = path
        t_s, first = np.unique(table[:, columns.index("t_s")], return_index=True)
        table = table[first]
        self.t_s: Floats = t_s - t_s[0]
        self.accel_g: Floats = table[:, [columns.index(c) for c in _ACCEL]] @ turn.T
        self.gyro_dps: Floats | None = None
        if all(c in columns for c in _GYRO):
            # Turning an axis round also turns the sense of rotations about it.
            sense = float(np.linalg.det(turn))
            self.gyro_dps = sense * table[:, [columns.index(c) for c in _GYRO]] @ turn.T
        self.facts = _read_facts(path)
        self.duration_s = float(self.t_s[-1])

    def sample(self, t_s: Floats) -> Sampled:
        """Return specific force in g and angular rate in deg/s or None, linear between samples."""
        accel = _between(t_s, self.t_s, self.accel_g)
        if self.gyro_dps is None:
            return accel, None
        return accel, _between(t_s, self.t_s, self.gyro_dps)

    def truth(self) -> Truth:
        """Return an empty truth: what is known stands in the recording's own JSON."""
        return Truth(note=f"a recording: see the truth in {self.path.name}'s JSON")


def _between(t_s: Floats, at_s: Floats, values: Floats) -> Floats:
    return np.stack([np.interp(t_s, at_s, column) for column in values.T], axis=1)


def _read_table(path: Path) -> tuple[list[str], Floats]:
    if not path.is_file():
        raise RunslateError(
            f"The recording {path} is not there.",
            "A file NAME.csv.gz in the common form was expected.",
            "Check the path.",
        )
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as file:
            columns = file.readline().strip().split(",")
            table = np.loadtxt(file, delimiter=",", ndmin=2)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise _not_common(path, str(error)) from error
    missing = [c for c in ("t_s", *_ACCEL) if c not in columns]
    if missing:
        raise _not_common(path, f"it has no column {missing[0]}")
    if len(table) < 2 or table.shape[1] != len(columns):
        raise _not_common(path, "it has fewer than two whole rows")
    needed = [columns.index(c) for c in ("t_s", *_ACCEL, *_GYRO) if c in columns]
    return columns, table[np.isfinite(table[:, needed]).all(axis=1)]


def _not_common(path: Path, reason: str) -> RunslateError:
    return RunslateError(
        f"{path} is not a recording that can be played: {reason}.",
        "The common form is a CSV with columns t_s, ax, ay, az (g) and maybe gx, gy, gz (deg/s).",
        "Convert it first, or give another file.",
    )


def _read_facts(path: Path) -> dict[str, object]:
    facts = path.with_name(path.name.removesuffix(".gz").removesuffix(".csv") + ".json")
    if not facts.is_file():
        return {}
    return dict(json.loads(facts.read_text(encoding="utf-8")))


def _axes_matrix(axes: str) -> NDArray[np.float64]:
    """Matrix from the recording's axes to the sensor's."""
    matrix = np.zeros((3, 3))
    pairs = [axes[i : i + 2] for i in range(0, len(axes), 2)]
    letters = sorted(pair[-1:] for pair in pairs)
    if letters != ["x", "y", "z"] or any(pair[0] not in "+-" for pair in pairs):
        raise RunslateError(
            f"The axes {axes!r} make no sense.",
            "Three signed letters are expected, for example +x+y+z or -y+x+z.",
            "Write each of x, y and z once, with its sign.",
        )
    for row, pair in enumerate(pairs):
        matrix[row, "xyz".index(pair[1])] = -1.0 if pair[0] == "-" else 1.0
    return matrix
