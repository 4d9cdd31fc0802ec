"""A DICOM writer for tests: one file a slice or one for all, geometry and names as wanted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    RLELossless,
    generate_uid,
)

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


def _header(instance: str, kind: str = MRImageStorage) -> FileDataset:
    """What every MR image has."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = kind
    meta.MediaStorageSOPInstanceUID = instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    header.SOPClassUID, header.SOPInstanceUID = kind, instance
    header.Modality, header.ImageType = "MR", ["ORIGINAL", "PRIMARY", "M"]
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated = header.BitsStored = 16
    header.HighBit, header.PixelRepresentation = 15, 1
    return header


def write_enhanced(
    path: Path,
    data: NDArray[np.int16],
    *,
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0),
    orientation: tuple[tuple[float, ...], tuple[float, ...]] = SAGITTAL,
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0),
    order: Sequence[int] | None = None,
    rescale: Callable[[int], tuple[float, float]] | None = None,
    shared_orientation: bool = True,
    **tags: object,
) -> Path:
    """Write `data` `[column, row, slice]` as one enhanced file.

    `order` is that of the frames in the file; `rescale` gives slope and intercept of a slice, and
    `tags` are set on the whole file. Returns the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    order = range(data.shape[2]) if order is None else order
    image = _header(generate_uid(), EnhancedMRImageStorage)
    image.PatientName, image.SeriesInstanceUID = PATIENT, generate_uid()
    image.SeriesNumber, image.SeriesDescription, image.InstanceNumber = 3, "t1_mprage_sag", 1
    image.Rows, image.Columns = data.shape[1], data.shape[0]
    image.NumberOfFrames = len(order)
    measures, turned = Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [spacing[1], spacing[0]], spacing[2]
    turned.ImageOrientationPatient = [*orientation[0], *orientation[1]]
    shared = Dataset()
    shared.PixelMeasuresSequence = [measures]
    if shared_orientation:
        shared.PlaneOrientationSequence = [turned]
    image.SharedFunctionalGroupsSequence = [shared]
    normal = np.cross(*orientation)
    image.PerFrameFunctionalGroupsSequence = [
        _frame(
            np.array(origin) + spacing[2] * index * normal,
            None if shared_orientation else turned,
            rescale(index) if rescale else None,
        )
        for index in order
    ]
    image.PixelData = b"".join(np.ascontiguousarray(data[:, :, i].T).tobytes() for i in order)
    for name, value in tags.items():
        setattr(image, name, value)
    image.save_as(path)
    return path


def _frame(
    position: NDArray[np.float64], turned: Dataset | None, rescale: tuple[float, float] | None
) -> Dataset:
    """The functional groups of one frame."""
    place, frame = Dataset(), Dataset()
    place.ImagePositionPatient = [*position]
    frame.PlanePositionSequence = [place]
    if turned is not None:
        frame.PlaneOrientationSequence = [turned]
    if rescale is not None:
        meaning = Dataset()
        meaning.RescaleSlope, meaning.RescaleIntercept, meaning.RescaleType = *rescale, "US"
        frame.PixelValueTransformationSequence = [meaning]
    return frame


def compress(folder: Path, kind: str) -> Path:
    """Compress every slice of a folder without loss: `RLE`, `JPEG` or `JPEG2000`."""
    for file in sorted(folder.iterdir()):
        header = dcmread(file)
        if kind == "RLE":
            header.compress(RLELossless)
        else:
            pixels, syntax = _packed_by_itk(header, kind)
            header.PixelData, header.file_meta.TransferSyntaxUID = pixels, syntax
            header["PixelData"].is_undefined_length = True
        header.save_as(file)
    return folder


def _packed_by_itk(header: Dataset, kind: str) -> tuple[bytes, str]:
    """The voxels as ITK packs them, and the name of the packing."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "slice.dcm")
        writer = sitk.ImageFileWriter()
        writer.SetFileName(str(file))
        writer.SetCompressor(kind)
        writer.UseCompressionOn()
        writer.Execute(sitk.GetImageFromArray(header.pixel_array.astype(np.int16)))
        packed = dcmread(file)
        return packed.PixelData, packed.file_meta.TransferSyntaxUID
