"""Synthesised heads on disk, named as BIDS names scans, so that what follows takes them for scans.

Every head has its image, its brain mask and a JSON file that tells what was drawn. The subject is
the anatomy: several contrasts of one anatomy are one person.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from MotionQCLib.atomic_file import write_together
from MotionQCLib.checksum import file_sha256
from MotionQCLib.errors import InputError
from MotionQCLib.scan import read_scan
from MotionQCLib.scan_table.naming import is_image, is_mask, stem
from MotionQCTraining.data.label_heads import HeadDraws, LabelHead, synthesise_head
from MotionQCTraining.data.manifest import Row

WHITE = 1000
"""Stored intensity of a relative one of 1."""

_FORMAT = 1
_LABEL_WORDS = re.compile(r"[_-](?:dseg|aseg|labels?|seg|segmentation)$", re.IGNORECASE)
_SUFFIX = {"t1": "T1w", "t2": "T2w"}


@dataclass(frozen=True)
class _Place:
    """Where the files of a head lie."""

    image: Path
    mask: Path
    record: Path


def synthesise_heads(
    folder: str | Path,
    output: str | Path,
    count: int,
    *,
    draws: HeadDraws | None = None,
    seed: int = 0,
    report: Callable[[int, int, str], None] = lambda number, total, name: None,
) -> list[Row]:
    """Write heads, or find again those that a run before this one wrote.

    Parameters
    ----------
    folder : path
        Label maps of heads, in this folder or below. Its name becomes the site.
    output : path
        Folder of the heads: ``sub-*/anat/sub-*_rec-*_T1w.nii.gz``, ``T2w`` for a T2-like contrast.
    count : int
        Number of heads; the anatomies take turns. A larger number later adds heads and leaves
        the first ones as they are.
    draws : HeadDraws, optional
        What to draw from.
    seed : int
        Seed of all heads.
    report : callable
        Told before each head: its number from 1, how many there are, and its subject.

    Returns
    -------
    list of Row
        One for every head, masks included.

    Raises
    ------
    InputError
        ``no-labels``: there are no label maps, or two of one name; or what reading them raises.
    """
    draws = draws or HeadDraws()
    maps = _label_maps(Path(folder))
    sums = {subject: file_sha256(file) for subject, file in maps.items()}
    site = Path(folder).resolve().name
    rows = []
    for number in range(count):
        subject = list(maps)[number % len(maps)]
        turn = number // len(maps)
        recipe = {"labels_sha256": sums[subject], "seed": seed, "draws": asdict(draws)}
        place = _place(Path(output).resolve(), subject, turn, draws)
        report(number + 1, count, subject)
        if not _is_made(place, recipe):
            # By name and turn, so that a head does not depend on how many anatomies there are.
            rng = np.random.default_rng((seed, turn, *subject.encode()))
            _write(place, synthesise_head(read_scan(maps[subject]), draws, rng), recipe)
        rows.append(Row(str(place.image), subject, site, mask=str(place.mask)))
    return rows


def _label_maps(folder: Path) -> dict[str, Path]:
    """Label maps by the subject that each is."""
    files = [file for file in sorted(folder.rglob("*")) if is_image(file) and not is_mask(file)]
    maps: dict[str, Path] = {}
    for file in files:
        subject = _subject(file)
        if subject in maps:
            raise InputError(
                "no-labels",
                f"{folder}: {maps[subject].name} and {file.name} have one name but for signs; "
                "rename one of them",
            )
        maps[subject] = file
    if not maps:
        raise InputError(
            "no-labels", f"{folder}: holds no label maps; give a folder of NIfTI files"
        )
    return maps


def _subject(file: Path) -> str:
    plain = re.sub(r"^sub-", "", _LABEL_WORDS.sub("", stem(file)))
    return "sub-" + re.sub(r"[^A-Za-z0-9]", "", plain)


def _place(output: Path, subject: str, turn: int, draws: HeadDraws) -> _Place:
    name = f"{subject}_rec-{turn + 1:03d}"
    folder = output / subject / "anat"
    suffix = _SUFFIX[draws.contrast]
    mask = "desc-brain_mask" if draws.contrast == "t1" else f"{suffix}_desc-brain_mask"
    return _Place(
        image=folder / f"{name}_{suffix}.nii.gz",
        mask=folder / f"{name}_{mask}.nii.gz",
        record=folder / f"{name}_{suffix}.json",
    )


def _is_made(place: _Place, recipe: dict[str, object]) -> bool:
    """Whether a head lies there that this recipe gave: all of it, and nothing changed since."""
    try:
        record = json.loads(place.record.read_text(encoding="utf-8"))
        files = record["sha256"]
        return bool(
            record["recipe"] == _digest(recipe)
            and files["image"] == file_sha256(place.image)
            and files["mask"] == file_sha256(place.mask)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _write(place: _Place, head: LabelHead, recipe: dict[str, object]) -> None:
    stored = np.clip(np.round(head.image * WHITE), 0, np.iinfo(np.int16).max).astype(np.int16)
    image = _nifti(stored, head.affine)
    mask = _nifti(head.brain.astype(np.uint8), head.affine)
    record = {
        "synthesised": "from a label map; nobody was scanned",
        **recipe,
        "face": head.face,
        "intensities": head.intensities,
        "recipe": _digest(recipe),
        "sha256": {
            name: hashlib.sha256(c).hexdigest() for name, c in (("image", image), ("mask", mask))
        },
    }
    text = json.dumps(record, indent=1) + "\n"
    # The record last: it says that the others are complete.
    write_together({place.image: image, place.mask: mask, place.record: text})


def _digest(recipe: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps([_FORMAT, recipe], sort_keys=True).encode()).hexdigest()


def _nifti(volume: NDArray[np.generic], affine: NDArray[np.float64]) -> bytes:
    """A gzipped NIfTI file, the same for the same volume."""
    image = nib.Nifti1Image(volume, affine)
    image.set_qform(affine, code="scanner")
    image.set_sform(affine, code="scanner")
    image.header.set_xyzt_units("mm")
    return gzip.compress(image.to_bytes(), compresslevel=4, mtime=0)
