"""A run in a real process: begun, stopped, left alone, found again. The training is a stand-in."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from MotionQCLib.jobs.child import child_environment
from MotionQCLib.jobs.command import Command
from MotionQCLib.jobs.run_folder import RunFolder, RunState
from MotionQCLib.jobs.training_run import TrainingRun

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")

# Counts to the number given, a tenth of a second a step, and goes on where it stopped.
STAND_IN = """
import json, pathlib, sys, time
def main(argv):
    folder, steps = pathlib.Path(argv[0]), int(argv[1])
    count = folder / "count"
    def end(kind, outcome):
        record = {"sessions": [{"outcome": outcome}]}
        (folder / "run.json").write_text(json.dumps(record))
        print(json.dumps({"type": kind, "text": outcome}), flush=True)
        return 0
    print("warming up", file=sys.stderr)
    for step in range(int(count.read_text()) if count.exists() else 0, steps):
        print(json.dumps({"type": "progress", "step": step + 1, "steps": steps, "eta_s": 1.0,
                          "train_loss": 1.0 / (step + 1), "judged": False}), flush=True)
        time.sleep(0.1)
        count.write_text(str(step + 1))
        if "deaf" not in argv and (folder / "stop").exists():
            return end("stopped", "stopped")
    return end("result", "complete")
"""


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def start(tmp_path: Path) -> Callable[[RunFolder, Sequence[str]], Command]:
    commands = tmp_path / "package" / "MotionQCTraining" / "commands"
    commands.mkdir(parents=True)
    for package in (commands, commands.parent):
        (package / "__init__.py").touch()
    (commands / "pretrain.py").write_text(STAND_IN)
    environment = child_environment()
    paths = [str(tmp_path / "package"), environment["PYTHONPATH"]]
    environment["PYTHONPATH"] = os.pathsep.join(paths)

    def begin(folder: RunFolder, words: Sequence[str]) -> Command:
        where = str(folder.path)
        return Command(sys.executable, environment, where, words, folder.events, folder.errors)

    return begin


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run(start: Callable[..., Command], clock: Clock, tmp_path: Path) -> Iterator[TrainingRun]:
    run = TrainingRun(start, clock)
    run.look_at(tmp_path / "run")
    yield run
    if run.own:
        run.stop()
        run.stop()


def words(tmp_path: Path, steps: int, *more: str) -> list[str]:
    return ["pretrain", str(tmp_path / "run"), str(steps), *more]


def wait(run: TrainingRun, done: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, run.log.lines
        run.poll()
        time.sleep(0.02)


def test_a_run_is_heard_and_ends(run: TrainingRun, tmp_path: Path) -> None:
    assert run.state is RunState.NEW
    run.begin(words(tmp_path, 3))
    wait(run, lambda: not run.running)
    assert run.state is RunState.COMPLETE
    assert list(run.log.figures["train_loss"]) == [1, 2, 3]
    assert run.log.end is not None
    assert run.log.end["type"] == "result"
    assert run.folder is not None
    assert "warming up" in run.folder.last_errors()


def test_a_stopped_run_goes_on(run: TrainingRun, tmp_path: Path) -> None:
    run.begin(words(tmp_path, 60))
    wait(run, lambda: run.log.progress)
    run.stop()
    assert run.stopping
    wait(run, lambda: not run.running)
    assert run.state is RunState.UNFINISHED
    done = max(run.log.figures["train_loss"])
    assert run.folder is not None
    run.begin([*run.folder.words()[:2], str(done + 2)])
    wait(run, lambda: not run.running)
    assert run.state is RunState.COMPLETE
    assert list(run.log.figures["train_loss"]) == list(range(1, done + 3))


def test_a_run_in_a_folder_that_was_emptied_is_heard_from_its_beginning(
    run: TrainingRun, tmp_path: Path
) -> None:
    for steps in (3, 2):
        run.begin(words(tmp_path, steps))
        wait(run, lambda: not run.running)
        assert list(run.log.figures["train_loss"]) == list(range(1, steps + 1))
        assert run.log.end is not None
        shutil.rmtree(tmp_path / "run")


@posix_only
def test_a_run_that_does_not_listen_is_ended_after_a_while(
    run: TrainingRun, clock: Clock, tmp_path: Path
) -> None:
    run.begin(words(tmp_path, 600, "deaf"))
    wait(run, lambda: run.log.progress)
    run.stop()
    clock.now += 60
    run.poll()
    assert run.running, "it is still given time"
    clock.now += 61
    wait(run, lambda: not run.running)
    assert run.status == -signal.SIGKILL
    assert run.state is RunState.UNFINISHED


def test_stopping_twice_ends_it_at_once(run: TrainingRun, tmp_path: Path) -> None:
    run.begin(words(tmp_path, 600, "deaf"))
    wait(run, lambda: run.log.progress)
    run.stop()
    run.stop()
    wait(run, lambda: not run.running, 5)
    assert run.state is RunState.UNFINISHED


def test_a_run_that_is_let_go_stops_by_itself(run: TrainingRun, tmp_path: Path) -> None:
    run.begin(words(tmp_path, 600))
    wait(run, lambda: run.log.progress)
    run.close()
    folder = RunFolder(tmp_path / "run")
    end = time.monotonic() + 20
    while folder.state is RunState.RUNNING and time.monotonic() < end:
        time.sleep(0.05)
    assert folder.last_session()["outcome"] == "stopped"


def test_a_run_is_found_again_and_can_be_stopped_by_another(
    run: TrainingRun, start: Callable[..., Command], tmp_path: Path
) -> None:
    run.begin(words(tmp_path, 600))
    wait(run, lambda: run.log.progress)
    other = TrainingRun(start)
    other.look_at(tmp_path / "run")
    assert other.running
    assert not other.own
    assert other.log.figures["train_loss"]
    with pytest.raises(RuntimeError, match="nothing runs"):
        other.begin(words(tmp_path, 3))
    other.stop()
    wait(other, lambda: not other.running)
    wait(run, lambda: not run.running)
    assert run.state is other.state is RunState.UNFINISHED


def test_a_second_process_does_not_run_in_the_same_folder(
    run: TrainingRun, start: Callable[..., Command], tmp_path: Path
) -> None:
    run.begin(words(tmp_path, 600))
    wait(run, lambda: run.log.progress)
    assert run.folder is not None
    second = start(run.folder, words(tmp_path, 3))
    end = time.monotonic() + 20
    while second.status() is None and time.monotonic() < end:
        time.sleep(0.05)
    assert second.status() == 2
    second.kill()
    assert "another process trains in this folder" in run.folder.events.read_text()
