"""Which scans are to be scored, and by what each is known again in a later run."""

from __future__ import annotations

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from MotionQCLib.scan import expand_inputs
from MotionQCLib.scan.read import is_folder
from MotionQCLib.scoring.provenance import stem_of

_SITE_COLUMNS = ("site", "site_id", "scanner", "center", "centre")
_KEY_DIGITS = 16


@dataclass(frozen=True)
class Item:
    """A scan to be scored.

    Parameters
    ----------
    path : Path
        File or folder.
    key : str
        The same as long as the input lies where it lies and is not changed; holds no name.
    alone : bool
        False where another scan of the same run has the same name, or as little of one.
    site : str
        The site that ``participants.tsv`` names, else the data set's folder; empty for a scan
        that was named by itself, and for DICOM, whose folder tends to be called after the patient.
    series : str or None
        Which series of a DICOM folder that stands for several; None is the one that is meant.
    """

    path: Path
    key: str
    alone: bool = True
    site: str = ""
    series: str | None = None

    @property
    def input(self) -> str:
        """What results call it: its path, and which series where a folder stands for several."""
        return str(self.path) if self.series is None else f"{self.path}, series {self.series}"


def list_items(inputs: Iterable[str | Path], series: str | None = None) -> list[Item]:
    """List every scan that the inputs stand for, each once, in their order.

    A DICOM folder in which several series may be meant stands for all of them, or for those that
    ``series`` chooses.
    """
    sites: dict[tuple[Path, str | None], str] = {}
    for given in map(Path, inputs):
        found = expand_inputs(given)
        if found == [given]:
            scans = dict.fromkeys(_series_of(given, series), "")
        else:
            known = _sites(_dataset_of(given, found[0]))
            scans = {(path, None): known.of(path) for path in found}
        sites = sites | {scan: site for scan, site in scans.items() if scan not in sites}
    names = {path: (stem_of(path) or "").casefold() for path, _ in sites}
    namesakes = Counter(names[path] for path, _ in sites)
    return [
        Item(path, key_of(path, one), namesakes[names[path]] == 1, site, one)
        for (path, one), site in sites.items()
    ]


def _series_of(given: Path, series: str | None) -> Sequence[tuple[Path, str | None]]:
    """The scan that an input names, or the series that a DICOM folder stands for."""
    if not is_folder(given):
        return [(given, None)]
    from MotionQCLib.scan.dicom_series import list_scans

    return list_scans(given, series)


def key_of(path: Path, series: str | None = None) -> str:
    """Return what an input is known by: a digest of where it lies, its size and its last change."""
    digest = hashlib.sha256(os.fsencode(path.absolute()))
    if series is not None:
        digest.update(f"\0{series}\0".encode())
    for file in sorted(path.rglob("*")) if is_folder(path) else [path]:
        try:
            stat = file.stat()
        except OSError:
            continue  # whoever reads the scan will say so
        digest.update(
            f"{file.name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode("utf-8", "replace")
        )
    return digest.hexdigest()[:_KEY_DIGITS]


@dataclass(frozen=True)
class _Sites:
    """Sites of a data set's scans."""

    dataset: str
    by_subject: dict[str, str]

    def of(self, path: Path) -> str:
        subjects = [part for part in path.parts if part in self.by_subject]
        return self.by_subject[subjects[0]] if subjects else self.dataset


def _dataset_of(folder: Path, scan: Path) -> Path:
    """The folder of the data set, also where that of a subject or of a session was given."""
    folder = folder.absolute()
    inside = (folder, *folder.parents[:2])
    return next((each.parent for each in inside if scan.name.startswith(f"{each.name}_")), folder)


def _sites(dataset: Path) -> _Sites:
    try:
        with (dataset / "participants.tsv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except (OSError, UnicodeDecodeError, csv.Error):
        rows = []
    by_subject = {}
    for row in rows:
        site = next((row[c] for c in row if c and c.lower() in _SITE_COLUMNS and row[c]), None)
        if site and site != "n/a" and row.get("participant_id"):
            by_subject[row["participant_id"]] = site
    return _Sites(dataset.name, by_subject)
