"""Scoring from the panel, in a real child process with the shipped model."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest


def choose(host, panel, path):
    node = host.load_scan(path)
    panel.ui.scanSelector.setCurrentNode(node)
    host.wait_until(lambda: panel.ui.scoreButton.enabled, 20)
    return node


def score(host, panel, seconds: float = 120) -> None:
    panel.ui.scoreButton.click()
    host.wait_until(lambda: not panel.score.scoring.busy, seconds)


def child_of(host, job) -> int:
    """The process that a job was given to, once its scan has been written."""
    host.wait_until(lambda: job.pid is not None, 20)
    return job.pid


def hold_up_writing(monkeypatch) -> None:
    """Write a strip a turn, and never come to the end."""
    from MotionQCLib.gui import exchange_job
    from MotionQCLib.jobs import Exchange

    real = Exchange.strips

    def endless(exchange, name, volume):
        while True:
            yield from real(exchange, name, volume)

    monkeypatch.setattr(Exchange, "strips", endless)
    monkeypatch.setattr(exchange_job, "_TURN_S", 0.0)


def left_folders() -> list[Path]:
    """Folders of images that are still there after a moment: they are deleted aside."""
    end = time.monotonic() + 10
    while True:
        left = list(Path(tempfile.gettempdir()).glob(f"motionqc-job-{os.getpid()}-*"))
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.02)


def test_a_scan_is_scored_and_the_answer_is_understandable(host, panel, a_head_file):
    choose(host, panel, a_head_file)
    score(host, panel)
    ui = panel.ui
    assert ui.resultFrame.visible
    assert ui.scoreValue.text.endswith(" mm")
    assert "90 % interval" in ui.intervalLabel.text
    assert "calibrated on" in ui.intervalLabel.text
    assert "research use" in ui.provenanceLabel.text
    assert "brain was extracted" in ui.warningsLabel.text
    assert left_folders() == []
    rows = panel.score.table.rows()
    assert [row["Scan"] for row in rows] == ["template"]


def test_the_worker_stays_warm_for_the_next_scan(host, panel, a_head_file, an_oblique_head_file):
    choose(host, panel, a_head_file)
    score(host, panel)
    pid = panel.score.scoring.pid
    choose(host, panel, an_oblique_head_file)
    score(host, panel)
    assert panel.score.scoring.pid == pid
    first, second = (float(row["Motion (mm)"]) for row in panel.score.table.rows())
    assert abs(first - second) < 0.5


def test_stop_ends_the_job_and_gives_the_button_back(host, panel, a_head_file):
    choose(host, panel, a_head_file)
    panel.ui.scoreButton.click()
    assert panel.ui.scoreButton.text == "Stop"
    pid = child_of(host, panel.score.scoring)
    panel.ui.scoreButton.click()
    host.wait_until(lambda: not panel.score.scoring.busy, 5)
    assert panel.ui.scoreButton.text == "Score scan"
    assert panel.ui.scoreMessage.text == "Stopped."
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert left_folders() == []


def test_a_child_killed_from_outside_is_one_message_and_the_module_goes_on(
    host, panel, a_head_file
):
    choose(host, panel, a_head_file)
    panel.ui.scoreButton.click()
    os.kill(child_of(host, panel.score.scoring), signal.SIGKILL)
    host.wait_until(lambda: not panel.score.scoring.busy, 10)
    assert "SIGKILL" in panel.ui.scoreMessage.text
    assert left_folders() == []
    score(host, panel)
    assert panel.ui.resultFrame.visible


def test_closing_the_scene_ends_the_job(host, panel, a_head_file):
    choose(host, panel, a_head_file)
    panel.ui.scoreButton.click()
    pid = child_of(host, panel.score.scoring)
    host.close_scene()
    assert not panel.score.scoring.busy
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert left_folders() == []


@pytest.mark.parametrize("way", ["stop", "scene", "module"])
def test_a_scan_that_is_still_being_written_reaches_no_child(
    host, panel, a_head_file, monkeypatch, way
):
    choose(host, panel, a_head_file)
    hold_up_writing(monkeypatch)
    panel.ui.scoreButton.click()
    host.wait(0.2)
    assert panel.score.scoring.busy
    assert panel.score.scoring.pid is None
    if way == "stop":
        panel.ui.scoreButton.click()
        assert panel.ui.scoreMessage.text == "Stopped."
        assert panel.ui.scoreButton.text == "Score scan"
    elif way == "scene":
        host.close_scene()
    else:
        host.close_module()
    host.wait(0.2)
    assert not panel.score.scoring.busy
    assert panel.score.scoring.pid is None
    assert left_folders() == []


def test_the_window_lives_while_a_scan_is_written(host, panel, a_head_file, monkeypatch):
    """Timers of others go off between strips, and the child gets the scan as it is."""
    from MotionQCLib.gui import exchange_job
    from MotionQCLib.gui.later import Later
    from MotionQCLib.gui.scan_volume import voxels_of
    from MotionQCLib.jobs import exchange

    node = choose(host, panel, a_head_file)
    monkeypatch.setattr(exchange, "STRIP_BYTES", 2**12)
    monkeypatch.setattr(exchange_job, "_TURN_S", 0.0)
    turns, client = [], panel.score.scoring._client

    def tick() -> None:
        turns.append(client.pid)
        again.request()

    again = Later(0, tick)
    again.request()
    panel.ui.scoreButton.click()
    child_of(host, panel.score.scoring)
    again.cancel()
    assert turns.count(None) > 50
    written = np.load(panel.score.scoring._exchange.path("scan"))
    np.testing.assert_array_equal(written, voxels_of(node))
    assert written.flags.f_contiguous
    host.wait_until(lambda: not panel.score.scoring.busy, 120)
    assert panel.ui.resultFrame.visible


def test_scores_and_ratings_survive_saving_and_loading_the_scene(
    host, panel, a_head_file, tmp_path
):
    choose(host, panel, a_head_file)
    score(host, panel)
    table = panel.score.table
    column = 6
    table.node.SetCellText(0, column, "2")
    before = table.rows()
    host.save_scene(tmp_path / "scene.mrb")
    host.load_scene(tmp_path / "scene.mrb")
    assert table.rows() == before
    assert table.rows()[0]["My rating"] == "2"
    host.wait_until(lambda: panel.ui.resultFrame.visible, 20)
    assert panel.ui.scoreValue.text == f"{float(before[0]['Motion (mm)']):.2f} mm"


@pytest.fixture
def without_openvino(host, monkeypatch):
    from importlib import metadata

    real = metadata.distribution

    def without(name: str):
        if name == "openvino":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "distribution", without)
    host.packages.missing.add("openvino")


@pytest.mark.usefixtures("without_openvino")
def test_without_openvino_the_user_is_asked_and_may_decline(host, panel, a_head_file):
    choose(host, panel, a_head_file)
    host.answer(False)
    panel.ui.scoreButton.click()
    host.turn()
    assert "OpenVINO" in panel.ui.scoreMessage.text
    assert not panel.score.scoring.busy
    assert left_folders() == []


@pytest.mark.usefixtures("without_openvino")
def test_what_slicer_comes_with_is_kept_when_openvino_is_installed(
    host, panel, a_head_file, monkeypatch
):
    from slicer import packaging

    real, kept = packaging.pip_ensure, []

    def ensure(requirements, **options):
        kept.append(Path(options["constraints"]).read_text())
        return real(requirements, **options)

    monkeypatch.setattr(packaging, "pip_ensure", ensure)
    choose(host, panel, a_head_file)
    host.answer(True)
    panel.ui.scoreButton.click()
    host.turn()
    assert host.package_requests[0].requirements[0].startswith("openvino")
    assert f"numpy=={np.__version__}" in kept[0]
    assert "SimpleITK==" in kept[0]


@pytest.mark.usefixtures("without_openvino")
def test_offline_is_one_line_with_a_way_out(host, panel, a_head_file):
    host.packages.fails = True
    choose(host, panel, a_head_file)
    host.answer(True)
    panel.ui.scoreButton.click()
    host.turn()
    assert "Check the network connection" in panel.ui.scoreMessage.text
    assert not panel.score.scoring.busy


def test_a_damaged_model_is_one_line(host, panel, a_head_file, tmp_path, monkeypatch):
    from MotionQCLib.models.registry import SHIPPED_FOLDER

    damaged = tmp_path / "damaged.safetensors"
    for suffix in (".safetensors", ".json"):
        source = next(SHIPPED_FOLDER.glob(f"*{suffix}"))
        damaged.with_suffix(suffix).write_bytes(source.read_bytes())
    content = bytearray(damaged.read_bytes())
    content[-100] ^= 0xFF
    damaged.write_bytes(content)
    monkeypatch.setattr(panel.score.models, "path", lambda: str(damaged))
    choose(host, panel, a_head_file)
    score(host, panel)
    assert "damaged" in panel.ui.scoreMessage.text
    assert "\n" not in panel.ui.scoreMessage.text


def test_copy_csv_and_export(host, panel, a_head_file, tmp_path):
    import qt

    node = choose(host, panel, a_head_file)
    score(host, panel)
    panel.ui.historyGroup.collapsed = False
    panel.ui.copyButton.click()
    assert "template" in qt.QApplication.clipboard().text()
    host.answer(str(tmp_path / "scores.csv"))
    panel.ui.csvButton.click()
    assert (tmp_path / "scores.csv").read_text().count("\n") == 2
    panel.score.table.node.SetCellText(0, 6, "1")
    host.answer(str(tmp_path / "manifest.tsv"))
    panel.ui.exportButton.click()
    header, row = (tmp_path / "manifest.tsv").read_text().splitlines()
    assert header.split("\t") == ["path", "subject", "site", "rating", "mask"]
    assert row.split("\t")[0] == node.GetStorageNode().GetFullNameFromFileName()
    assert row.split("\t")[3] == "1"


def test_the_report_is_one_page_with_slices_and_score(host, panel, a_head_file, tmp_path):
    choose(host, panel, a_head_file)
    score(host, panel)
    host.answer(str(tmp_path / "report.html"))
    panel.ui.reportButton.click()
    text = (tmp_path / "report.html").read_text()
    assert text.count("data:image/png") == 3
    assert panel.ui.scoreValue.text.removesuffix(" mm") in text


def test_a_folder_that_cannot_be_written_is_one_line(host, panel, a_head_file, tmp_path):
    choose(host, panel, a_head_file)
    score(host, panel)
    (tmp_path / "a-file").write_text("")
    host.answer(str(tmp_path / "a-file" / "report.html"))
    panel.ui.reportButton.click()
    assert "could not be written" in panel.ui.scoreMessage.text


def test_compare_shows_the_scan_beside_itself_with_known_motion(host, panel, a_head_file):
    choose(host, panel, a_head_file)
    score(host, panel)
    panel.ui.compareButton.click()
    scale = panel.score.scale
    assert scale.window.visible, "at once; its pictures follow"
    host.wait_until(lambda: all(not p.pixmap.isNull() for p in scale.pictures), 20)
    assert len(scale.pictures) == 5
    from MotionQCLib.motion import gradient_energy, trajectory_scores

    for wanted, motion in zip((1, 2, 3, 4), scale.motions, strict=True):
        preview = scale.preview
        energy = gradient_energy(preview.volume, preview.affine, motion.axis, preview.center)
        reached = trajectory_scores(motion, energy, preview.center).edge
        assert reached == pytest.approx(wanted, rel=1e-3)


def test_a_scan_loaded_at_the_console_is_scored_by_itself(host, panel, a_head_file):
    panel.ui.scoreNewScans.click()
    host.load_scan(a_head_file)
    host.wait_until(lambda: panel.score.scoring.busy, 20)
    host.wait_until(lambda: not panel.score.scoring.busy, 120)
    assert [row["Scan"] for row in panel.score.table.rows()] == ["template"]


def test_of_several_scans_loaded_at_the_console_every_head_is_scored(
    host, panel, a_head_file, an_oblique_head_file, tmp_path
):
    import nibabel

    ball = np.zeros((40, 40, 40), np.int16)
    ball[15:25, 15:25, 15:25] = 100
    nibabel.save(nibabel.Nifti1Image(ball, np.diag([2.0, 2.0, 2.0, 1.0])), tmp_path / "ball.nii")
    panel.ui.scoreNewScans.click()
    for path in (a_head_file, tmp_path / "ball.nii", an_oblique_head_file):
        host.load_scan(path)
    host.wait_until(lambda: len(panel.score.table.rows()) == 2, 120)
    host.wait(0.5)
    assert [row["Scan"] for row in panel.score.table.rows()] == ["template", "oblique"]


@pytest.mark.parametrize("full_at", ["the folder", "the second strip"])
def test_a_full_disk_is_one_line_and_the_button_comes_back(
    host, panel, a_head_file, monkeypatch, full_at
):
    import errno

    from MotionQCLib.jobs import Exchange

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    def full_later(*_):
        yield
        full()

    choose(host, panel, a_head_file)
    with monkeypatch.context() as patch:
        if full_at == "the folder":
            patch.setattr(tempfile, "mkdtemp", full)
        else:
            patch.setattr(Exchange, "strips", full_later)
        panel.ui.scoreButton.click()
        host.wait_until(lambda: not panel.score.scoring.busy, 5)
    assert "No space left on device; free space in" in panel.ui.scoreMessage.text
    assert panel.ui.scoreButton.text == "Score scan"
    assert panel.ui.scoreButton.enabled
    assert left_folders() == []
    score(host, panel)
    assert panel.ui.resultFrame.visible


def test_a_rating_stays_with_its_file_when_scenes_are_put_together(
    host, panel, a_head_file, an_oblique_head_file, tmp_path
):
    import slicer

    choose(host, panel, a_head_file)
    score(host, panel)
    panel.score.table.node.SetCellText(0, 6, "3")
    host.save_scene(tmp_path / "scored.mrb")
    host.close_scene()
    host.load_scan(an_oblique_head_file)
    slicer.util.loadScene(str(tmp_path / "scored.mrb"))
    host.turn()
    text, left_out = panel.score.table.to_manifest()
    assert [line.split("\t")[0] for line in text.splitlines()[1:]] == [str(a_head_file)]
    assert left_out == 0


def test_a_model_that_is_not_installed_is_said_and_the_default_taken(host, panel):
    panel.parameters.model = "somebody-elses"
    panel.refresh()
    assert "somebody-elses, which is not installed" in panel.ui.scoreMessage.text
    assert panel.score.models.entry().name == "motionqc-t1w-preview"


def test_what_is_made_in_the_scene_is_not_scored_by_itself(host, panel):
    import slicer

    panel.ui.scoreNewScans.click()
    noise = np.random.default_rng(0).uniform(0, 10, (60, 60, 60)).astype(np.float32)
    slicer.util.addVolumeFromArray(noise)
    host.wait(1.0)
    assert not panel.score.scoring.busy


def test_a_volume_that_is_no_head_is_scored_with_a_warning(host, panel):
    import slicer

    i, j, k = np.ogrid[-40:40, -40:40, -40:40]
    ball = np.where(i**2 + j**2 + k**2 < 12**2, 100, 0).astype(np.float32)
    node = slicer.util.addVolumeFromArray(ball)
    node.SetSpacing(2, 2, 2)
    panel.ui.scanSelector.setCurrentNode(node)
    host.wait_until(lambda: panel.ui.scoreButton.enabled, 20)
    assert "No head was found" in panel.ui.scanLabel.text
    score(host, panel)
    assert [row["Scan"] for row in panel.score.table.rows()] == [node.GetName()]
    assert "head" in panel.ui.warningsLabel.text


def test_two_models_in_a_row_each_give_their_own_score(host, panel, a_head_file, tmp_path):
    from MotionQCLib.models import find_model, save_bundle

    other = find_model("motionqc-t1w-preview")
    weights = {**other.weights, "head.conv.bias": other.weights["head.conv.bias"][::-1]}
    path = tmp_path / "other.safetensors"
    save_bundle(path, weights, other.metadata)
    choose(host, panel, a_head_file)
    score(host, panel)
    chosen = panel.score.models.path()
    panel.score.models.path = lambda: str(path)
    score(host, panel)
    panel.score.models.path = lambda: chosen
    score(host, panel)
    first, second, third = (float(row["Motion (mm)"]) for row in panel.score.table.rows())
    assert abs(first - second) > 0.05
    assert third == first
