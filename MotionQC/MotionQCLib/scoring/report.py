"""Results on disk: one JSON and one figure a scan, one table for all, in the manner of MRIQC."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from MotionQCLib import __version__
from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelMetadata
from MotionQCLib.scoring.figure import distribution_figure
from MotionQCLib.scoring.provenance import InputIdentity, identify_input
from MotionQCLib.scoring.result import RESEARCH_USE, Result

TABLE_NAME = "motionqc.tsv"
BIDS_VERSION = "1.10.0"


class Report:
    """A folder of results.

    Parameters
    ----------
    folder
        Made where it is absent. Every file is replaced in one step; the table is read before it
        is written, so only one process at a time may write into a folder.
    metadata
        The model that scores.
    settings
        What the user chose, for the provenance.

    Raises
    ------
    InputError
        `output-failed`: the folder cannot be written.
    """

    def __init__(
        self, folder: Path, metadata: ModelMetadata, settings: Mapping[str, Any] | None = None
    ) -> None:
        self.folder = folder
        self._metadata = metadata
        self._settings = dict(settings or {})
        # First of all, so that a folder that cannot be written is known before anything is scored.
        with _explained(folder):
            _claim(folder)

    def write(self, result: Result, source: Path) -> Path:
        """Write the JSON, the figure and the table's row of a scored file.

        Parameters
        ----------
        result
            What scoring gave.
        source
            The scored file or folder, for its name.

        Returns
        -------
        Path
            The JSON file; a scan scored again replaces its own files and its row.

        Raises
        ------
        InputError
            `output-failed`: the folder cannot be written, or its table is not one of ours.
        """
        with _explained(self.folder):
            identity = identify_input(source, result.checksum)
            name = self._name(identity)
            shown = replace(result, input=identity.name)
            figure = distribution_figure(shown, self._metadata, title=identity.stem)
            write_atomically(self.folder / f"{name}.png", figure)
            write_atomically(self.folder / f"{name}.json", _text(self._document(shown, identity)))
            self._write_row(name, shown)
        return self.folder / f"{name}.json"

    def _name(self, identity: InputIdentity) -> str:
        """The scan's own name, unless another scan of that name has been reported here."""
        name = f"{identity.stem}_motionqc"
        try:
            earlier = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
            same = earlier["provenance"]["input"]["sha256"] == identity.checksum.sha256
        except FileNotFoundError:
            same = True
        except (ValueError, KeyError, TypeError):
            same = False
        return name if same else f"{identity.stem}-{identity.checksum.sha256[:8]}_motionqc"

    def _document(self, result: Result, identity: InputIdentity) -> dict[str, Any]:
        return {
            "bids_meta": identity.bids_meta,
            **result.to_json(),
            "provenance": {
                "software": "motionqc",
                "version": __version__,
                "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                "input": {"name": identity.name, **result.to_json()["checksum"]},
                "model": self._model(),
                "preprocessing": {
                    "method": "conform",
                    "grid": list(self._metadata.architecture.grid),
                    "spacing_mm": self._metadata.spacing_mm,
                    "normalisation": self._metadata.normalisation,
                },
                "settings": self._settings,
            },
            "notice": RESEARCH_USE,
        }

    def _model(self) -> dict[str, Any]:
        names = ("name", "version", "status", "label", "temperature", "sha256")
        return {name: getattr(self._metadata, name) for name in names}

    def _write_row(self, name: str, result: Result) -> None:
        """Put the scan's row into the table in place of an earlier one."""
        table = self.folder / TABLE_NAME
        row = _row(name, result)
        rows = {row["report"]: row for row in _read_table(table, columns=list(row))} | {name: row}
        text = io.StringIO()
        writer = csv.DictWriter(text, list(row), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[key] for key in sorted(rows))
        write_atomically(table, text.getvalue())


def _row(name: str, result: Result) -> dict[str, str]:
    low, high = result.interval_90_mm
    return {
        "report": name,
        "input": result.input,
        "motion_score_mm": f"{result.motion_score_mm:.6f}",
        "interval_90_low_mm": f"{low:.6f}",
        "interval_90_high_mm": f"{high:.6f}",
        "qc_class": result.qc.name,
        "qc_basis": result.qc.basis,
        "warnings": ",".join(item.code for item in result.warnings) or "n/a",
        "label": result.model.label,
        "model": result.model.name,
        "model_sha256": result.model.sha256,
        "runtime": result.runtime,
    }


def _read_table(table: Path, *, columns: list[str]) -> list[dict[str, str]]:
    if not table.exists():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    if any(list(row) != columns for row in rows):
        raise InputError(
            "output-failed",
            f"{table}: its columns are not those of this version; choose another folder.",
        )
    return rows


def _claim(folder: Path) -> None:
    """Write our description into the folder, unless it is somebody else's dataset."""
    file = folder / "dataset_description.json"
    if file.exists() and "motionqc" not in file.read_text(encoding="utf-8", errors="replace"):
        raise InputError(
            "output-foreign",
            f"{folder}: dataset_description.json is another dataset's; give a folder of its own.",
        )
    write_atomically(file, _text(_description()))


def _description() -> dict[str, Any]:
    return {
        "Name": "Head motion scores by MotionQC",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "motionqc", "Version": __version__}],
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turn what a disk or a foreign file may raise into one line for the user."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or "input/output error"
    except (csv.Error, UnicodeDecodeError) as error:
        reason = str(error)
    else:
        return
    raise InputError(
        "output-failed",
        f"{folder}: the report cannot be written ({reason}); choose another folder.",
    )
