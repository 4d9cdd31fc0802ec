"""How sure a figure is: its spread where other subjects had been drawn.

Volumes of one subject are no independent observations, so whole subjects are drawn, with
replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Figure = Callable[[NDArray[np.intp]], float]
"""Gives a figure of some volumes, by their numbers."""


def subject_intervals(
    figures: dict[str, Figure],
    persons: Sequence[str],
    *,
    rounds: int,
    level: float,
    seed: int,
) -> dict[str, tuple[float, float]] | None:
    """Return an interval for each figure.

    Parameters
    ----------
    figures : dict
        Figures by name.
    persons : sequence of V
        Whose each volume is.
    rounds : int
        How often subjects are drawn.
    level : float
        Level of the intervals, which end at the quantiles.
    seed : int
        Seed of the draws.

    Returns
    -------
    dict or None
        Low and high end by name, without figures that are NaN in every draw, and from the others'
        numbers alone; None where there are fewer than two subjects.
    """
    names = sorted(set(persons))
    if len(names) < 2:
        return None
    which = np.array(persons)
    members = [np.flatnonzero(which == name) for name in names]
    rng = np.random.default_rng(seed)
    found: dict[str, list[float]] = {name: [] for name in figures}
    for _ in range(rounds):
        drawn = np.concatenate([members[n] for n in rng.integers(len(names), size=len(names))])
        for name, figure in figures.items():
            found[name].append(figure(drawn))
    tail = (1 - level) / 2
    return {
        name: _ends(values, tail) for name, values in found.items() if np.isfinite(values).any()
    }


def _ends(values: list[float], tail: float) -> tuple[float, float]:
    low, high = np.nanquantile(values, [tail, 1 - tail])
    return float(low), float(high)
