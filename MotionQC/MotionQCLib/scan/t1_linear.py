"""The published ``t1-linear`` preparation, by SimpleITK: N4, affine to MNI152, crop.

The recipe is that of Clinica's t1-linear pipeline (Wen et al. 2020), on which the networks of
Bricout et al. 2025 and Loizillon et al. 2023 were trained: bias correction with a B-spline
distance of 600 mm; an affine registration, rigid first, by mutual information over four
resolutions; linear resampling to the template's 1 mm grid; a crop to 169 x 208 x 179 voxels.
Clinica registers with ANTs, starts from the centres of mass and goes down to 1 mm; here SimpleITK
registers, starts from the brains' centres of :mod:`.head`, which a neck does not move, and looks
at the template's foreground only, so that a brain-only template serves as well. The transform is
close to the published one, not the same.

It is slow (tens of seconds) and optional: :mod:`.conform` is the default preparation.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import InputError
from .head import brain_center
from .read import read_scan
from .scan import Scan

T1_LINEAR_GRID = (169, 208, 179)
_FRAME_ORIGIN_MM = (-96.0, -132.0, -78.0)
_FRAME_CROP = (12, 13, 0)
_SPLINE_DISTANCE_MM = 600.0
_N4_SHRINK = 4
_BINS = 32
_SAMPLED = (1.0, 1.0, 0.25, 0.25)
_SHRINK = (8, 4, 2, 1)
_SMOOTH = (3, 2, 1, 0)
_ITERATIONS = 200
_LONGEST_STEP = 1.0
_SHORTEST_STEP = 1e-3
_RELAXATION = 0.6
_MASK_MARGIN = 5
_SEED = 1
_RAS_TO_LPS = np.array([-1.0, -1.0, 1.0])
_WINSOR = (0.5, 99.5)


def t1_linear(scan: Scan, template: str | Path, *, levels: int = 3) -> Scan:
    """Prepare a scan the way the published networks' training data were.

    Parameters
    ----------
    scan : Scan
        A whole T1-weighted head.
    template : path
        An MNI152 T1 image, in MNI millimetres. The published pipeline uses the symmetric
        2009c template.
    levels : int
        How many of the resolutions, of 8, 4, 2 and 1 mm, the registration goes through.

    Returns
    -------
    Scan
        Float32, 169 x 208 x 179 voxels of 1 mm in MNI space, intensities not normalised. The
        frame is that of the 2009c template whatever the grid of `template`.

    Raises
    ------
    InputError
        What :func:`read_scan` raises for the template, or ``not-registered``.
    """
    target = read_scan(template)
    corrected = _correct_bias(_as_float(scan))
    try:
        transform = _register(target, scan, corrected, levels)
    except RuntimeError as error:
        raise InputError(
            "not-registered",
            f"{scan.source}: could not be registered to {target.source}; check that both "
            "show a head, the same way up.",
        ) from error
    affine = _frame()
    reference = _sitk_image(np.zeros(T1_LINEAR_GRID, dtype=np.float32), affine)
    moved = sitk.Resample(corrected, reference, transform, sitk.sitkLinear, 0.0)
    data = np.ascontiguousarray(sitk.GetArrayFromImage(moved).T)
    note = f"Prepared by N4 and affine registration to {target.source}."
    return replace(scan, data=data, affine=affine, notes=(*scan.notes, note), whole_file=False)


def _frame() -> NDArray[np.float64]:
    """Affine of the cropped 2009c grid."""
    affine = np.eye(4)
    affine[:3, 3] = np.add(_FRAME_ORIGIN_MM, _FRAME_CROP)
    return affine


def _as_float(scan: Scan) -> Any:
    """The scan as a SimpleITK image of float32."""
    return _sitk_image(scan.data.astype(np.float32), scan.affine)


def _correct_bias(image: Any) -> Any:
    """N4 on a shrunken copy; the field it finds is applied at full resolution."""
    low = float(sitk.GetArrayViewFromImage(image).min())
    positive = image - low + 1.0 if low < 1.0 else image
    mask = sitk.OtsuThreshold(positive, 0, 1, 200)
    extent = np.multiply(image.GetSize(), image.GetSpacing())
    corrector = sitk.N4BiasFieldCorrectionImageFilter()
    corrector.SetNumberOfControlPoints(
        [int(np.ceil(mm / _SPLINE_DISTANCE_MM)) + 3 for mm in extent]
    )
    shrink = [_N4_SHRINK] * 3
    corrector.Execute(sitk.Shrink(positive, shrink), sitk.Shrink(mask, shrink))
    field = sitk.Exp(corrector.GetLogBiasFieldAsImage(positive))
    return sitk.Cast(image, sitk.sitkFloat32) / sitk.Cast(field, sitk.sitkFloat32)


def _winsorise(image: Any) -> Any:
    """Clamp the tails of the intensities, as the registration's recipe has it."""
    low, high = np.percentile(sitk.GetArrayViewFromImage(image), _WINSOR)
    return sitk.Clamp(image, sitk.sitkFloat32, float(low), float(high))


def _register(target: Scan, scan: Scan, corrected: Any, levels: int) -> Any:
    """Template to scan in LPS mm: brains' centres, then rigid, then affine."""
    fixed, moving = _winsorise(_as_float(target)), _winsorise(corrected)
    mask = sitk.BinaryDilate(sitk.OtsuThreshold(fixed, 0, 1, 200), [_MASK_MARGIN] * 3)
    center = brain_center(target.data, target.affine) * _RAS_TO_LPS
    start = sitk.Euler3DTransform()
    start.SetCenter(center.tolist())
    start.SetTranslation((brain_center(scan.data, scan.affine) * _RAS_TO_LPS - center).tolist())
    rigid = sitk.Euler3DTransform(_optimise(fixed, mask, moving, start, levels))
    affine = sitk.AffineTransform(3)
    affine.SetCenter(rigid.GetCenter())
    affine.SetMatrix(rigid.GetMatrix())
    affine.SetTranslation(rigid.GetTranslation())
    return _optimise(fixed, mask, moving, affine, levels)


def _optimise(fixed: Any, mask: Any, moving: Any, start: Any, levels: int) -> Any:
    """Improve a transform by mutual information, coarse to fine, the same on every run."""
    registration = sitk.ImageRegistrationMethod()
    registration.SetMetricAsMattesMutualInformation(_BINS)
    registration.SetMetricFixedMask(mask)
    registration.SetMetricSamplingStrategy(registration.REGULAR)
    registration.SetMetricSamplingPercentagePerLevel(_SAMPLED[:levels], _SEED)
    registration.SetInterpolator(sitk.sitkLinear)
    registration.SetOptimizerAsRegularStepGradientDescent(
        _LONGEST_STEP, _SHORTEST_STEP, _ITERATIONS, _RELAXATION
    )
    registration.SetOptimizerScalesFromPhysicalShift()
    registration.SetShrinkFactorsPerLevel(_SHRINK[:levels])
    registration.SetSmoothingSigmasPerLevel(_SMOOTH[:levels])
    registration.SmoothingSigmasAreSpecifiedInPhysicalUnitsOff()
    registration.SetInitialTransform(start, inPlace=False)
    return registration.Execute(fixed, moving).GetBackTransform()


def _sitk_image(data: NDArray[np.float32], affine: NDArray[np.float64]) -> sitk.Image:
    """A SimpleITK image (LPS) of an array and its RAS affine."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(data.T))
    lps = np.diag([*_RAS_TO_LPS, 1.0]) @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    return image
