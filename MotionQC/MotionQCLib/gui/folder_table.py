"""The scans of a folder as rows: what each scored, or why it has no score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import qt

from MotionQCLib.errors import printable
from MotionQCLib.gui.score_table import NOT_SCORED
from MotionQCLib.scoring.report_page import score_text
from MotionQCLib.scoring.result import interval_text

Document = Mapping[str, Any]
_SCAN, _MOTION, _INTERVAL, _CLASS, _REMARKS = range(5)
_WIDEST_SCAN = 220


class FolderTable:
    """Rows in the order in which scans are done.

    Parameters
    ----------
    table : QTableWidget
        Of the panel, with its five columns.
    chosen : callable
        Told that another row was chosen, or none.
    opened : callable
        Told that the chosen row was double-clicked.
    """

    def __init__(self, table: Any, chosen: Callable[[], None], opened: Callable[[], None]) -> None:
        self._table = table
        self._documents: list[Document] = []
        self._folder = Path()
        self._first_of: dict[str, int] = {}
        table.verticalHeader().setVisible(False)
        table.horizontalHeader().setStretchLastSection(True)
        # Only the rows on the screen say how wide a column is: there may be thousands.
        table.horizontalHeader().setResizeContentsPrecision(0)
        table.connect("itemSelectionChanged()", chosen)
        table.connect("cellDoubleClicked(int,int)", lambda row, column: opened())

    def clear(self, folder: Path) -> None:
        """Show no row; those to come are of scans in this folder."""
        self._documents.clear()
        self._first_of.clear()
        self._folder = folder
        self._table.setRowCount(0)

    def add(self, documents: Sequence[Document]) -> None:
        """Append scans as ``motionqc score --json`` tells of them."""
        for document in documents:
            self._append(document)
        if documents:
            self._table.resizeColumnsToContents()
            self._table.setColumnWidth(_SCAN, min(self._table.columnWidth(_SCAN), _WIDEST_SCAN))
            if self.chosen() is None:
                self._table.scrollToBottom()

    def chosen(self) -> Document | None:
        """Return the chosen row's scan, or None."""
        row = self._table.currentRow()
        return self._documents[row] if 0 <= row < len(self._documents) else None

    def rows(self) -> list[list[str]]:
        """Return all rows as text."""
        return [
            [self._table.item(row, column).text() for column in range(_REMARKS + 1)]
            for row in range(len(self._documents))
        ]

    def _append(self, document: Document) -> None:
        row = len(self._documents)
        self._documents.append(document)
        self._table.insertRow(row)
        path = Path(document["input"])
        first = self._first_of.setdefault(path.name, row)
        texts = [path.name, *_cells(document)]
        for column, text in enumerate(texts):
            item = qt.QTableWidgetItem(printable(text))
            item.setToolTip(printable(text))
            if column in (_MOTION, _INTERVAL):
                item.setTextAlignment(qt.Qt.AlignCenter)
            self._table.setItem(row, column, item)
        if first != row:
            # Of namesakes the folders tell which is which.
            self._name_by_folder(first)
            self._name_by_folder(row)

    def _name_by_folder(self, row: int) -> None:
        path = Path(self._documents[row]["input"])
        inside = path.relative_to(self._folder) if path.is_relative_to(self._folder) else path
        self._table.item(row, _SCAN).setText(printable(str(inside)))


def _cells(document: Document) -> list[str]:
    """Everything but the scan's name."""
    if "error" in document:
        return ["", "", NOT_SCORED, document["error"]["message"]]
    return [
        score_text(document),
        interval_text(document["interval_90_mm"]),
        document["qc"]["class"],
        ", ".join(warning["code"] for warning in document["warnings"]),
    ]
