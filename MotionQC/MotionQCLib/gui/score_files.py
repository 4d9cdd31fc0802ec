"""Files that the *Score* part writes: report, scores, manifest; each says in a line how it went."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCLib.gui.report_file import write_report
from MotionQCLib.gui.score_table import ScoreTable

Say = Callable[[str], None]


def save_report(node: Any, result: Mapping[str, Any], say: Say) -> None:
    """Ask where, and write a scored volume's report."""
    path = ask_file(_("Save report"), f"{node.GetName()}_motionqc.html", "*.html")
    if path is not None:
        write(path, lambda: write_report(path, node, result), say)


def save_scores(table: ScoreTable, say: Say) -> None:
    """Ask where, and write all scores as CSV."""
    path = ask_file(_("Save scores"), "motionqc_scores.csv", "*.csv")
    if path is not None:
        write(path, lambda: write_atomically(path, table.to_csv()), say)


def save_manifest(table: ScoreTable, say: Say) -> None:
    """Ask where, and write the rated scans as a training manifest."""
    path = ask_file(_("Export for training"), "motionqc_manifest.tsv", "*.tsv")
    if path is None:
        return
    text, left_out = table.to_manifest()
    if write(path, lambda: write_atomically(path, text), say) and left_out:
        say(_("{count} scans were left out: they have no rating or no file of their own.").format(
            count=left_out
        ))  # fmt: skip


def ask_file(title: str, name: str, pattern: str) -> Path | None:
    """Return the file that the user names, or None.

    Nodes that came by DICOM have names that are no file names.
    """
    offered = re.sub(r"[^\w.-]+", "_", name)
    chosen = qt.QFileDialog.getSaveFileName(None, title, offered, pattern)
    return Path(chosen) if chosen else None


def write(path: Path, act: Callable[[], object], say: Say) -> bool:
    """Do what writes a file, and say whether it could be written."""
    try:
        act()
    except (OSError, InputError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        say(_("{name} could not be written: {reason}.").format(name=path.name, reason=reason))
        return False
    say(_("Saved {name}.").format(name=path.name))
    return True
