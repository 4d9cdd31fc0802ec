"""The report of one scan: a JSON file in the manner of MRIQC, its figure, a picture of the scan."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from MotionQCLib import __version__
from MotionQCLib.atomic_file import write_together
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelMetadata, ScoreClass, SiteLimits
from MotionQCLib.scoring.figure import distribution_figure
from MotionQCLib.scoring.provenance import InputIdentity, identify_input
from MotionQCLib.scoring.result import RESEARCH_USE, Result

SUFFIX = "_motionqc.json"
PICTURE_SUFFIX = "_motionqc_slices.png"
_KEY_SHOWN = 8
_LONGEST_NAME = 190
"""Bytes; file systems take 255, for suffixes, a mark, and what a file is called while written."""


@dataclass(frozen=True)
class Reporter:
    """Writes reports into a folder; several processes may, each of its own scans.

    Parameters
    ----------
    folder
        Where; made where it is absent.
    metadata
        The model that scores.
    settings
        What the user chose, for the provenance.
    site_limits
        The site's own limits that the scorer had.
    """

    folder: Path
    metadata: ModelMetadata
    settings: Mapping[str, Any] = field(default_factory=dict)
    site_limits: SiteLimits | None = None

    def write(
        self,
        result: Result,
        source: Path,
        *,
        key: str = "",
        alone: bool = True,
        site: str = "",
        picture: bytes | None = None,
    ) -> dict[str, Any]:
        """Write what scoring gave; the JSON file comes last, as the sign that all is there.

        Parameters
        ----------
        result
            What scoring gave.
        source
            The scored file or folder, for its name.
        key
            By which a later run knows that this input is done, see `archive.items`.
        alone
            False where the run has another scan of this name: then the key is put after it.
        site
            Where the scan comes from.
        picture
            A PNG of the scan, or none.

        Returns
        -------
        dict
            What the JSON file says, and as ``report`` its name without suffix. A scan scored
            again replaces its own files.

        Raises
        ------
        InputError
            `output-failed`: the folder cannot be written.
        """
        with explained(self.folder):
            identity = identify_input(source, result.checksum)
            name = self._name(identity, key, alone)
            shown = replace(result, input=identity.name)
            document = self._document(shown, identity, key, site)
            figure = distribution_figure(shown, self.metadata, identity.stem, self._classes())
            files: dict[Path, bytes | str] = {self.folder / f"{name}_motionqc.png": figure}
            if picture is not None:
                files[self.folder / (name + PICTURE_SUFFIX)] = picture
            files[self.folder / (name + SUFFIX)] = as_text(document)
            write_together(files)
        return {**document, "report": f"{name}_motionqc"}

    def _name(self, identity: InputIdentity, key: str, alone: bool) -> str:
        """The scan's own name, unless another scan of that name is in the folder or the run."""
        mark = (key or identity.checksum.sha256)[:_KEY_SHOWN]
        stem, cut = shortened(identity.stem)
        if cut or not alone:
            return f"{stem}-{mark}"
        try:
            earlier = json.loads((self.folder / (stem + SUFFIX)).read_text("utf-8"))
            same = earlier["provenance"]["input"]["sha256"] == identity.checksum.sha256
        except FileNotFoundError:
            same = True
        except (ValueError, KeyError, TypeError, RecursionError):
            same = False
        return stem if same else f"{stem}-{mark}"

    def _document(
        self, result: Result, identity: InputIdentity, key: str, site: str
    ) -> dict[str, Any]:
        plain = result.to_json()
        return {
            "bids_meta": identity.bids_meta,
            **plain,
            "site": site or None,
            "provenance": {
                "software": "motionqc",
                "version": __version__,
                "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                "input": {"name": identity.name, **plain["checksum"], "key": key or None},
                "model": self._model(),
                "site_limits": self._site(),
                "preprocessing": {
                    "method": "conform",
                    "grid": list(self.metadata.architecture.grid),
                    "spacing_mm": self.metadata.spacing_mm,
                    "normalisation": self.metadata.normalisation,
                },
                "settings": dict(self.settings),
            },
            "notice": RESEARCH_USE,
        }

    def _model(self) -> dict[str, Any]:
        names = ("name", "version", "status", "label", "temperature", "sha256")
        return {name: getattr(self.metadata, name) for name in names}

    def _site(self) -> dict[str, Any] | None:
        site = self.site_limits
        if site is None:
            return None
        return {"sha256": site.checksum, "created": site.created, "scans": site.scans}

    def _classes(self) -> Sequence[ScoreClass]:
        own = self.site_limits.classes if self.site_limits is not None else ()
        return own or self.metadata.classes


def shortened(stem: str) -> tuple[str, bool]:
    """Return a name that leaves room for what is put after it, and whether it had to be cut."""
    encoded = os.fsencode(stem)
    if len(encoded) <= _LONGEST_NAME:
        return stem, False
    # Only whole letters stay.
    return encoded[:_LONGEST_NAME].decode("utf-8", "ignore"), True


def as_text(document: Mapping[str, Any]) -> str:
    """Return a document as it is written."""
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what a disk may raise into one line for the user.

    Raises
    ------
    InputError
        `output-failed`.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or "input/output error"
        raise InputError(
            "output-failed",
            f"{folder}: the report cannot be written ({reason}); choose another folder.",
        ) from error
