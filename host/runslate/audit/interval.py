"""The exact binomial interval."""

from __future__ import annotations

LEVEL = 0.95
"""How often such intervals cover the true share, at least."""

LEVEL_WORDS = f"{100 * LEVEL:g} %"
"""As people are told; the key `interval_95` of documents says it too."""


def clopper_pearson(holds: int, total: int) -> tuple[float, float]:
    """Return the exact interval of a share, ends 0 to 1; (0, 1) when nothing was counted.

    Clopper and Pearson, Biometrika 26 (1934) 404: the shares at which the observed count, or a more
    extreme one, still has half of 1 - LEVEL. Exact here means never narrower than stated.

    Args:
        holds: how often it held.
        total: how often it could have.
    """
    from scipy.special import betaincinv

    tail = (1 - LEVEL) / 2
    low = float(betaincinv(holds, total - holds + 1, tail)) if holds else 0.0
    high = float(betaincinv(holds + 1, total - holds, 1 - tail)) if holds < total else 1.0
    return low, high
