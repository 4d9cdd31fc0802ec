"""Tables of scans as people keep them: which scan, whose it is, where from, how it is rated."""

from MotionQCLib.scan_table.row import Row
from MotionQCLib.scan_table.spreadsheet import spreadsheet_rows

__all__ = ["Row", "spreadsheet_rows"]
