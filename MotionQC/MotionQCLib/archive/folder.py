"""A folder of reports: one process writes into it at a time, and finds there what is done.

The reports are the record; table and page are made of them, and made again where a run was cut
short between the two.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from MotionQCLib import __version__
from MotionQCLib.archive.failure import Failure
from MotionQCLib.archive.group_page import group_page
from MotionQCLib.archive.group_table import TABLE_NAME, group_table, require_own_table
from MotionQCLib.archive.stored_report import read_report
from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCLib.file_lock import hold
from MotionQCLib.models import ModelMetadata, SiteLimits
from MotionQCLib.scoring.report import PICTURE_SUFFIX, SUFFIX, as_text, explained

PAGE_NAME = "motionqc.html"
BIDS_VERSION = "1.10.0"
_LOCK_NAME = ".motionqc-lock"
_SAVE_EVERY_S = 10.0

Document = Mapping[str, Any]


class ArchiveFolder:
    """The reports of a folder, its table and its page.

    Parameters
    ----------
    folder
        Made where it is absent.
    metadata
        The model that scores; what another one scored is not done.
    series
        The DICOM series that the user chose; what was scored from another one is not done.
    again
        Whether to take nothing for done.
    site_limits
        The site's own limits; what was scored with others, or without, is not done.

    Raises
    ------
    InputError
        `output-failed`: it cannot be written; `output-foreign`: it is another data set's;
        `output-busy`: another process is writing into it.
    """

    def __init__(
        self,
        folder: Path,
        metadata: ModelMetadata,
        series: str | None = None,
        *,
        again: bool = False,
        site_limits: SiteLimits | None = None,
    ) -> None:
        self.folder = folder
        self._lock: IO[bytes] | None = None
        # First of all, so that a folder that cannot be written is known before anything is scored.
        with explained(folder):
            _claim(folder)
            require_own_table(folder / TABLE_NAME)
            self._lock = hold(folder / _LOCK_NAME)
            if self._lock is None:
                raise InputError(
                    "output-busy",
                    f"{folder}: another motionqc is writing into it; wait for it, or give another "
                    "folder.",
                )
            self._documents = {document["report"]: document for document in read_reports(folder)}
        limits = site_limits.checksum if site_limits is not None else None
        self._done = {
            document["provenance"]["input"].get("key"): document
            for document in self._documents.values()
            if document["provenance"]["model"]["sha256"] == metadata.sha256
            and document["provenance"]["settings"].get("series") == series
            and _limits_of(document) == limits
            and not again
        }
        self._failures: dict[str, Failure] = {}
        self._saved = time.monotonic()

    def __enter__(self) -> ArchiveFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Bring table and page up to date, whatever ended the run."""
        try:
            self.save()
        finally:
            if self._lock is not None:
                self._lock.close()

    def done(self, key: str) -> Document | None:
        """Return the report of an input that this model has scored before."""
        return self._done.get(key)

    def add(self, outcome: Document | Failure) -> None:
        """Take up what became of a scan; table and page follow every few seconds."""
        if isinstance(outcome, Failure):
            self._failures[outcome.input] = outcome
        else:
            self._documents[outcome["report"]] = outcome
        if time.monotonic() - self._saved > _SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Write table and page of all reports.

        Raises
        ------
        InputError
            `output-failed`.
        """
        documents = [self._documents[name] for name in sorted(self._documents)]
        with explained(self.folder):
            write_atomically(self.folder / TABLE_NAME, group_table(documents))
            page = group_page(documents, list(self._failures.values()), self._picture)
            write_atomically(self.folder / PAGE_NAME, page)
        self._saved = time.monotonic()

    def _picture(self, document: Document) -> bytes | None:
        name = str(document["report"]).removesuffix("_motionqc") + PICTURE_SUFFIX
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            return None


def read_reports(folder: Path) -> Iterator[Document]:
    """Yield every report of a folder that is whole and ours, and as ``report`` its name."""
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        document = read_report(file)
        if document is not None:
            yield {**document, "report": file.stem}


def _limits_of(document: Document) -> str | None:
    """Return the checksum of the site limits that a report was made with."""
    limits = document["provenance"].get("site_limits")
    return str(limits.get("sha256")) if isinstance(limits, dict) else None


def _claim(folder: Path) -> None:
    """Write our description into the folder, unless it is somebody else's dataset."""
    file = folder / "dataset_description.json"
    if file.exists() and "motionqc" not in file.read_text(encoding="utf-8", errors="replace"):
        raise InputError(
            "output-foreign",
            f"{folder}: dataset_description.json is another dataset's; give a folder of its own.",
        )
    description = {
        "Name": "Head motion scores by MotionQC",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "motionqc", "Version": __version__}],
    }
    write_atomically(file, as_text(description))
