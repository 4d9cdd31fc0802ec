"""The table of a folder of reports: one line a scan, tab-separated."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from MotionQCLib.errors import InputError

TABLE_NAME = "motionqc.tsv"
_FIRST_COLUMN = "report"


def group_table(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of reports as their JSON files have them, in the order given."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(_COLUMNS), delimiter="\t", lineterminator="\n")
    writer.writeheader()
    for document in documents:
        writer.writerow({column: value(document) for column, value in _COLUMNS.items()})
    return text.getvalue()


def require_own_table(table: Path) -> None:
    """Refuse to replace a table of that name that is not one of ours.

    Raises
    ------
    InputError
        ``output-foreign``.
    """
    if not table.exists():
        return
    with table.open(encoding="utf-8", errors="replace") as file:
        columns = file.readline().rstrip("\n").split("\t")
    if columns[0] != _FIRST_COLUMN or "motion_score_mm" not in columns:
        raise InputError(
            "output-foreign", f"{table}: is not a table of MotionQC; choose another folder."
        )


def _warnings(document: Mapping[str, Any]) -> str:
    return ",".join(item["code"] for item in document["warnings"]) or "n/a"


def _of_site(document: Mapping[str, Any], field: str, text: str = "{}") -> str:
    site = document.get("site_limits")
    return text.format(site[field]) if site else "n/a"


_COLUMNS = {
    _FIRST_COLUMN: lambda d: d["report"],
    "input": lambda d: d["input"],
    "site": lambda d: d.get("site") or "n/a",
    "motion_score_mm": lambda d: f"{d['motion_score_mm']:.6f}",
    "interval_90_low_mm": lambda d: f"{d['interval_90_mm'][0]:.6f}",
    "interval_90_high_mm": lambda d: f"{d['interval_90_mm'][1]:.6f}",
    "qc_class": lambda d: d["qc"]["class"],
    "qc_basis": lambda d: d["qc"]["basis"],
    "site_percentile": lambda d: _of_site(d, "percentile", "{:.2f}"),
    "site_limits_sha256": lambda d: _of_site(d, "sha256"),
    "warnings": _warnings,
    "label": lambda d: d["model"]["label"],
    "model": lambda d: d["model"]["name"],
    "model_sha256": lambda d: d["model"]["sha256"],
    "runtime": lambda d: d["runtime"],
}
