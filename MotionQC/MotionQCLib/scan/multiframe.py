"""Enhanced DICOM, which keeps many slices in one image, taken apart into files of one slice each.

Where a frame lies and what its values mean stand in functional groups, its own or shared by all
(DICOM PS3.3, C.7.6.16). Taken apart, frames are read by the same rules as any series.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    EnhancedMRImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    MRImageStorage,
    generate_uid,
)

from ..errors import InputError
from .archive import MAX_ENTRIES
from .dicom_file import read_file

_ENHANCED = (EnhancedMRImageStorage, LegacyConvertedEnhancedMRImageStorage)
_SAME = (
    "Modality",
    "ImageType",
    "SeriesInstanceUID",
    "SeriesNumber",
    "SeriesDescription",
    "ProtocolName",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
)
"""What a slice has of its image; all else, whose it is above all, is left behind."""
_GROUPS = {
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "PixelSpacing": "PixelMeasuresSequence",
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
}


def is_enhanced(header: Any) -> bool:
    """Whether an image is of a kind that keeps geometry in functional groups."""
    return header.get("SOPClassUID") in _ENHANCED


@contextmanager
def single_frames(files: Sequence[Path], source: str) -> Iterator[list[Path]]:
    """Write every frame of some images into a private folder for the length of a ``with`` block.

    The files hold voxels, geometry and the name of the series, and nothing of the patient.

    Raises
    ------
    InputError
        ``truncated``, ``too-large``.
    Exception
        One of :data:`.dicom_file.HEADER_FAULTS`.
    """
    with tempfile.TemporaryDirectory() as folder:
        written: list[Path] = []
        for file in files:
            for frame in _frames(read_file(file), source):
                if len(written) >= MAX_ENTRIES:
                    raise InputError(
                        "too-large", f"{source}: holds more than {MAX_ENTRIES} frames in a series."
                    )
                written.append(Path(folder, f"{len(written):06d}.dcm"))
                frame.InstanceNumber = len(written)
                frame.save_as(written[-1], enforce_file_format=True)
        yield written


def _frames(image: Any, source: str) -> Iterator[Dataset]:
    """Every frame of an image as a slice of its own."""
    own = image.PerFrameFunctionalGroupsSequence
    shared = image.get("SharedFunctionalGroupsSequence") or [Dataset()]
    if len(own) != int(image.NumberOfFrames):
        raise InputError(
            "truncated",
            f"{source}: speaks of {int(image.NumberOfFrames)} frames and places {len(own)}; the "
            "file is cut off or damaged: copy or export it again.",
        )
    for groups, voxels in zip(own, _voxels(image, source), strict=False):
        yield _slice(image, groups, shared[0], voxels)


def _voxels(image: Any, source: str) -> Iterator[bytes]:
    """The voxels of each frame, packed as they are."""
    count = int(image.NumberOfFrames)
    if image.file_meta.TransferSyntaxUID.is_encapsulated:
        for frame in generate_frames(image.PixelData, number_of_frames=count):
            yield encapsulate([frame])
        return
    size = image.Rows * image.Columns * image.get("SamplesPerPixel", 1) * image.BitsAllocated // 8
    if len(image.PixelData) < size * count:
        raise InputError(
            "truncated",
            f"{source}: holds fewer voxels than its {count} frames have; the file is cut off or "
            "damaged: copy or export it again.",
        )
    content = memoryview(image.PixelData)
    for start in range(0, size * count, size):
        yield bytes(content[start : start + size])


def write_slice(image: Any, target: Path) -> None:
    """Write an image of one slice as a new file with nothing of the patient.

    Raises
    ------
    Exception
        One of :data:`.dicom_file.HEADER_FAULTS`.
    """
    nothing = Dataset()
    image.NumberOfFrames = 1
    (voxels,) = _voxels(image, target.name)
    _slice(image, nothing, nothing, voxels).save_as(target, enforce_file_format=True)


def _slice(image: Any, own: Dataset, shared: Dataset, voxels: bytes) -> Dataset:
    """A file of one frame."""
    frame = Dataset()
    for name in _SAME:
        if image.get(name) is not None:
            setattr(frame, name, image.get(name))
    for name, group in _GROUPS.items():
        value = _of_group(name, group, own, shared)
        if value is not None:
            setattr(frame, name, value)
    frame.SOPClassUID, frame.SOPInstanceUID = MRImageStorage, generate_uid()
    frame.PixelData = voxels
    syntax = image.file_meta.TransferSyntaxUID
    frame["PixelData"].VR = "OB" if syntax.is_encapsulated or image.BitsAllocated == 8 else "OW"
    frame["PixelData"].is_undefined_length = syntax.is_encapsulated
    frame.file_meta = FileMetaDataset()
    frame.file_meta.TransferSyntaxUID = syntax
    return frame


def _of_group(name: str, group: str, own: Dataset, shared: Dataset) -> Any:
    """A value of a frame's functional group, or of the one that all frames share."""
    for groups in (own, shared):
        items = groups.get(group)
        if items and items[0].get(name) is not None:
            return items[0].get(name)
    return None
