"""Is this scan one that a score can be trusted on? What its reader and its voxels tell.

A finding is a warning beside the score, never a reason to refuse it. Contrast agent, pathology,
field strength or a sequence that is not T1-weighted are not recognised here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .conform import Conformed
from .head import Head
from .scan import Scan
from .score_warning import ScoreWarning

THICK_MM = 1.6
ANISOTROPIC = 2.0
COVERAGE_MM = 60.0
CLIPPED_SHARE = 0.002


def check_scan(scan: Scan, conformed: Conformed) -> list[ScoreWarning]:
    """Collect the warnings on a scan: the reader's, and what the voxels tell.

    Parameters
    ----------
    scan : Scan
        The scan as read.
    conformed : Conformed
        The same scan on the model's grid.

    Returns
    -------
    list of ScoreWarning
        With the codes ``no-head``, ``vertex-cut``, ``partial-head``, ``brain-extracted``,
        ``thick-voxels``, ``anisotropic``, ``clipped``, ``eight-bit`` and those of the readers
        (``no-orientation``, ``incomplete-series``); empty if all is well.
    """
    return [
        *scan.warnings,
        *_check_head(scan, conformed.head),
        *_check_resolution(scan),
        *_check_storage(scan, conformed),
    ]


def _check_head(scan: Scan, head: Head) -> list[ScoreWarning]:
    """Warn where a head is missing, cut off or not whole."""
    if not head.found:
        return [
            ScoreWarning("no-head", "No head was found; the score means nothing unless one is.")
        ]
    found = []
    if not head.vertex_in_view:
        found.append(
            ScoreWarning("vertex-cut", "The top of the head lies outside the field of view.")
        )
    missing = _missing_brain_share(scan, head)
    if missing > 0:
        found.append(
            ScoreWarning(
                "partial-head",
                f"The field of view leaves out {100 * missing:.0f} % of the region where the "
                "brain should be.",
            )
        )
    if head.skull < 0.5:
        found.append(
            ScoreWarning(
                "brain-extracted",
                "The brain was extracted before: ghosts in the background cannot be seen.",
            )
        )
    return found


def _missing_brain_share(scan: Scan, head: Head) -> float:
    """Share of a ball around the brain's centre that the field of view does not hold."""
    axis = np.linspace(-COVERAGE_MM, COVERAGE_MM, 13)
    ball = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
    ball = ball[np.linalg.norm(ball, axis=1) <= COVERAGE_MM] + head.brain_center_mm
    pull = np.linalg.inv(scan.affine)
    index = ball @ pull[:3, :3].T + pull[:3, 3]
    inside = np.all((index > -1.0) & (index < np.array(scan.shape)), axis=1)
    return float(1.0 - inside.mean())


def _check_resolution(scan: Scan) -> list[ScoreWarning]:
    """Warn of voxels too coarse to show ringing in every direction."""
    spacing = scan.spacing
    size = " x ".join(f"{mm:.2g}" for mm in spacing)
    found = []
    if spacing.max() > THICK_MM:
        found.append(
            ScoreWarning("thick-voxels", f"Voxels of {size} mm are coarser than the models know.")
        )
    if spacing.max() > ANISOTROPIC * spacing.min():
        found.append(
            ScoreWarning("anisotropic", f"Voxels of {size} mm are longer than twice their width.")
        )
    return found


def _check_storage(scan: Scan, conformed: Conformed) -> list[ScoreWarning]:
    """Warn where storage cut intensities off or rounded them."""
    found = []
    values: NDArray[Any] = scan.data
    share = float(np.mean(values[values > conformed.scale / 10] == values.max()))
    if share > CLIPPED_SHARE:
        found.append(
            ScoreWarning(
                "clipped", f"{100 * share:.1f} % of the head has the highest value stored."
            )
        )
    if scan.data.dtype.itemsize == 1:
        found.append(
            ScoreWarning(
                "eight-bit", "Intensities were stored in 8 bits: fine ringing may be lost."
            )
        )
    return found
