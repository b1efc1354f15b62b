"""One recording from its file to its figures: the unit of work that runs in a process of its own."""

from __future__ import annotations

import numpy as np

from runslate.errors import RunslateError
from runslate.evaluate.found import Floats, from_contacts
from runslate.evaluate.opinion import opinion
from runslate.evaluate.play import play
from runslate.evaluate.recordings import Item, Labelled, read
from runslate.evaluate.result import FIRMWARE, HOST, Result
from runslate.evaluate.score import score
from runslate.evaluate.truth import known
from runslate.evaluate.watch import watched
from runslate.gait.sacrum import contacts
from runslate.sim.recording import Recording


def evaluate(item: Item) -> Result:
    """Play one recording and score it; a broken one gives a result with a sentence."""
    try:
        labelled = read(item)
        if labelled.place in ("shoe", "leg"):
            return _at_shoe(labelled)
        if labelled.place == "sacrum" and labelled.runs:
            return _at_sacrum(labelled)
    except RunslateError as error:
        return Result(item, error=str(error))
    place = labelled.facts.get("placement", "somewhere")
    note = f"Not scored: the detectors are for a shoe, or a sacrum of somebody who runs. This sensor was at: {place}."
    return Result(item, activity=labelled.activity, note=note)


def _at_shoe(labelled: Labelled) -> Result:
    """The firmware's detector, and what the host makes of the samples that it read."""
    motion = Recording(labelled.item.path, table=labelled.table)
    found, samples = play(motion)
    found = found.until(motion.duration_s)
    truth, runs, end_s = known(labelled), labelled.runs, motion.duration_s
    host = opinion(samples, found, truth, runs, end_s)
    figures = score(found, truth, runs, end_s, host.length_m)
    if host.scaled_m is not None:
        figures = figures.with_scaled(score(found, truth, runs, end_s, host.scaled_m))
    watch = watched([found], motion, None, None)  # nobody fell or began to limp in an open recording
    return Result.of(labelled.item, figures, FIRMWARE, labelled.activity, found, host, watch)


def _at_sacrum(labelled: Labelled) -> Result:
    """The host's own detector on contacts of both feet."""
    ic, tc = contacts(labelled.table.t_s, _vertical(labelled))
    found = from_contacts(ic, tc, True)
    figures = score(found, known(labelled), labelled.runs, float(labelled.table.t_s[-1]), None)
    return Result.of(labelled.item, figures, HOST, labelled.activity, found)


def _vertical(labelled: Labelled) -> Floats:
    """Return the axis that gravity is on, upwards."""
    axes = [labelled.table.columns[name] for name in ("ax", "ay", "az") if name in labelled.table.columns]
    if not axes:
        raise RunslateError(
            f"{labelled.item.path} has no acceleration.",
            "A recording at the sacrum needs at least its vertical axis: ax, ay or az.",
            "Convert it again, or take it out of the folder.",
        )
    vertical = max(axes, key=lambda axis: abs(float(np.mean(axis))))
    return vertical * float(np.sign(np.mean(vertical)))
