"""A scan as a DICOM series, one file a slice, so that scores of both can be compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from MotionQCLib.scan import Scan

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])


def write_series(folder: Path, scan: Scan) -> Path:
    """Write a scan of 16-bit integers, its last array axis across the slices.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        Its voxels are of another type.
    """
    if scan.data.dtype != np.int16:
        raise ValueError(f"scan has voxels of {scan.data.dtype}; store them as int16 first")
    axes = _RAS_TO_LPS @ scan.affine[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    columns = axes / spacing
    origin = _RAS_TO_LPS @ scan.affine[:3, 3]
    series, study = generate_uid(), generate_uid()
    for index in range(scan.shape[2]):
        slice_ = _header(generate_uid())
        slice_.SeriesInstanceUID, slice_.StudyInstanceUID = series, study
        slice_.SeriesDescription, slice_.SeriesNumber = "T1w", 1
        slice_.InstanceNumber = index + 1
        slice_.ImageOrientationPatient = [*columns[:, 0].round(9), *columns[:, 1].round(9)]
        slice_.ImagePositionPatient = [*(origin + index * axes[:, 2]).round(6)]
        slice_.PixelSpacing = [float(spacing[1]), float(spacing[0])]
        slice_.SliceThickness = float(spacing[2])
        slice_.Rows, slice_.Columns = scan.shape[1], scan.shape[0]
        slice_.PixelData = np.ascontiguousarray(scan.data[:, :, index].T).tobytes()
        slice_.save_as(folder / f"{index:05d}.dcm", enforce_file_format=True)
    return folder


def _header(instance: UID) -> FileDataset:
    """What every MR slice has."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    header.SOPClassUID, header.SOPInstanceUID = MRImageStorage, instance
    header.Modality, header.ImageType = "MR", ["ORIGINAL", "PRIMARY", "M"]
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated = header.BitsStored = 16
    header.HighBit, header.PixelRepresentation = 15, 1
    return header
