"""Which scans of a manifest are rated, and what the classes are that their ratings name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.errors import InputError, some_of
from MotionQCLib.models import RatingHead
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.finetune_config import FinetuneConfig


@dataclass(frozen=True)
class RatedScans:
    """Scans with a rating.

    Parameters
    ----------
    rows : list of N rows
        The scans.
    classes : tuple of str
        Names of the classes, of a scale in its order.
    labels : (N,) int array
        Index of every scan's class.
    """

    rows: list[Row]
    classes: tuple[str, ...]
    labels: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def persons(self) -> list[str]:
        """Whose scan each is."""
        return [row.person for row in self.rows]


def rated_scans(rows: Sequence[Row], config: FinetuneConfig) -> RatedScans:
    """Return the rated ones of some scans.

    Raises
    ------
    InputError
        ``ratings``: there are none, they are all alike, they are not among the configured classes,
        or nothing tells the order of a scale.
    """
    rated = [row for row in rows if row.rating]
    found = sorted({row.rating for row in rated})
    if not rated:
        raise InputError("ratings", "no scan of the manifest has a rating; fill its column rating")
    classes = config.classes or _in_order(found, ordinal=config.ordinal)
    if unknown := [name for name in found if name not in classes]:
        raise InputError(
            "ratings",
            f"ratings of the manifest are not among classes ({', '.join(classes)}): "
            f"{some_of(unknown)}; add them to the configuration's classes or mend the manifest",
        )
    if len(found) < 2:
        raise InputError(
            "ratings", f"every rated scan is rated {found[0]!r}; rate scans of two classes or more"
        )
    try:
        RatingHead(classes)
    except ValueError as error:
        raise InputError("ratings", f"{error}; rename them in the manifest") from error
    labels = np.array([classes.index(row.rating) for row in rated])
    return RatedScans(rated, classes, labels)


def _in_order(found: list[str], *, ordinal: bool) -> tuple[str, ...]:
    """Ratings as numbers, ascending, else by the alphabet, which is no scale."""
    try:
        return tuple(sorted(found, key=float))
    except ValueError:
        if ordinal:
            raise InputError(
                "ratings",
                f"ordinal is true, and nothing tells the order of {', '.join(found)}; list them in "
                "order under classes in the configuration",
            ) from None
        return tuple(found)
