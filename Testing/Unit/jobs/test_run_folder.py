"""How a run folder stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from MotionQCLib.file_lock import hold
from MotionQCLib.jobs.run_folder import RunFolder, RunState


def write_record(folder: Path, outcome: str) -> None:
    sessions = [{"outcome": "failed"}, {"outcome": outcome, "model": "m.safetensors"}]
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_text(json.dumps({"stage": "pretrain", "sessions": sessions}))


def test_a_folder_goes_from_new_to_complete(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    assert folder.state is RunState.NEW
    folder.prepare(["pretrain", "--data", "ä.tsv"])
    assert folder.words() == ["pretrain", "--data", "ä.tsv"]
    held = hold(folder.lock)
    assert held is not None
    assert folder.state is RunState.RUNNING
    held.close()
    assert folder.state is RunState.UNFINISHED
    write_record(folder.path, "complete")
    assert folder.state is RunState.COMPLETE
    assert folder.last_session()["model"] == "m.safetensors"


@pytest.mark.parametrize("outcome", ["running", "stopped", "failed"])
def test_a_record_is_not_believed_that_nobody_holds_the_lock_for(
    tmp_path: Path, outcome: str
) -> None:
    write_record(tmp_path, outcome)
    folder = RunFolder(tmp_path)
    assert folder.state is RunState.FOREIGN
    folder.prepare(["pretrain"])
    assert folder.state is RunState.UNFINISHED


@pytest.mark.parametrize("content", ["", "[1]", '{"sessions": 3}', '{"sessions": [4]}', "{"])
def test_a_damaged_record_is_none(tmp_path: Path, content: str) -> None:
    for name in ("run.json", "launch.json"):
        (tmp_path / name).write_text(content)
    folder = RunFolder(tmp_path)
    assert folder.last_session() == {}
    assert folder.words() == []


def test_a_new_session_forgets_the_request_to_stop_and_older_errors(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.prepare(["pretrain"])
    folder.ask_to_stop()
    folder.errors.write_text("Traceback")
    assert folder.last_errors() == "Traceback"
    folder.prepare(["pretrain"])
    assert not folder.stop_file.exists()
    assert folder.last_errors() == ""
