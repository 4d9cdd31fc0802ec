"""Which file was scored: its checksum, and what a report may call it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

_IMAGE_SUFFIX = re.compile(r"\.(nii|mgh|nrrd|mha|mhd)(\.gz)?$|\.mgz$", re.IGNORECASE)
_BIDS_ENTITY = re.compile(r"(?:^|_)(sub|ses|acq|ce|rec|run)-([A-Za-z0-9]+)")
_BIDS_FIELDS = {
    "sub": "subject_id",
    "ses": "session_id",
    "acq": "acquisition_id",
    "ce": "contrast_agent_id",
    "rec": "reconstruction_id",
    "run": "run_id",
}


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
    sha256
        Checksum of the file, or of a folder's files together, whatever their names.
    """

    name: str
    stem: str
    sha256: str

    @property
    def bids_meta(self) -> dict[str, str]:
        """Entities of a BIDS file name, in MRIQC's words; empty for other names."""
        entities = dict(_BIDS_ENTITY.findall(self.stem))
        if "sub" not in entities:
            return {}
        meta = {field: entities[key] for key, field in _BIDS_FIELDS.items() if key in entities}
        return meta | {"suffix": self.stem.rpartition("_")[2]}


def identify_input(path: Path) -> InputIdentity:
    """Read an input once for its checksum, and name it.

    Raises
    ------
    OSError
        It cannot be read.
    """
    checksum = _checksum_of_folder(path) if path.is_dir() else _checksum(path)
    if path.is_dir() or not _IMAGE_SUFFIX.search(path.name):
        label = f"dicom-{checksum[:12]}"
        return InputIdentity(label, label, checksum)
    return InputIdentity(path.name, _IMAGE_SUFFIX.sub("", path.name), checksum)


def _checksum_of_folder(folder: Path) -> str:
    files = (path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256("".join(sorted(map(_checksum, files))).encode()).hexdigest()


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
