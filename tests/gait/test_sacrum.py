"""Contacts from the sacrum against bumps whose ends are known."""

from __future__ import annotations

import numpy as np
import pytest
from runslate.gait.sacrum import contacts


def trunk(step_s: float = 0.33, contact_s: float = 0.23, steps: int = 15, rate_hz: float = 500.0):
    """Half-sines of vertical force between flights; their mean over a step is body weight."""
    t = np.arange(0, steps * step_s + 0.2, 1 / rate_hz)
    begin = 0.1 + step_s * np.arange(steps)
    force = np.zeros_like(t)
    for start in begin:
        inside = (t > start) & (t < start + contact_s)
        force[inside] = np.pi / 2 * step_s / contact_s * np.sin(np.pi * (t[inside] - start) / contact_s)
    return t, force, begin


@pytest.mark.parametrize(("step_s", "contact_s"), [(0.38, 0.28), (0.33, 0.23), (0.29, 0.19)])
def test_every_contact_is_found_and_longer_ones_are_longer(step_s: float, contact_s: float) -> None:
    t, force, begin = trunk(step_s, contact_s)
    ic_s, tc_s = contacts(t, force)
    assert ic_s.size == begin.size
    assert np.ptp(ic_s - begin) < 0.01
    assert np.median(tc_s - ic_s) == pytest.approx(contact_s, abs=0.035)


def test_a_contact_cut_by_the_end_of_the_record_is_left_out() -> None:
    t, force, begin = trunk()
    cut = t < begin[-1] + 0.1
    ic_s, _ = contacts(t[cut], force[cut])
    assert ic_s.size == begin.size - 1


def test_standing_and_too_little_have_no_contacts() -> None:
    t = np.arange(0, 5, 0.002)
    assert contacts(t, np.ones_like(t) + 0.02 * np.sin(9 * t))[0].size == 0
    assert contacts(t[:100], np.ones(100))[0].size == 0
