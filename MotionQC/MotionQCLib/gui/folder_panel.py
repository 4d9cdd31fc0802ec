"""*Score a folder*: a table that fills, a page of all reports, each scan a double click away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui.folder_form import FolderForm
from MotionQCLib.gui.folder_scoring import FolderOrder, FolderScoring
from MotionQCLib.gui.folder_table import FolderTable
from MotionQCLib.gui.interpreter import ensure_folder_packages, start_command
from MotionQCLib.gui.message_line import MessageLine
from MotionQCLib.gui.scan_loading import can_load, volume_of
from MotionQCLib.gui.scoring import ScoringChoices

_POLL_MS = 200
_PAGE = "motionqc.html"


class FolderPanel:
    """Scores a folder as the shell does; the reports are the record, the table is a look at them.

    Parameters
    ----------
    ui : namespace
        The widgets by name.
    choices : callable
        Says how scans are scored.
    take_up : callable
        Told a volume that was loaded, and the JSON form of what it scored, if it did.
    """

    def __init__(
        self,
        ui: Any,
        choices: Callable[[], ScoringChoices],
        take_up: Callable[[Any, Mapping[str, Any] | None], None],
    ) -> None:
        self._ui, self._choices, self._take_up = ui, choices, take_up
        self.scoring = FolderScoring(start_command)
        self.form = FolderForm(ui.folderPath, ui.folderOutput)
        self.table = FolderTable(ui.folderTable, self._on_chosen, self._on_open_scan)
        self._line = MessageLine(ui.folderMessage, ui.folderDetailsButton)
        self._connected = False
        self._timer = qt.QTimer()
        self._timer.setInterval(_POLL_MS)
        self._timer.connect("timeout()", self._poll)
        ui.folderButton.connect("clicked()", self._on_score)
        ui.openScanButton.connect("clicked()", self._on_open_scan)
        ui.openReportButton.connect("clicked()", self._on_open_report)
        ui.folderOutput.connect("currentPathChanged(QString)", self._show_buttons)
        self._on_chosen()
        self._show()

    def connect(self) -> None:
        """There is a scene to load scans into."""
        self._connected = True
        self._show()
        self._show_buttons()

    def disconnect(self) -> None:
        """The scene goes, and the job with it; what is done lies in the folder of reports."""
        self._connected = False
        if self.scoring.busy:
            self.scoring.close()
            self._line.say(self._with_rest(_("Ended with the scene.")))
        self._show()
        self._show_buttons()

    def close(self) -> None:
        """End everything."""
        self._timer.stop()
        self._timer.disconnect("timeout()", self._poll)
        self.scoring.close()

    def _on_score(self) -> None:
        if self.scoring.busy:
            self.scoring.stop()
            self._show()
            return
        try:
            self._begin()
        except InputError as error:
            self._line.say(error.message)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self._line.say(_("Scoring could not begin: {reason}.").format(reason=reason))
        self._show()

    def _begin(self) -> None:
        folder, output = self.form.folders()
        choices = self._choices()
        ensure_folder_packages()
        self.scoring.begin(FolderOrder(folder, output, choices))
        self.table.clear(folder)
        self._on_chosen()
        self._line.say(_("Starting …"))

    def _poll(self) -> None:
        documents, status = self.scoring.poll()
        if documents:
            self.table.add(documents)
            self._show_buttons()
        if status is not None:
            self._end(status)
            self._show_buttons()
        elif self.scoring.stopping:
            self._line.say(_("Stopping: the scan at hand is finished …"))
        elif self.scoring.pace.total:
            self._line.say(self._before())
        self._show()

    def _end(self, status: int) -> None:
        """Say how a run has ended; details are there where it could not do its work."""
        scoring, pace = self.scoring, self.scoring.pace
        complete, fault = scoring.complete(status), (scoring.fault(status), scoring.details)
        scoring.close()
        if complete:
            self._line.say(" ".join(filter(None, [pace.outcome, self._before()])))
        elif scoring.stopping:
            self._line.say(self._with_rest(_("Stopped.")))
        else:
            self._line.say(*fault)

    def _before(self) -> str:
        if not self.scoring.before:
            return ""
        return _("{before} of {total} had their report already.").format(
            before=self.scoring.before, total=self.scoring.pace.total
        )

    def _with_rest(self, said: str) -> str:
        """Say after something what is left for the next click, where that is known."""
        pace = self.scoring.pace
        if not pace.total:
            return said
        rest = _("{done} of {total} scans are done; Score folder goes on from there.")
        return f"{said} {rest.format(done=pace.done, total=pace.total)}"

    def _on_chosen(self) -> None:
        """Say in full what the mark beside the chosen row's number stands for."""
        document = self.table.chosen()
        warnings = document.get("warnings", []) if document is not None else []
        self._ui.folderWarningsLabel.text = "\n".join(f"⚠ {item['message']}" for item in warnings)
        self._ui.folderWarningsLabel.visible = bool(warnings)
        self._show_buttons()

    def _on_open_scan(self) -> None:
        document = self.table.chosen()
        if document is None or not self._connected:
            return
        path = Path(document["input"])
        try:
            node = volume_of(path)
        except InputError as error:
            self._line.say(error.message)
            return
        # The scene keeps no folder that a patient may have given the name.
        named = {**document, "input": path.name}
        self._take_up(node, None if "error" in document else named)
        self._line.say(_("{name} is the chosen scan.").format(name=path.name))

    def _on_open_report(self) -> None:
        output = self.form.output
        if output is not None:
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(output / _PAGE)))

    def _show(self) -> None:
        """Show how it stands, and listen while it runs."""
        ui, scoring = self._ui, self.scoring
        busy = scoring.busy
        if not busy:
            ui.folderButton.text = _("Score folder")
        else:
            ui.folderButton.text = _("Stop at once") if scoring.stopping else _("Stop")
        ui.folderButton.enabled = self._connected
        ui.folderProgress.visible = busy
        if scoring.pace.total:
            scoring.pace.show_on(ui.folderProgress)
        else:
            ui.folderProgress.maximum = 0
        self.form.set_enabled(not busy)
        if busy:
            self._timer.start()
        else:
            self._timer.stop()

    def _show_buttons(self) -> None:
        document, output = self.table.chosen(), self.form.output
        there = document is not None and can_load(Path(document["input"]))
        self._ui.openScanButton.enabled = there and self._connected
        self._ui.openReportButton.enabled = output is not None and (output / _PAGE).is_file()
