"""A DICOM writer for tests: one file a slice, geometry and names as the test wants them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

SAGITTAL = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
PATIENT = "Nobody^Secret"


def write_series(
    folder: Path,
    data: NDArray[np.int16],
    *,
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0),
    orientation: tuple[tuple[float, ...], tuple[float, ...]] = SAGITTAL,
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0),
    number: int = 3,
    description: str = "t1_mprage_sag",
    drop: tuple[int, ...] = (),
    **tags: object,
) -> Path:
    """Write `data` `[column, row, slice]`; `tags` are set on every slice. Returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    series, normal = generate_uid(), np.cross(*orientation)
    for index in range(data.shape[2]):
        if index in drop:
            continue
        slice_ = _header(generate_uid())
        slice_.PatientName = PATIENT
        slice_.SeriesInstanceUID = series
        slice_.SeriesNumber, slice_.InstanceNumber = number, index + 1
        slice_.SeriesDescription = description
        slice_.ImageOrientationPatient = [*orientation[0], *orientation[1]]
        slice_.ImagePositionPatient = [*(np.array(origin) + spacing[2] * index * normal)]
        slice_.PixelSpacing = [spacing[1], spacing[0]]
        slice_.Rows, slice_.Columns = data.shape[1], data.shape[0]
        slice_.PixelData = np.ascontiguousarray(data[:, :, index].T).tobytes()
        for name, value in tags.items():
            setattr(slice_, name, value)
        # File names in no order of space.
        slice_.save_as(folder / f"{number:03d}-{(index * 7919) % 10007:05d}")
    return folder


def _header(instance: str) -> FileDataset:
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
