"""`make demo`: known motion beside predicted motion, and files to look at."""

from __future__ import annotations

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from MotionQCLib.cli import demo
from MotionQCLib.models import registry
from MotionQCLib.scan import Scan


@pytest.fixture
def small_default_model(a_model_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small model in place of the shipped one."""
    monkeypatch.setattr(registry, "SHIPPED_FOLDER", a_model_file.parent)
    find = registry.find_model
    monkeypatch.setattr("MotionQCLib.models.find_model", lambda: find("small"))


def test_a_users_scan_is_scored_as_it_is_and_moved(
    small_default_model: None,
    a_head_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    assert demo.main([os.fspath(a_head_file), "--output", os.fspath(out)]) == 0
    printed = capsys.readouterr().out
    for word in ("as it is", "unknown", "1.50", "3.00", "For research use, not for diagnosis."):
        assert word in printed
    assert len(list(out.glob("*_motionqc.png"))) == 3
    assert len(list(out.glob("*_T1w.nii.gz"))) == 3


@pytest.mark.parametrize("goal", [0.3, 1.5, 3.0])
def test_the_motion_put_in_has_the_score_it_is_said_to_have(
    a_head_scan: Scan, tmp_path: Path, goal: float
) -> None:
    from MotionQCLib.cli.simulate import write_moved

    trajectory = demo.motion_of_score(a_head_scan, goal)
    write_moved(a_head_scan, trajectory, tmp_path / "m.nii", {"pattern": "steps", "seed": 0})
    truth = json.loads((tmp_path / "m.json").read_text())
    assert truth["motion_score_mm"] == pytest.approx(goal, abs=0.005)


def test_a_scan_that_is_not_there_is_one_line(
    small_default_model: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [os.fspath(tmp_path / "none.nii"), "--output", os.fspath(tmp_path / "out")]
    assert demo.main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_template_comes_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the demonstration opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    template = demo.load_template()
    assert template.spacing.tolist() == [1, 1, 1]
    assert template.data.max() > 0
    assert "template" in template.source


@pytest.mark.slow
def test_the_shipped_model_ranks_the_templates_motions_by_size(tmp_path: Path) -> None:
    """What a newcomer sees first: still, 1.5 mm and 3 mm, in this order."""
    if not (registry.SHIPPED_FOLDER / f"{registry.DEFAULT_MODEL}.safetensors").exists():
        pytest.skip(f"{registry.DEFAULT_MODEL} has not been trained yet")
    assert demo.main(["--output", os.fspath(tmp_path)]) == 0
    names = ("as-is", *(f"moved-{goal:g}mm" for goal in demo.GOALS_MM))
    predicted = [
        json.loads((tmp_path / f"demo-{name}_T1w_motionqc.json").read_text())["motion_score_mm"]
        for name in names
    ]
    assert predicted == sorted(predicted)
    assert predicted[-1] > predicted[0] + 1.0


def test_another_demonstration_replaces_the_one_before(tmp_path: Path) -> None:
    for name in ("demo-as-is_T1w_motionqc.json", "demo-moved-1.5mm_T1w.nii.gz", "demo-day.nii.gz"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "demo-mine").mkdir()
    demo.forget_earlier(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["demo-day.nii.gz", "demo-mine"]


def test_an_image_of_the_demonstration_before_can_be_its_scan(
    small_default_model: None, a_head_file: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "demo-moved-3mm_T1w.nii.gz"
    shutil.copy(a_head_file, moved)
    assert demo.main([os.fspath(moved), "--output", os.fspath(tmp_path)]) == 0
    assert (tmp_path / "demo-as-is_T1w.nii.gz").is_file()
