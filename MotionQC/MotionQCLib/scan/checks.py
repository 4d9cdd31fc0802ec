"""Is this scan one that a score can be trusted on? What its reader and its voxels tell.

A finding is a warning beside the score, never a reason to refuse it. Those of ``INFORMING`` tell
of scans that the models know; every other one tells of a scan that is unlike them. Limits lie
between what good scans and misuses of subjects with odd numbers showed, and the benchmark
``checks.py`` states how subjects with even numbers fare.

Contrast agent, pathology and field strength are not recognised: no such scan was at hand, and what
becomes of them here is untested.
"""

from __future__ import annotations

import numpy as np

from .conform import Conformed
from .head import Head
from .measures import Measures, measure
from .scan import Scan
from .score_warning import ScoreWarning

INFORMING = frozenset({"brain-extracted", "eight-bit"})
"""Codes that inform: models were trained on such scans as well."""

THICK_MM = 1.6
ANISOTROPIC = 2.0
COVERAGE_MM, OUTSIDE_SHARE = 60.0, 0.01
CLIPPED_SHARE = 0.005

FLATTEST = 0.35
NARROWEST_MM, SHORTEST_MM = 105.0, 130.0
MISSING_SHARE = 0.1
LEAST_CONTRAST = 0.14
LARGEST_HOLLOW = 0.15
COHERENCE = (0.28, 0.6)
LEAST_SYMMETRY = 0.32
LARGEST_SKEWNESS = 0.05
BRIGHTEST_RIM = 0.9
LEAST_GRAIN = 0.022
LEAST_GRAIN_RATIO = 0.7


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
        Empty if all is well. Codes: of what is not a brain, ``no-head``, ``not-a-scan``,
        ``not-a-brain``, ``not-t1w``; of what is missing, ``vertex-cut``, ``partial-head``; of
        detail, ``thick-voxels``, ``anisotropic``, ``thick-slices``, ``smooth``; of storage,
        ``clipped``, ``eight-bit``; ``brain-extracted``; and those of the readers
        (``no-orientation``, ``incomplete-series``).
    """
    measures = measure(scan, conformed)
    return [
        *scan.warnings,
        *_check_image(conformed.head, measures),
        *_check_head(scan, conformed.head, measures),
        *_check_resolution(scan),
        *_check_detail(measures),
        *_check_storage(scan, measures),
    ]


def _check_image(head: Head, measures: Measures) -> list[ScoreWarning]:
    """Warn of what is no image of a T1-weighted brain; the first reason is enough."""
    if not head.found:
        return [
            ScoreWarning("no-head", "No head was found; the score means nothing unless one is.")
        ]
    if measures.flatness > FLATTEST:
        return [
            ScoreWarning(
                "not-a-scan",
                "Neighbouring voxels hold equal values, as in a mask or a segmentation; the score "
                "means nothing unless this is the scan itself.",
            )
        ]
    if not _is_like_a_brain(measures):
        return [
            ScoreWarning(
                "not-a-brain",
                "This does not look like a brain but like noise, a phantom or another part of the "
                "body; the score means nothing unless it is one.",
            )
        ]
    if measures.skewness > LARGEST_SKEWNESS or measures.rim > BRIGHTEST_RIM:
        return [
            ScoreWarning(
                "not-t1w",
                "Fluid is not dark or white matter not bright, as they are in a T1-weighted scan; "
                "the score was made for T1-weighted scans only.",
            )
        ]
    return []


def _is_like_a_brain(measures: Measures) -> bool:
    """Whether there is as much to see as in a brain, as finely divided, and alike on both sides."""
    return (
        measures.contrast >= LEAST_CONTRAST
        and measures.hollow <= LARGEST_HOLLOW
        and COHERENCE[0] <= measures.coherence <= COHERENCE[1]
        and measures.symmetry >= LEAST_SYMMETRY
    )


def _check_head(scan: Scan, head: Head, measures: Measures) -> list[ScoreWarning]:
    """Warn where a head is cut off or not whole."""
    if not head.found:
        return []
    found = []
    if not head.vertex_in_view:
        found.append(
            ScoreWarning("vertex-cut", "The top of the head lies outside the field of view.")
        )
    outside = _share_outside_view(scan, head)
    if outside > OUTSIDE_SHARE:
        found.append(
            ScoreWarning(
                "partial-head",
                f"The field of view leaves out {100 * outside:.0f} % of the region where the "
                "brain should be; the score may be wrong.",
            )
        )
    elif (
        measures.width_mm < NARROWEST_MM
        or measures.length_mm < SHORTEST_MM
        or measures.missing > MISSING_SHARE
    ):
        found.append(
            ScoreWarning(
                "partial-head",
                f"The head is {measures.width_mm:.0f} mm wide and {measures.length_mm:.0f} mm long "
                "above the brain's centre; part of it seems to be missing, and the score may be "
                "wrong.",
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


def _share_outside_view(scan: Scan, head: Head) -> float:
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


def _check_detail(measures: Measures) -> list[ScoreWarning]:
    """Warn where detail is missing that the voxel size promises."""
    if measures.grain is None or measures.flatness > FLATTEST:
        return []
    least, middle, _ = sorted(measures.grain)
    if least < LEAST_GRAIN_RATIO * middle:
        return [
            ScoreWarning(
                "thick-slices",
                "Fine detail is missing in one direction, as in thick slices interpolated to "
                "small voxels; the score may be too low.",
            )
        ]
    if middle < LEAST_GRAIN:
        return [
            ScoreWarning(
                "smooth",
                "Fine detail and noise are missing, as in a template, an average or a smoothed "
                "scan; traces of motion may be missing too.",
            )
        ]
    return []


def _check_storage(scan: Scan, measures: Measures) -> list[ScoreWarning]:
    """Warn where storage cut intensities off or rounded them."""
    found = []
    if measures.clipped > CLIPPED_SHARE and measures.flatness <= FLATTEST:
        found.append(
            ScoreWarning(
                "clipped",
                f"{100 * measures.clipped:.1f} % of the brain has the highest value stored.",
            )
        )
    if scan.data.dtype.itemsize == 1:
        found.append(
            ScoreWarning(
                "eight-bit", "Intensities were stored in 8 bits: fine ringing may be lost."
            )
        )
    return found
