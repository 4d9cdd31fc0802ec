"""All volumes of a scene, scored one after the other in one real child process."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from .test_score import child_of, left_folders, without_openvino  # noqa: F401


@pytest.fixture
def small(panel, a_small_base):
    """The panel with a model that takes no time."""
    panel.score.models.offer(a_small_base)
    return panel


def add_copy(node, name: str, voxels=None):
    """Add another scan to the scene: a copy of a node's voxels, or others on its grid."""
    import slicer

    from MotionQCLib.gui.new_volume import Look, add_volume
    from MotionQCLib.gui.scan_volume import voxels_of

    assert node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    return add_volume(name, voxels_of(node).copy() if voxels is None else voxels, Look.of(node))


def score_all(host, panel, seconds: float = 60) -> list[str]:
    """Score all; what the progress bar said meanwhile, each once."""
    said: list[str] = []

    def over() -> bool:
        text = panel.ui.scoreProgress.format
        if panel.score.scoring.busy and text not in said:
            said.append(text)
        return not panel.score.scoring.busy

    panel.ui.scoreAllButton.click()
    host.wait_until(over, seconds)
    return said


def scans(panel) -> list[str]:
    return [row["Scan"] for row in panel.score.table.rows()]


def test_scans_are_what_is_no_label_map_no_preview_and_not_hidden(host, panel, a_head_file):
    import slicer

    from MotionQCLib.gui.applying import RECIPE
    from MotionQCLib.gui.live_preview import ATTRIBUTE
    from MotionQCLib.gui.scans_of_scene import scans_of_scene

    head = host.load_scan(a_head_file)
    moved = add_copy(head, "moved")
    moved.SetAttribute(RECIPE, "{}")
    add_copy(head, "preview").SetAttribute(ATTRIBUTE, head.GetID())
    add_copy(head, "hidden").SetHideFromEditors(True)
    for kind in ("LabelMap", "Vector"):
        slicer.mrmlScene.AddNewNodeByClass(f"vtkMRML{kind}VolumeNode", kind)
    assert scans_of_scene() == [head, moved]


def test_one_at_fault_has_a_row_that_says_why_and_ends_no_round(host, small, a_head_file):
    head = host.load_scan(a_head_file)
    add_copy(head, "one slice", np.ones((30, 30, 1), np.int16))
    add_copy(head, "flat", np.ones((30, 30, 30), np.int16))
    add_copy(head, "again")
    small.ui.scanSelector.setCurrentNode(head)
    host.wait_until(lambda: small.ui.scoreButton.enabled, 20)
    said = score_all(host, small)
    rows = small.score.table.rows()
    assert [row["Scan"] for row in rows] == ["template", "one slice", "flat", "again"]
    assert [row["Motion (mm)"] for row in rows[1:3]] == ["not scored"] * 2
    assert "single slice" in rows[1]["Warnings"]
    assert "every voxel has the value 1" in rows[2]["Warnings"]
    assert float(rows[0]["Motion (mm)"]) == float(rows[3]["Motion (mm)"])
    assert said[0] == "0 of 4"
    assert any(text.startswith("3 of 4, less than a minute left") for text in said)
    assert small.ui.scoreMessage.text.startswith(
        "2 of 4 scans have a score; for the rest the table"
    )
    assert not small.ui.historyGroup.collapsed
    assert small.ui.resultTitle.text == "template"
    assert left_folders() == []


def test_the_child_stays_warm_and_a_volume_that_goes_is_passed_over(host, small, a_head_file):
    import slicer

    head = host.load_scan(a_head_file)
    gone = add_copy(head, "gone")
    add_copy(head, "last")
    small.ui.scoreAllButton.click()
    pids = {child_of(host, small.score.scoring)}
    assert small.ui.scoreButton.text == "Stop"
    assert not small.ui.scoreAllButton.enabled
    slicer.mrmlScene.RemoveNode(gone)

    def over() -> bool:
        pids.add(small.score.scoring.pid)
        return not small.score.scoring.busy

    host.wait_until(over, 60)
    assert scans(small) == ["template", "last"]
    assert len(pids) == 1
    assert small.ui.scoreMessage.text == "2 of 2 scans have a score."


def test_a_child_that_is_killed_costs_one_volume_its_score(host, small, a_head_file):
    add_copy(host.load_scan(a_head_file), "second")
    small.ui.scoreAllButton.click()
    os.kill(child_of(host, small.score.scoring), signal.SIGKILL)
    host.wait_until(lambda: not small.score.scoring.busy, 60)
    first, second = small.score.table.rows()
    assert (first["Motion (mm)"], second["Scan"]) == ("not scored", "second")
    assert "SIGKILL" in first["Warnings"]
    assert float(second["Motion (mm)"]) >= 0


def test_stop_keeps_what_is_done(host, small, a_head_file):
    head = host.load_scan(a_head_file)
    for number in range(3):
        add_copy(head, f"copy {number}")
    small.ui.scoreAllButton.click()
    host.wait_until(lambda: scans(small), 60)
    small.ui.scoreButton.click()
    host.wait_until(lambda: not small.score.scoring.busy, 5)
    done = len(scans(small))
    assert 1 <= done < 4
    assert small.ui.scoreMessage.text == f"Stopped: {done} of 4 scans have a score."
    host.wait(0.5)
    assert len(scans(small)) == done
    assert small.ui.scoreAllButton.enabled


def test_closing_the_scene_ends_the_round(host, small, a_head_file):
    add_copy(host.load_scan(a_head_file), "second")
    small.ui.scoreAllButton.click()
    pid = child_of(host, small.score.scoring)
    host.close_scene()
    host.wait(0.5)
    assert not small.score.scoring.busy
    assert small.score.table.rows() == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert left_folders() == []


@pytest.mark.usefixtures("without_openvino")
def test_what_every_scan_needs_is_asked_for_once(host, panel, a_head_file):
    add_copy(host.load_scan(a_head_file), "second")
    host.answer(False)
    panel.ui.scoreAllButton.click()
    assert len(host.messages) == 1
    assert "OpenVINO" in panel.ui.scoreMessage.text
    assert panel.score.table.rows() == []


def test_a_damaged_model_ends_the_round_at_once(host, small, a_head_file, tmp_path):
    from MotionQCLib.models.registry import user_folder

    add_copy(host.load_scan(a_head_file), "second")
    file = user_folder() / "base.safetensors"
    file.write_bytes(file.read_bytes()[:-100] + bytes(100))
    score_all(host, small)
    assert "damaged" in small.ui.scoreMessage.text
    assert small.score.table.rows() == []


def test_a_scene_without_a_scan_is_said(host, panel):
    panel.ui.scoreAllButton.click()
    assert "no volume to score" in panel.ui.scoreMessage.text


def test_the_pace_is_that_of_what_was_scored_now():
    from MotionQCLib.gui.pace import Pace

    now = [0.0]
    pace = Pace(lambda: now[0])
    pace.begin(10, before=4)
    for _scan in range(4):
        pace.advance()
    assert pace.seconds_left is None
    now[0] = 100.0
    pace.advance()
    pace.advance(failed=True)
    assert (pace.done, pace.failed) == (6, 1)
    assert pace.seconds_left == 200.0
    assert pace.text == "6 of 10, 3 min left"
