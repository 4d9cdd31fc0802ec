"""The events of a run, read while they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from MotionQCLib.jobs.run_log import Progress, RunLog


def add(path: Path, *events: dict[str, Any]) -> None:
    with path.open("a") as stream:
        stream.writelines(json.dumps(event) + "\n" for event in events)


def progress(step: int, **more: Any) -> dict[str, Any]:
    known = {"train_loss": None, "val_r2": None, "judged": False}
    return {"type": "progress", "step": step, "steps": 9, "eta_s": 2.5, **known, **more}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_figures_are_kept_by_step_and_a_validation_counts_where_it_was_made(path: Path) -> None:
    add(
        path,
        progress(1, train_loss=3.0),
        progress(2, train_loss=2.0, val_r2=0.1, val_mae_mm=0.5, judged=True),
        progress(3, train_loss=1.5, val_r2=0.1, val_mae_mm=0.5),
    )
    log = RunLog(path)
    assert log.read()
    assert not log.read(), "nothing new"
    assert log.figures["train_loss"] == {1: 3.0, 2: 2.0, 3: 1.5}
    assert log.figures["val_r2"] == {2: 0.1}
    assert log.progress == Progress(3, 9, 2.5)


def test_half_a_line_waits_for_its_other_half_and_other_lines_are_passed_over(path: Path) -> None:
    path.write_text('a library says something\n[1]\n{"type": "mess')
    log = RunLog(path)
    assert not log.read()
    with path.open("a") as stream:
        stream.write('age", "text": "reading scan 1 of 2"}\n')
    assert log.read()
    assert log.line == log.lines == "reading scan 1 of 2"
    add(path, progress(1))
    log.read()
    assert log.line == "", "that was before the steps"


def test_a_session_that_goes_on_from_an_older_checkpoint_takes_steps_again(path: Path) -> None:
    add(path, progress(2, train_loss=2.0), progress(6, train_loss=1.0), {"type": "session"})
    add(path, progress(4, train_loss=1.4))
    log = RunLog(path)
    log.read()
    assert log.figures["train_loss"] == {2: 2.0, 4: 1.4}


def test_the_end_is_that_of_the_last_session(path: Path) -> None:
    add(path, {"type": "stopped", "text": "stopped"}, {"type": "session"})
    log = RunLog(path)
    log.read()
    assert log.end is None
    add(path, {"type": "failed", "code": "manifest", "message": "no file"})
    log.read()
    assert log.end is not None
    assert log.end["message"] == "no file"
    assert log.lines == "stopped\nno file"


def test_a_file_that_is_not_there_says_nothing(path: Path) -> None:
    assert not RunLog(path).read()


@pytest.mark.parametrize(
    "line",
    [
        '{"type": "progress"}',
        '{"type": "progress", "step": null, "steps": [1]}',
        '{"type": "progress", "step": 1e999, "steps": 9}',
        '{"type": "progress", "step": ' + "9" * 400 + ', "steps": 9}',
        '{"type": ["progress"]}',
        "[" * 100_000,
    ],
)
def test_what_no_run_says_is_passed_over(path: Path, line: str) -> None:
    path.write_text(line + "\n")
    add(path, progress(4, train_loss=2.0))
    log = RunLog(path)
    assert log.read()
    assert log.progress == Progress(4, 9, 2.5)
    assert log.figures == {"train_loss": {4: 2.0}}
