"""A recording in the common form (NAME.csv.gz with NAME.json) played at whatever rate is set."""

from __future__ import annotations

import gzip
import io
import json
import os
import zlib
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Table:
    """The columns of a recording.

    Attributes:
        zero_s: what the file calls its first sample's time.
        t_s: instants (n,) from 0, ascending.
        columns: every other column by name, (n,) each.
    """

    zero_s: float
    t_s: Floats
    columns: dict[str, Floats]

    def three(self, names: tuple[str, str, str]) -> Floats | None:
        """Return three columns side by side (n, 3), or None if one is absent."""
        if any(name not in self.columns for name in names):
            return None
        return np.stack([self.columns[name] for name in names], axis=1)


def read_table(path: Path) -> Table:
    """Read a recording's CSV; rows that repeat a time or hold no number are left out.

    Raises:
        RunslateError: the file is absent, or is not a table with t_s and at least two rows.
    """
    names, rows = _read_rows(path)
    at = names.index("t_s")
    t_s, first = np.unique(rows[:, at], return_index=True)
    rows = rows[first]
    if t_s.size < 2:
        raise _not_common(path, "it has fewer than two whole rows")
    columns = {name: rows[:, i] for i, name in enumerate(names) if i != at}
    return Table(float(t_s[0]), t_s - t_s[0], columns)


class Recording:
    """A recorded movement.

    Args:
        path: NAME.csv.gz or NAME.csv; NAME.json beside it may tell more.
        axes: how the recording's axes become the sensor's, three signed letters: "-y+x+z" means
            sensor x is minus the recording's y, and so on.
        table: what the file holds, if it was read already.

    Attributes:
        t_s: instants (n,) from 0; accel_g (n, 3); gyro_dps (n, 3) or None where there was none.
        facts: what the JSON says.

    Raises:
        RunslateError: the file is absent or not in the common form, or axes make no sense.
    """

    def __init__(self, path: Path, axes: str = "+x+y+z", table: Table | None = None) -> None:
        table = read_table(path) if table is None else table
        turn = _axes_matrix(axes)
        accel, gyro = table.three(_ACCEL), table.three(_GYRO)
        if accel is None:
            raise _not_common(path, f"it has no column {next(c for c in _ACCEL if c not in table.columns)}")
        self.path = path
        self.t_s: Floats = table.t_s
        self.accel_g: Floats = accel @ turn.T
        self.gyro_dps: Floats | None = None
        if gyro is not None:
            # Turning an axis round also turns the sense of rotations about it.
            sense = float(np.linalg.det(turn))
            self.gyro_dps = sense * gyro @ turn.T
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


def _read_rows(path: Path) -> tuple[list[str], Floats]:
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
            body = file.read()
        rows = np.loadtxt(io.StringIO(body), delimiter=",", ndmin=2) if body.strip() else np.zeros((0, len(columns)))
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise _not_common(path, str(error)) from error
    if "t_s" not in columns:
        raise _not_common(path, "it has no column t_s")
    if len(rows) < 2 or rows.shape[1] != len(columns):
        raise _not_common(path, "it has fewer than two whole rows")
    needed = [columns.index(c) for c in ("t_s", *_ACCEL, *_GYRO) if c in columns]
    return columns, rows[np.isfinite(rows[:, needed]).all(axis=1)]


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
