"""What was scored: its checksum, and what a report may call it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from MotionQCLib.checksum import file_sha256
from MotionQCLib.errors import InputError
from MotionQCLib.scan import Scan
from MotionQCLib.scan.read import is_folder

_IMAGE_SUFFIX = re.compile(r"\.(nii|mgh|nrrd|mha)(\.gz)?$|\.(mgz|nhdr|mhd)$", re.IGNORECASE)
_BIDS_ENTITY = re.compile(r"(?:^|_)(sub|ses|acq|ce|rec|run)-([A-Za-z0-9]+)")
_BIDS_FIELDS = {
    "sub": "subject_id",
    "ses": "session_id",
    "acq": "acquisition_id",
    "ce": "contrast_agent_id",
    "rec": "reconstruction_id",
    "run": "run_id",
}
_AFFINE_DECIMALS = 5


@dataclass(frozen=True)
class ScanChecksum:
    """SHA-256 of what was scored.

    Parameters
    ----------
    sha256
        Hexadecimal.
    of
        `file`: the bytes of the one file that holds the scan, as `sha256sum` has it. `voxels`:
        type, shape, place and voxels of a scan that several files hold, or none, or one that
        holds other scans too; see `voxel_sha256`.
    """

    sha256: str
    of: Literal["file", "voxels"]


@dataclass(frozen=True)
class InputIdentity:
    """A scored input without the folders it lies in.

    Parameters
    ----------
    name
        The image file's own name; for DICOM, whose folders and archives tend to carry the
        patient's name, `dicom-` and the head of the checksum.
    stem
        The name without its image suffix, from which report files take theirs.
    checksum
        By which the same scan is known again.
    """

    name: str
    stem: str
    checksum: ScanChecksum

    @property
    def bids_meta(self) -> dict[str, str]:
        """Entities of a BIDS file name, in MRIQC's words; empty for other names."""
        entities = dict(_BIDS_ENTITY.findall(self.stem))
        if "sub" not in entities:
            return {}
        meta = {field: entities[key] for key, field in _BIDS_FIELDS.items() if key in entities}
        return meta | {"suffix": self.stem.rpartition("_")[2]}


def identify_input(path: Path, checksum: ScanChecksum) -> InputIdentity:
    """Name an input, a file or a folder, whose scan has a checksum."""
    stem = stem_of(path)
    if stem is None:
        label = f"dicom-{checksum.sha256[:12]}"
        return InputIdentity(label, label, checksum)
    return InputIdentity(path.name, stem, checksum)


def stem_of(path: Path) -> str | None:
    """Return an image file's name without its suffix; None for DICOM, which goes unnamed."""
    if is_folder(path) or not _IMAGE_SUFFIX.search(path.name):
        return None
    return _IMAGE_SUFFIX.sub("", path.name)


def scan_checksum(scan: Scan, path: Path | None = None) -> ScanChecksum:
    """The checksum of a scan, and of the file that it was read from, if that is the same.

    Raises
    ------
    InputError
        `not-readable`: the file can no longer be read.
    """
    if path is None or not scan.whole_file:
        return ScanChecksum(voxel_sha256(scan), "voxels")
    try:
        return ScanChecksum(file_sha256(path), "file")
    except OSError as error:
        raise InputError(
            "not-readable",
            f"{path.name}: cannot be read a second time ({error.strerror or 'input/output error'})"
            "; check that it is still there.",
        ) from error


def voxel_sha256(scan: Scan) -> str:
    """SHA-256 of a scan, whatever files it came from.

    Of a line `dtype I J K` (numpy's name, little-endian); the affine as 16 float64, row by row,
    rounded to 1e-5 mm; the voxels, first axis fastest. All numbers are little-endian.
    """
    voxels = scan.data.T.astype(scan.data.dtype.newbyteorder("<"), order="C", copy=False)
    # Adding zero makes -0.0, which rounding leaves, the same as 0.0.
    affine = np.round(scan.affine, _AFFINE_DECIMALS).astype("<f8") + 0.0
    title = " ".join([voxels.dtype.str, *map(str, scan.shape)])
    digest = hashlib.sha256(f"{title}\n".encode("ascii"))
    digest.update(affine.tobytes())
    digest.update(voxels)
    return digest.hexdigest()
