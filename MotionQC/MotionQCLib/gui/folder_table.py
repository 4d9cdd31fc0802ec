"""The scans of a folder as rows: what each scored, or why it has no score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from MotionQCLib.errors import printable
from MotionQCLib.scoring.result import interval_text, mm_text, place_text, whole_percent

Document = Mapping[str, Any]
_SCAN, _MOTION, _INTERVAL, _CLASS, _PLACE = range(5)
_WIDEST_SCAN_PX, _ROW_PX = 150, 24


class FolderTable:
    """Rows in the order in which scans are done.

    Parameters
    ----------
    table : QTableWidget
        Of the panel, with its five columns; the last, the place among a site's own scans, is there
        while a scan was scored with site limits.
    chosen : callable
        Told that another row was chosen, or none.
    opened : callable
        Told that the chosen row was double-clicked.
    """

    def __init__(self, table: Any, chosen: Callable[[], None], opened: Callable[[], None]) -> None:
        self._table = table
        self._documents: list[Document] = []
        self._unfitted: list[int] = []
        self._folder = Path()
        self._first_of: dict[str, int] = {}
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        table.horizontalHeader().setStretchLastSection(True)
        # Only the rows on the screen say how wide a column is: there may be thousands.
        table.horizontalHeader().setResizeContentsPrecision(0)
        table.setColumnHidden(_PLACE, True)
        table.connect("itemSelectionChanged()", chosen)
        table.connect("cellDoubleClicked(int,int)", lambda row, column: opened())

    def clear(self, folder: Path) -> None:
        """Show no row; those to come are of scans in this folder."""
        self._documents.clear()
        self._unfitted.clear()
        self._first_of.clear()
        self._folder = folder
        self._table.setRowCount(0)
        self._table.clearSpans()
        self._table.setColumnHidden(_PLACE, True)
        self._table.resizeColumnToContents(_MOTION)

    def add(self, documents: Sequence[Document]) -> None:
        """Append scans as ``motionqc score --json`` tells of them."""
        for document in documents:
            self._append(document)
        if documents:
            self._fit()
            if self.chosen() is None:
                self._table.scrollToBottom()

    def chosen(self) -> Document | None:
        """Return the chosen row's scan, or None."""
        row = self._table.currentRow()
        return self._documents[row] if 0 <= row < len(self._documents) else None

    def rows(self) -> list[list[str]]:
        """Return all rows as text; of a scan without a score only its name and why."""
        columns = range(self._table.columnCount)
        cells = ([self._table.item(row, column) for column in columns] for row in self._range())
        return [[cell.text() for cell in row if cell is not None] for row in cells]

    def _fit(self) -> None:
        """Fit columns to what is in them; a reason goes across them and makes none wider."""
        for column in (_SCAN, _INTERVAL):
            self._table.resizeColumnToContents(column)
        width = min(self._table.columnWidth(_SCAN), _WIDEST_SCAN_PX)
        self._table.setColumnWidth(_SCAN, width)
        for row in self._unfitted:
            self._table.resizeRowToContents(row)
        self._unfitted.clear()

    def _range(self) -> range:
        return range(len(self._documents))

    def _append(self, document: Document) -> None:
        row = len(self._documents)
        self._documents.append(document)
        self._table.insertRow(row)
        path = Path(document["input"])
        self._put(row, _SCAN, path.name)
        if "error" in document:
            self._explain(row, document["error"]["message"])
        else:
            self._fill(row, document)
        first = self._first_of.setdefault(path.name, row)
        if first != row:
            # Of namesakes the folders tell which is which.
            self._name_by_folder(first)
            self._name_by_folder(row)

    def _fill(self, row: int, result: Document) -> None:
        """Say what a scan scored; that there is a warning is seen beside the number."""
        warnings = result["warnings"]
        score = mm_text(result["motion_score_mm"])
        self._put(row, _MOTION, f"{score} ⚠" if warnings else score)
        self._put(row, _INTERVAL, interval_text(result["interval_90_mm"]))
        self._put(row, _CLASS, result["qc"]["class"])
        if site := result.get("site_limits"):
            place = place_text(site["percentile"], site["scans"])
            self._put(row, _PLACE, f"{whole_percent(site['percentile'])} %", place)
            self._table.setColumnHidden(_PLACE, False)

    def _explain(self, row: int, message: str) -> None:
        """Say why a scan has no score, across all columns and in as many lines as it takes."""
        self._put(row, _MOTION, _("Not scored: {reason}").format(reason=message))
        self._table.setSpan(row, _MOTION, 1, _PLACE - _MOTION + 1)
        self._unfitted.append(row)

    def _put(self, row: int, column: int, text: str, tip: str = "") -> None:
        item = qt.QTableWidgetItem(printable(text))
        item.setToolTip(printable(tip or text))
        self._table.setItem(row, column, item)

    def _name_by_folder(self, row: int) -> None:
        path = Path(self._documents[row]["input"])
        inside = path.relative_to(self._folder) if path.is_relative_to(self._folder) else path
        self._table.item(row, _SCAN).setText(printable(str(inside)))
