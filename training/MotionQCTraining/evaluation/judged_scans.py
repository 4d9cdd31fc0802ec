"""Which scans a model is judged on, and which were left out of its training altogether."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from MotionQCLib.atomic_file import write_together
from MotionQCLib.errors import InputError
from MotionQCLib.scan import read_scan
from MotionQCTraining.data.label_heads import HeadDraws, synthesise_head
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.provenance import known_sites
from MotionQCTraining.evaluation.protocol import Form, MovedOn, Protocol, Role, Source

_WHITE = 1000


@dataclass(frozen=True)
class JudgedScan:
    """One scan of a protocol.

    Parameters
    ----------
    source, subject : str
        Where from, and whose.
    path, mask : Path
        The scan, and its brain's mask or None.
    part : {"train", "validation", "test"}
        What it may be in training.
    judged : bool
        Whether the model is judged on it.
    left_out : bool
        Whether the model was trained on nothing of its source.
    form : {"whole", "brain"} or None
        As in :class:`.Source`; None where nobody has said.
    moved_on : {"own", "grid"}
        As in :class:`.Source`.
    labels : Path or None
        The label map from which it was synthesised.
    """

    source: str
    subject: str
    path: Path
    mask: Path | None
    part: Role
    judged: bool
    left_out: bool
    form: Form | None = None
    moved_on: MovedOn = "own"
    labels: Path | None = None

    @property
    def person(self) -> str:
        """The subject, unique over all sources."""
        return f"{self.source}/{self.subject}"

    @property
    def name(self) -> str:
        """The file's name, without suffix: one person may have several scans."""
        return self.path.name.partition(".")[0]

    @property
    def row(self) -> Row:
        """As a manifest has it."""
        return Row(str(self.path), self.subject, self.source, mask=str(self.mask or ""))


def scans_of_protocol(
    protocol: Protocol,
    data: Path,
    training: Mapping[str, Any],
    heads: Path,
    *,
    choosing: bool = False,
) -> list[JudgedScan]:
    """Return the scans of a protocol's sources.

    Parameters
    ----------
    protocol : Protocol
        Names them.
    data : Path
        Folder below which they lie.
    training : mapping
        What the model's metadata say of its training: the sources it has seen.
    heads : Path
        Where heads synthesised from label maps are kept, see :func:`make_head`.
    choosing : bool
        Whether a choice is made by the figures. Then the model is judged on validation subjects
        and, of a source that was left out of its training, on those whom others train on; a choice
        by test subjects, by sources that nobody trains on least of all, would make their figures
        better than those of the next scan.

    Raises
    ------
    InputError
        ``no-scans``: scans are missing; the first are named.
    """
    seen = known_sites(training)
    left_out = {name: name not in seen for name in protocol.sources}
    scans = [
        _scan(
            data, heads, name, subject, part, source,
            left_out=left_out[name], judged=_judged(part, left_out[name], choosing),
        )
        for name, source in protocol.sources.items()
        for part, subjects in _parts(source).items()
        for subject in subjects
    ]  # fmt: skip
    files = [f for scan in scans for f in (scan.labels or scan.path, _given_mask(scan)) if f]
    missing = [file for file in files if not file.exists()]
    if missing:
        raise InputError(
            "no-scans",
            f"{data}: {len(missing)} scans of the protocol are not there, such as {missing[0]}; "
            "give their folder as --data, or a protocol of your own",
        )
    return scans


def scans_of_manifest(
    parts: Mapping[Role, Sequence[Row]], unseen: Sequence[Row], left_out: Collection[str] = ()
) -> list[JudgedScan]:
    """Return scans that one's own manifests list, by the part that each had in training.

    Parameters
    ----------
    parts : mapping
        Scans of the manifest trained from, by part.
    unseen : sequence of Row
        Scans of sources that training had no part of.
    left_out : collection of str
        Sites of ``parts`` that it had no part of either.
    """
    own = [(row, part, row.site in left_out) for part, rows in parts.items() for row in rows]
    foreign: list[tuple[Row, Role, bool]] = [(row, "test", True) for row in unseen]
    return [
        JudgedScan(
            row.site,
            row.subject,
            Path(row.path),
            Path(row.mask) if row.mask else None,
            part,
            part == "test",
            left_out,
        )
        for row, part, left_out in [*own, *foreign]
    ]


def _parts(source: Source) -> dict[Role, tuple[str, ...]]:
    return {"train": source.train, "validation": source.validation, "test": source.test}


def _scan(
    data: Path,
    heads: Path,
    name: str,
    subject: str,
    part: Role,
    source: Source,
    *,
    left_out: bool,
    judged: bool,
) -> JudgedScan:
    file = data / source.scan.format(subject=subject)
    mask = data / source.mask.format(subject=subject) if source.mask else None
    labels = None
    if source.labels:
        labels, stem = file, f"{name}_{subject}"
        file, mask = heads / f"{stem}_T1w.nii.gz", heads / f"{stem}_mask.nii.gz"
    return JudgedScan(
        name,
        subject,
        file,
        mask,
        part,
        judged,
        left_out,
        source.form,
        source.moved_on,
        labels,
    )


def _judged(part: Role, left_out: bool, choosing: bool) -> bool:
    if not choosing:
        return part == "test"
    return part == "validation" or (part == "train" and left_out)


def _given_mask(scan: JudgedScan) -> Path | None:
    return None if scan.labels else scan.mask


def make_head(scan: JudgedScan, seed: int) -> None:
    """Write the head of a label map and its brain's mask, unless they are there.

    Raises
    ------
    InputError
        The label map cannot be read, or is none.
    """
    if scan.labels is None or scan.mask is None or scan.path.exists():
        return
    rng = np.random.default_rng((seed, *scan.subject.encode()))
    head = synthesise_head(read_scan(scan.labels), HeadDraws(faces=1.0), rng)
    image = np.clip(np.round(head.image * _WHITE), 0, np.iinfo(np.int16).max).astype(np.int16)
    write_together(
        {
            scan.mask: _nifti(head.brain.astype(np.uint8), head.affine),
            scan.path: _nifti(image, head.affine),
        }
    )


def _nifti(volume: NDArray[np.generic], affine: NDArray[np.float64]) -> bytes:
    image = nib.Nifti1Image(volume, affine)
    image.set_sform(affine, code="scanner")
    return gzip.compress(image.to_bytes(), compresslevel=2, mtime=0)
