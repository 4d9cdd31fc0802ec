"""One T1-weighted series out of a DICOM folder or zip.

pydicom reads the headers, out of which :mod:`.dicom_series` makes series; geometry is worked out
here. Enhanced images are taken apart first (:mod:`.multiframe`); :mod:`.slices` reads the voxels.
Coordinates are turned from LPS to RAS.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .archive import unpacked
from .content import make_scan
from .dicom_file import HEADER_FAULTS, DeflatedError
from .dicom_series import GEOMETRY, Series, choose, dicom_files, list_series
from .multiframe import is_enhanced, single_frames
from .scan import Scan
from .score_warning import ScoreWarning
from .slices import read_slices

_GAP_SHARE = 0.02
_ORIENTATION_TOLERANCE = 1e-3
_UNIT_TOLERANCE = 1e-2
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def read_dicom(path: Path, series: str | None = None) -> Scan:
    """Read one series of a DICOM folder or zip.

    Parameters
    ----------
    path : Path
        Folder, searched with its sub-folders, or zip.
    series : str, optional
        Series number, or the end (8 characters or more) of the series instance UID. Without it,
        the one stack of slices named like a T1-weighted sequence, or else the one stack there is.

    Returns
    -------
    Scan
        Array axes are column, row, slice.

    Raises
    ------
    InputError
        ``no-dicom``, ``several-series``, ``unknown-series``, ``enhanced-dicom``,
        ``deflated-dicom``, ``mosaic-dicom``, ``inverted-dicom``, ``not-mr``, ``no-geometry``,
        ``mixed-orientations``, ``several-frames``, ``missing-slices``, ``corrupt``, and those of
        :mod:`.archive`, :mod:`.content`, :mod:`.multiframe` and :mod:`.slices`.
    """
    try:
        # Complaints about values would print them; what matters ends in an InputError.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read_path(path, series)
    except InputError:
        raise
    except DeflatedError as error:
        raise InputError(
            "deflated-dicom",
            f"{path.name}: its DICOM files are packed as a whole (deflated), which is not read; "
            "export the series again, uncompressed.",
        ) from error
    except HEADER_FAULTS as error:
        raise InputError(
            "corrupt", f"{path.name}: a DICOM header is damaged; export the series again."
        ) from error


def _read_path(path: Path, series: str | None) -> Scan:
    """Read a folder, a file or a zip."""
    if path.is_dir():
        return _read_folder(path, path.name, series)
    if path.suffix.lower() != ".zip":
        return _read_single_file(path, series)
    with unpacked(path) as folder:
        return _read_folder(folder, path.name, series)


def _read_single_file(path: Path, series: str | None) -> Scan:
    """One file is a whole volume only where it is enhanced."""
    found = list_series([path])
    if found and is_enhanced(found[0].headers[0]):
        return _read_series(choose(found, series, path.name), path.name)
    if found:
        _require_readable(found[0], path.name)
    raise InputError(
        "not-3d", f"{path.name}: is one slice of a DICOM series; give the folder that holds it."
    )


def _read_folder(folder: Path, source: str, wanted: str | None) -> Scan:
    """Choose a series in a folder and read it."""
    chosen = choose(list_series(dicom_files(folder, source)), wanted, source)
    return _read_series(chosen, source)


def _read_series(chosen: Series, source: str) -> Scan:
    """Read a series, frame by frame where its images hold several."""
    if not any(map(is_enhanced, chosen.headers)):
        return _read_slices(chosen, source)
    with single_frames(chosen.files, source) as files:
        (frames,) = list_series(files)
        return _read_slices(frames, source)


def _read_slices(chosen: Series, source: str) -> Scan:
    """Read a series of single slices."""
    _require_readable(chosen, source)
    _require_same_frame(chosen, source)
    order, affine = _stack(chosen, source)
    ordered = [chosen.headers[index] for index in order]
    data = read_slices([chosen.files[index] for index in order], ordered, source)
    return make_scan(
        data,
        affine,
        source=source,
        format="dicom",
        notes=[f"DICOM series {chosen.label}."],
        warnings=_warnings(chosen),
    )


def _warnings(series: Series) -> list[ScoreWarning]:
    """Warn of slices that are missing where no gap shows it: at an end, or every second one."""
    count, stated = len(series.files), _stated_images(series)
    if stated <= count:
        return []
    return [
        ScoreWarning(
            "incomplete-series",
            f"DICOM series {series.label} seems to lack {stated - count} of {stated} images; "
            "export all of its slices again if that is so.",
        )
    ]


def _stated_images(series: Series) -> int:
    """How many images the headers of a series speak of, by their numbers or outright."""
    count = len(series.files)
    numbers = {int(header.get("InstanceNumber") or 0) for header in series.headers}
    # Numbers that are not unique, or that begin far from 1, count something else.
    numbered = max(numbers) if len(numbers) == count and 0 < min(numbers) <= count else 0
    return max(
        numbered, *(int(header.get("ImagesInAcquisition") or 0) for header in series.headers)
    )


def _require_readable(series: Series, source: str) -> None:
    """Refuse images that are not MR, hold several slices, or do not say where they are."""
    for header in series.headers:
        fault = _image_fault(header)
        if fault is not None:
            code, reason = fault
            raise InputError(
                code,
                f"{source}: series {series.label} {reason}; choose another series, or convert "
                "it to NIfTI (for example with dcm2niix).",
            )


def _image_fault(header: Any) -> tuple[str, str] | None:
    """Code and reason why an image cannot be one slice of a stack, or None."""
    modality = header.get("Modality", "MR")
    if modality != "MR":
        return "not-mr", f"is {modality}, not MR"
    if int(header.get("NumberOfFrames") or 1) > 1:
        return "enhanced-dicom", "is multi-frame DICOM that does not say where its frames are"
    if "MOSAIC" in (header.get("ImageType") or []):
        return "mosaic-dicom", "is mosaic DICOM, which is not read"
    if header.get("PhotometricInterpretation") == "MONOCHROME1":
        # Decoders invert it within the range of its type, and nobody knows where air then lies.
        return "inverted-dicom", "is stored inverted (MONOCHROME1), which is not read"
    if any(header.get(name) is None for name in GEOMETRY):
        return "no-geometry", "does not say where its slices are"
    axes = np.array(header.ImageOrientationPatient, dtype=float).reshape(2, 3)
    if np.abs(axes @ axes.T - np.eye(2)).max() > _UNIT_TOLERANCE:
        return "no-geometry", "has slice axes that are not at right angles"
    return None


def _require_same_frame(series: Series, source: str) -> None:
    """All slices have one size, spacing, orientation and one value a voxel."""
    first = series.headers[0]
    if any(map(_is_colour, series.headers)):
        raise InputError(
            "not-scalar", f"{source}: series {series.label} is in colour; choose the MR images."
        )
    reference = np.array(first.ImageOrientationPatient, dtype=float)
    for header in series.headers:
        same_size = (header.Rows, header.Columns) == (first.Rows, first.Columns)
        same_spacing = np.allclose(
            np.array(header.PixelSpacing, float), np.array(first.PixelSpacing, float), rtol=1e-3
        )
        turned = np.abs(np.array(header.ImageOrientationPatient, dtype=float) - reference).max()
        if not same_size or not same_spacing or turned > _ORIENTATION_TOLERANCE:
            raise InputError(
                "mixed-orientations",
                f"{source}: the slices of series {series.label} differ in size or orientation "
                "(a localizer?); choose the 3-D scan.",
            )


def _is_colour(header: Any) -> bool:
    """Whether an image has several values a voxel, or stands for a table of colours."""
    gray = header.get("PhotometricInterpretation") in (None, "MONOCHROME2")
    return int(header.get("SamplesPerPixel") or 1) != 1 or not gray


def _stack(series: Series, source: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Order of the slices along their normal, and the affine to RAS mm."""
    first = series.headers[0]
    row, column = np.array(first.ImageOrientationPatient, dtype=float).reshape(2, 3)
    positions = np.array([header.ImagePositionPatient for header in series.headers], dtype=float)
    height = positions @ np.cross(row, column)
    order = np.argsort(height, kind="stable")
    _require_even_steps(height[order], series, source)
    down, across = (float(mm) for mm in first.PixelSpacing)
    lps = np.eye(4)
    lps[:3, 0], lps[:3, 1] = row * across, column * down
    lps[:3, 2] = (positions[order[-1]] - positions[order[0]]) / (len(order) - 1)
    lps[:3, 3] = positions[order[0]]
    return order, _LPS_TO_RAS @ lps


def _require_even_steps(height: NDArray[np.float64], series: Series, source: str) -> None:
    """Slices follow each other at one distance, each position once."""
    if height.size < 2:
        raise InputError(
            "not-3d", f"{source}: series {series.label} has one slice; choose the 3-D scan."
        )
    steps = np.diff(height)
    usual = float(np.median(steps))
    if steps.min() < 0.01 * max(usual, 1e-3) or usual <= 0:
        raise InputError(
            "several-frames",
            f"{source}: series {series.label} has several images at one position (echoes, phases "
            "or copies); keep one volume of them.",
        )
    uneven = np.abs(steps - usual) > _GAP_SHARE * usual + 1e-3
    if uneven.any():
        raise InputError(
            "missing-slices",
            f"{source}: series {series.label} has {int(uneven.sum())} uneven gaps between slices "
            f"(usual {usual:.3g} mm, largest {steps.max():.3g} mm); export all slices again.",
        )
