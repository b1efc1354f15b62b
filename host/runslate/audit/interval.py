"""The exact binomial interval."""

from __future__ import annotations


def clopper_pearson(holds: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a share, ends 0 to 1; (0, 1) when nothing was counted.

    Clopper and Pearson, Biometrika 26 (1934) 404: the shares at which the observed count, or a more
    extreme one, still has half of 1 - level. Exact here means never narrower than stated.

    Args:
        holds: how often it held.
        total: how often it could have.
        level: the wanted coverage.
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(holds, total - holds + 1, tail)) if holds else 0.0
    high = float(betaincinv(holds + 1, total - holds, 1 - tail)) if holds < total else 1.0
    return low, high
