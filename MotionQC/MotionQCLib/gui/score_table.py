"""All scores of a scene as one table node: saved with it, read back from it, rated in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import slicer
import vtk

TABLE_NAME = "MotionQC scores"
RATING = "My rating"
NOT_SCORED = "not scored"
_ATTRIBUTE = "MotionQC.Scores"
COLUMNS = (
    "Scan",
    "Motion (mm)",
    "90 % from (mm)",
    "90 % to (mm)",
    "Class",
    "Warnings",
    RATING,
    "Model",
    "Score",
    "Time",
    "File",
)
MANIFEST_COLUMNS = ("path", "subject", "site", "rating", "mask")


class ScoreTable:
    """Rows of scores, oldest first."""

    @property
    def node(self) -> slicer.vtkMRMLTableNode:
        """The scene's table node, made where there is none."""
        return self.find() or self._make()

    def find(self) -> slicer.vtkMRMLTableNode | None:
        """The scene's table node, or None."""
        for node in slicer.util.getNodesByClass("vtkMRMLTableNode"):
            if node.GetAttribute(_ATTRIBUTE):
                return node
        return None

    def add(self, node: slicer.vtkMRMLScalarVolumeNode, result: Mapping[str, Any]) -> None:
        """Append the JSON form of a volume's result."""
        low, high = result["interval_90_mm"]
        self._append(
            node,
            {
                "Motion (mm)": f"{result['motion_score_mm']:.2f}",
                "90 % from (mm)": f"{low:.2f}",
                "90 % to (mm)": f"{high:.2f}",
                "Class": result["qc"]["class"],
                "Warnings": ", ".join(item["code"] for item in result["warnings"]),
                "Model": result["model"]["name"],
                "Score": result["model"]["label"],
            },
        )

    def add_failure(self, node: slicer.vtkMRMLScalarVolumeNode, message: str) -> None:
        """Append why a volume has no score, in the place of warnings."""
        self._append(node, {"Motion (mm)": NOT_SCORED, "Warnings": message})

    def rows(self) -> list[dict[str, str]]:
        """Return all rows as text by column."""
        table = self.find()
        if table is None:
            return []
        return [
            {name: table.GetCellText(row, column) for column, name in enumerate(COLUMNS)}
            for row in range(table.GetNumberOfRows())
        ]

    def to_csv(self) -> str:
        """Return all rows as comma-separated values, without the files' paths, which may name."""
        shown = [name for name in COLUMNS if name != "File"]
        return _written(shown, self.rows(), ",")

    def to_manifest(self) -> tuple[str, int]:
        """Return a training manifest of the rated scans, and how many were left out.

        A scan is left out that has no rating, or no file of its own. Of several rows of one scan
        the last rating counts.
        """
        kept: dict[str, dict[str, str]] = {}
        rows = self.rows()
        for row in rows:
            path = row["File"]
            if path and row[RATING].strip():
                kept[path] = {
                    "path": path,
                    "subject": _subject(path, row["Scan"]),
                    "site": "local",
                    "rating": row[RATING].strip(),
                    "mask": "",
                }
        scans = {(row["Scan"], row["File"]) for row in rows}
        left_out = sum(path not in kept for _, path in scans)
        return _written(MANIFEST_COLUMNS, list(kept.values()), "\t"), left_out

    def _append(self, node: slicer.vtkMRMLScalarVolumeNode, known: Mapping[str, str]) -> None:
        """Append a row; what is not known of the volume stays empty."""
        values = {
            "Scan": node.GetName(),
            **known,
            "Time": datetime.now().isoformat(sep=" ", timespec="seconds"),
            "File": _file_of(node),
        }
        table = self.node
        with slicer.util.NodeModify(table):
            row = table.AddEmptyRow()
            for column, name in enumerate(COLUMNS):
                table.SetCellText(row, column, values.get(name, ""))
            table.Modified()

    def _make(self) -> slicer.vtkMRMLTableNode:
        table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", TABLE_NAME)
        table.SetAttribute(_ATTRIBUTE, "1")
        table.SetUseColumnTitleAsColumnHeader(True)
        for name in COLUMNS:
            column = vtk.vtkStringArray()
            column.SetName(name)
            table.AddColumn(column)
        return table


def _written(columns: Any, rows: list[dict[str, str]], delimiter: str) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(
        text, list(columns), delimiter=delimiter, lineterminator="\n", extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _file_of(node: slicer.vtkMRMLScalarVolumeNode) -> str:
    storage = node.GetStorageNode()
    return (storage.GetFullNameFromFileName() or "") if storage is not None else ""


def _subject(path: str, name: str) -> str:
    """The BIDS subject in a path, else the scan's name: sessions of one person stay together."""
    found = re.search(r"(?:^|[/\\_])(sub-[A-Za-z0-9]+)", path)
    return found.group(1) if found else re.sub(r"\s+", "-", name.strip())
