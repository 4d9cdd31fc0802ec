"""A folder, scored by the shell's command in a real child process, with reports that stay."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from .conftest import MODULE
from .test_score import left_folders


@pytest.fixture
def small(host, panel, a_small_base):
    """The panel with a model that takes no time, *Score a folder* unfolded."""
    host.show()
    panel.score.models.offer(a_small_base)
    panel.ui.folderGroup.collapsed = False
    host.turn()
    return panel


@pytest.fixture
def a_folder(a_head_file, tmp_path) -> Path:
    """Two scans, and a file between them that is none."""
    folder = tmp_path / "Doe^Jane"
    folder.mkdir()
    for name in ("first.nii.gz", "third.nii.gz"):
        shutil.copy(a_head_file, folder / name)
    (folder / "second.nii").write_text("no image")
    return folder


def begin(host, panel, folder: Path) -> None:
    panel.ui.folderPath.currentPath = str(folder)
    panel.ui.folderButton.click()


def finish(host, panel, seconds: float = 60) -> None:
    host.wait_until(lambda: not panel.folder.scoring.busy, seconds)


def double_click(host, panel, row: int) -> None:
    QtTest = pytest.importorskip("PySide6.QtTest", reason="clicks as a hand does")
    QtCore = pytest.importorskip("PySide6.QtCore")

    table = panel.ui.folderTable
    place = table.visualItemRect(table.item(row, 0)).center()
    for click in (QtTest.QTest.mouseClick, QtTest.QTest.mouseDClick):
        click(table.viewport(), QtCore.Qt.MouseButton.LeftButton, pos=place)
    host.turn()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_the_table_fills_and_the_page_opens(host, small, a_folder):
    ui, seen = small.ui, []
    output = a_folder.with_name("Doe^Jane-motionqc")
    begin(host, small, a_folder)
    assert ui.folderOutput.currentPath == str(output)
    assert ui.folderButton.text == "Stop"
    assert not ui.folderPath.enabled

    def over() -> bool:
        seen.append((len(small.folder.table.rows()), ui.folderProgress.format))
        return not small.folder.scoring.busy

    host.wait_until(over, 60)
    counts = [count for count, _text in seen]
    assert {0, 3} < set(counts)
    assert counts == sorted(counts)
    assert (0, "0 of 3") in seen
    first, second, third = small.folder.table.rows()
    assert [row[0] for row in (first, second, third)] == [
        "first.nii.gz",
        "second.nii",
        "third.nii.gz",
    ]
    assert first[1:] == third[1:]
    assert first[1].endswith(" ⚠")
    ui.folderTable.selectRow(0)
    assert "brain was extracted" in ui.folderWarningsLabel.text
    ui.folderTable.selectRow(1)
    assert not ui.folderWarningsLabel.visible
    assert " to " in first[2]
    assert second[1].startswith("Not scored: second.nii")
    assert "2 of 3 scans have a score; for the rest the table says" in ui.folderMessage.text
    assert not ui.folderDetailsButton.visible
    assert len(list(output.glob("*_motionqc.json"))) == 2
    assert list(a_folder.glob("*motionqc*")) == []
    ui.openReportButton.click()
    assert host.messages[-1].text == (output / "motionqc.html").as_uri()
    assert left_folders() == []


def test_what_has_a_report_is_not_scored_again(host, small, a_folder):
    begin(host, small, a_folder)
    finish(host, small)
    report = next((a_folder.with_name("Doe^Jane-motionqc")).glob("first*_motionqc.json"))
    before = report.stat().st_mtime_ns
    small.ui.folderButton.click()
    finish(host, small)
    assert "2 of 3 had their report already" in small.ui.folderMessage.text
    assert [row[0] for row in small.folder.table.rows()] == [
        "first.nii.gz",
        "third.nii.gz",
        "second.nii",
    ]
    assert report.stat().st_mtime_ns == before


def test_stop_ends_after_the_scan_at_hand_with_a_page_of_what_is_done(
    host, small, a_folder, a_head_file
):
    for number in range(40):
        shutil.copy(a_head_file, a_folder / f"more-{number:02}.nii.gz")
    begin(host, small, a_folder)
    host.wait_until(lambda: small.folder.table.rows(), 60)
    small.ui.folderButton.click()
    assert small.ui.folderButton.text == "Stop at once"
    finish(host, small, 20)
    rows = small.folder.table.rows()
    assert 0 < len(rows) < 43
    output = a_folder.with_name("Doe^Jane-motionqc")
    assert f"Head motion of {len(rows)} scans" in (output / "motionqc.html").read_text()
    assert f"Stopped. {len(rows)} of 43 scans are done" in small.ui.folderMessage.text
    assert small.ui.folderButton.text == "Score folder"


def test_the_second_click_ends_at_once_and_no_report_is_half_written(host, small, a_folder):
    begin(host, small, a_folder)
    pid = small.folder.scoring.pid
    small.ui.folderButton.click()
    small.ui.folderButton.click()
    finish(host, small, 5)
    assert small.ui.folderMessage.text == "Stopped."
    assert gone(pid)
    assert left_folders() == []
    for report in a_folder.with_name("Doe^Jane-motionqc").glob("*.json"):
        json.loads(report.read_text())
    assert small.ui.folderButton.text == "Score folder"


@pytest.mark.parametrize("way", ["scene", "module"])
def test_closing_the_scene_or_the_module_ends_the_child(host, small, a_folder, way):
    begin(host, small, a_folder)
    pid = small.folder.scoring.pid
    if way == "scene":
        host.close_scene()
        assert "Ended with the scene" in small.ui.folderMessage.text
        assert small.ui.folderButton.enabled
    else:
        host.close_module()
    assert gone(pid)
    assert left_folders() == []


def test_a_child_that_is_killed_is_one_line_and_the_next_click_goes_on(host, small, a_folder):
    (a_folder / "0.nii").write_text("no image")
    begin(host, small, a_folder)
    host.wait_until(lambda: small.folder.table.rows(), 60)
    os.kill(small.folder.scoring.pid, signal.SIGKILL)
    finish(host, small)
    assert "ended before it was done" in small.ui.folderMessage.text
    small.ui.folderButton.click()
    finish(host, small)
    assert len(small.folder.table.rows()) == 4


class Ended:
    """A command that has ended."""

    pid = None

    def __init__(self, status: int) -> None:
        self._status = status

    def status(self) -> int:
        return self._status

    def kill(self) -> None:
        """Nothing is left to be ended."""


@pytest.mark.parametrize(
    ("status", "said"),
    [(0, "1 of 1 scans have a score."), (2, "motionqc.html: is a folder"), (-9, "ended before")],
)
def test_a_fault_after_the_last_scan_is_not_hidden_by_the_scores(
    host, small, a_folder, monkeypatch, status, said
):
    def start(folder, words, out, errors):
        lines = [{"scans": 1, "done": 0}, scored("first.nii.gz")]
        out.write_text("".join(json.dumps(line) + "\n" for line in lines))
        errors.write_text("motionqc: motionqc.html: is a folder\n" if status else "")
        return Ended(status)

    monkeypatch.setattr(small.folder.scoring._call, "_start", start)
    begin(host, small, a_folder)
    finish(host, small)
    assert said in small.ui.folderMessage.text
    assert len(small.folder.table.rows()) == 1


def test_a_row_loads_its_scan_with_its_score_and_only_while_it_is_there(host, small, a_folder):
    import slicer

    from MotionQCLib.gui.scans_of_scene import scans_of_scene
    from MotionQCLib.gui.stored_result import RESULT

    begin(host, small, a_folder)
    finish(host, small)
    table, ui = small.ui.folderTable, small.ui
    assert not ui.openScanButton.enabled
    double_click(host, small, 0)
    (node,) = scans_of_scene()
    assert small.parameters.scan == node
    host.wait_until(lambda: ui.resultFrame.visible, 20)
    assert ui.scoreValue.text == small.folder.table.rows()[0][1].replace("⚠", "mm")
    assert [row["Scan"] for row in small.score.table.rows()] == ["first"]
    assert "Doe" not in node.GetAttribute(RESULT)
    ui.openScanButton.click()
    assert len(scans_of_scene()) == 1
    assert len(small.score.table.rows()) == 1
    table.selectRow(1)
    ui.openScanButton.click()
    assert "second.nii: cannot be loaded" in ui.folderMessage.text
    (a_folder / "third.nii.gz").unlink()
    table.selectRow(2)
    assert not ui.openScanButton.enabled
    double_click(host, small, 2)
    assert "was it moved" in ui.folderMessage.text
    assert len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")) == 1


def test_a_folder_of_somebody_else_is_one_line(host, small, a_folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "dataset_description.json").write_text('{"Name": "another"}')
    small.ui.folderPath.currentPath = str(a_folder)
    small.ui.folderOutput.currentPath = str(other)
    small.ui.folderButton.click()
    finish(host, small)
    assert "is another dataset's" in small.ui.folderMessage.text
    assert "\n" not in small.ui.folderMessage.text
    small.ui.folderPath.currentPath = str(tmp_path / "nowhere")
    small.ui.folderButton.click()
    assert small.ui.folderMessage.text == "Choose a folder with scans."
    assert not small.folder.scoring.busy


def test_folders_are_kept_with_the_application_and_not_with_the_scene(
    host, small, a_folder, tmp_path
):
    small.ui.folderPath.currentPath = str(a_folder)
    host.save_scene(tmp_path / "scene.mrml")
    assert "Doe" not in (tmp_path / "scene.mrml").read_text()
    host.close_module()
    again = host.open_module(MODULE).panel
    assert again.ui.folderPath.currentPath == str(a_folder)
    again.ui.folderPath.currentPath = str(tmp_path)
    assert again.ui.folderOutput.currentPath == f"{tmp_path}-motionqc"


def test_namesakes_are_named_by_their_folders(host, panel):
    table = panel.folder.table
    table.clear(Path("/study"))
    error = {"code": "x", "message": "m"}
    names = ("a/T1.mgz", "b/T1.mgz", "c.nii")
    table.add([{"input": f"/study/{name}", "error": error} for name in names])
    assert [row[0] for row in table.rows()] == list(names)


def scored(name: str, percentile: float | None = None) -> dict:
    """What the shell says of a scan, with its place among those of a site."""
    site = {"sha256": "ab", "percentile": percentile, "scans": 40, "limits_mm": [1.5]}
    return {
        "input": f"/study/{name}",
        "motion_score_mm": 1.0,
        "bins": {"centers": [0.0, 4.0], "probability": [0.5, 0.5]},
        "interval_90_mm": [0.5, 1.5],
        "qc": {"class": "good"},
        "warnings": [],
        "site_limits": site if percentile is not None else None,
    }


def test_the_place_among_a_sites_scans_has_a_column_while_one_has_a_place(host, panel):
    table, widget = panel.folder.table, panel.ui.folderTable
    table.clear(Path("/study"))
    table.add([scored("a.nii")])
    assert widget.isColumnHidden(4)
    error = {"code": "x", "message": "m"}
    table.add([scored("b.nii", 99.9), {"input": "/study/c.nii", "error": error}])
    assert not widget.isColumnHidden(4)
    assert [row[4:] for row in table.rows()] == [[], ["99 %"], []]
    assert widget.item(1, 4).toolTip() == "higher than 99 % of the site's 40 scans"
    assert widget.columnSpan(2, 1) == 4
    table.clear(Path("/study"))
    assert widget.isColumnHidden(4)
