"""Every number that Runslate states of a runner: what it is, where it comes from, and how wrong it is.

The one table that the analysis, the report and docs/metrics.md quote. What cannot be defended from a shoe tag is
not in it: vertical oscillation, foot-strike type, power, ground reaction force and loading rate.
"""

from __future__ import annotations

from dataclasses import dataclass

from runslate.analysis.intensity import DEFINITION


@dataclass(frozen=True)
class Quantity:
    """What a number means and how far it can be trusted."""

    name: str
    """The key in JSON; the unit is part of it."""
    label: str
    unit: str
    definition: str
    source: str
    """Of the definition, and what is measured for it."""
    error: str
    """Measured, and on what; or plainly that it is not known."""
    digits: int = 0
    """Decimals in a report."""


TAKEN = (
    "Taken over all running strides, the first ones of every run among them. Medians, and the mean of both feet where "
    "both wear a tag; but speed is distance over time, intensity a mean, distance a sum, and the variabilities are "
    "standard deviations over means."
)
"""How the numbers of a runner are taken; the report and docs/metrics.md quote it."""

QUANTITIES = [
    Quantity(
        "cadence_spm",
        "Cadence",
        "steps/min",
        "Contacts of both feet per minute: 2 x 60 / stride time. FIT files store half of it.",
        "IC to IC of one foot",
        "0.3 % (mean stride time of 15 jogs against Vicon, median)",
        1,
    ),
    Quantity(
        "stride_ms",
        "Stride time",
        "ms",
        "IC to the next IC of the same foot.",
        "Novacheck 1998; gyroscope",
        "0.3 % (mean of a trial, 15 jogs against Vicon, median)",
    ),
    Quantity(
        "step_ms",
        "Step time",
        "ms",
        "IC to the next IC of the other foot; half the stride time where one foot wears a tag.",
        "Novacheck 1998; gyroscope",
        "as stride time; with two tags also the uncertainty between their clocks",
    ),
    Quantity(
        "gct_ms",
        "Ground contact",
        "ms",
        "TC - IC of one foot. Both come from pitch-rate landmarks about 30 ms before the physical events, so the bias "
        "cancels in the difference.",
        "landmarks as in Falbriard et al. 2018; gyroscope",
        "0.6 % over a Stryd pod (one run at 3.8 m/s); walking, 22 ms under 700 in the mean, 47 ms of a single contact "
        "(40 files, checked by hand)",
    ),
    Quantity(
        "swing_ms",
        "Swing",
        "ms",
        "Next IC of the same foot - TC.",
        "Novacheck 1998; gyroscope",
        "as ground contact: what one gains the other loses",
    ),
    Quantity(
        "duty_factor",
        "Duty factor",
        "1",
        "Ground contact / stride time; below 0.5 both feet leave the ground.",
        "Alexander 1989; gyroscope",
        "0.01 (from ground contact)",
        2,
    ),
    Quantity(
        "flight_ms",
        "Flight",
        "ms",
        "IC of the other foot - TC: no foot is on the ground. Needs a tag on both feet.",
        "Novacheck 1998; gyroscopes of both feet",
        "as ground contact, and the uncertainty between the tags' clocks",
    ),
    Quantity(
        "si_gct_pct",
        "Symmetry of contact",
        "%",
        "200 |L - R| / (L + R) of ground contact. Needs a tag on both feet. On its own it says nothing about injury.",
        "Robinson et al. 1987; gyroscopes of both feet",
        "4.9 points (standard deviation, 38 walks checked by hand; healthy people spread by 4.1)",
        1,
    ),
    Quantity(
        "stride_m",
        "Stride length",
        "m",
        "Horizontal way of the shoe from mid-stance to mid-stance.",
        "Sabatini et al. 2005, drift removed by gravity's mean; both sensors",
        "1.4 % jogging, 1.0 % walking (median of 333 and 414 strides against Vicon; 90 % within 4.3 and 3.3)",
        2,
    ),
    Quantity(
        "speed_mps",
        "Speed",
        "m/s",
        "Distance run / time of the same strides: a mean, which the slow first strides of a run pull down.",
        "as stride length",
        "8 to 9 % under a Stryd pod (one run at 3.8 m/s, sensor with clipping and gaps), before a personal factor",
        2,
    ),
    Quantity(
        "distance_m",
        "Distance run",
        "m",
        "Sum of the running strides' lengths; a stride without a length counts as the median of the others.",
        "as stride length",
        "as speed; a personal factor from a belt or a known distance takes the constant part away",
    ),
    Quantity(
        "peak_g",
        "Impact peak",
        "g",
        "Largest |a| of a stride at the shoe. Depends on sole, ground and mounting; it is no force.",
        "accelerometer",
        "1.5 % (the accelerometer's scale); a clipped stride gives a lower bound",
        1,
    ),
    Quantity(
        "intensity_g",
        "Intensity",
        "g",
        f"{DEFINITION[0].upper()}{DEFINITION[1:]}; in the table, the mean over the seconds of running. How hard a foot "
        "is thrown about: no energy, speed or force, and comparable only within one runner.",
        "the family of van Hees et al. 2013 and Vaha-Ypya et al. 2015, at the shoe; accelerometer",
        "as the accelerometer's scale, 1.5 %",
        2,
    ),
    Quantity(
        "stride_cv_pct",
        "Stride variability",
        "%",
        "Standard deviation / mean of stride time of one foot.",
        "Hausdorff et al. 1995; gyroscope",
        "0.3 points (scatter of single contacts at 100 Hz, 1.2 ms)",
        1,
    ),
    Quantity(
        "gct_cv_pct",
        "Contact variability",
        "%",
        "Standard deviation / mean of ground contact of one foot.",
        "as stride variability, of ground contact",
        "the scatter of single contact times is part of it: 3.6 % in one run at 3.8 m/s",
        1,
    ),
]
"""All quantities of a runner in a take, in the order of a report."""
