"""A session is told, noted and ended the same way, whatever happens inside."""

from __future__ import annotations

import argparse
import errno
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.running.session import (
    Session,
    add_device_options,
    add_session_options,
    session,
)
from MotionQCTraining.running.stopping import Stopped


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_session_options(parser)
    add_device_options(parser)
    return parser.parse_args(words)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Run something in a session; return how its record says that it ended."""

    def within(body: Callable[[Session], Any], *words: str) -> str:
        (tmp_path / "m.tsv").write_text("path\n")
        try:
            with session(options(*words)) as at_hand:
                at_hand.begin(tmp_path / "run", PretrainConfig(), tmp_path / "m.tsv")
                body(at_hand)
        finally:
            record = json.loads((tmp_path / "run" / "run.json").read_text())
            last = record["sessions"][-1]
        return last["outcome"]

    return within


def raising(error: BaseException) -> Callable[[Session], None]:
    def body(_: Session) -> None:
        raise error

    return body


def test_what_is_made_is_told_and_noted(
    run: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(lambda s: s.complete("model: m", model="m"), "--json") == "complete"
    told = json.loads(capsys.readouterr().out)
    assert told == {"type": "result", "text": "model: m", "model": "m"}


def test_a_stop_is_no_fault_and_says_how_to_go_on(
    run: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(raising(Stopped())) == "stopped"
    assert capsys.readouterr().out == "stopped; the same command goes on from here\n"


def test_work_between_two_messages_can_be_stopped(
    run: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def body(at_hand: Session) -> None:
        at_hand.say("first")
        (tmp_path / "stop").touch()
        at_hand.say("second")
        at_hand.say("never")

    assert run(body, "--stop-file", str(tmp_path / "stop")) == "stopped"
    assert capsys.readouterr().out.split("\n")[:2] == ["first", "second"]
    assert not (tmp_path / "stop").exists()


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (InputError("config", "wrong"), InputError, "config"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), InputError, "disk-full"),
        (OSError(errno.EIO, "Input/output error"), OSError, "defect"),
        (ZeroDivisionError("ours"), ZeroDivisionError, "defect"),
    ],
)
def test_a_fault_is_told_noted_and_passed_on(
    run: Callable[..., str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    kind: type[Exception],
    code: str,
) -> None:
    with pytest.raises(kind):
        run(raising(error), "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["type"], told["code"]) == ("failed", code)
    last = json.loads((tmp_path / "run" / "run.json").read_text())["sessions"][-1]
    assert (last["outcome"], last["code"]) == ("failed", code)


def test_a_process_that_only_helps_writes_and_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCAL_RANK", "1")
    (tmp_path / "m.tsv").write_text("path\n")
    with session(options("--json")) as at_hand:
        at_hand.begin(tmp_path / "run", PretrainConfig(), tmp_path / "m.tsv")
        at_hand.say("x")
    assert capsys.readouterr().out == ""
    assert list((tmp_path / "run").iterdir()) == []


def test_what_lightning_warns_programmers_of_does_not_reach_users(
    recwarn: pytest.WarningsRecorder,
) -> None:
    def warned(module: str) -> None:
        warnings.warn_explicit("many workers", UserWarning, "file.py", 1, module=module)

    with session(options()):
        warned("lightning.pytorch.trainer")
        warned("numpy")
    warned("lightning.fabric")
    assert len(recwarn) == 2


def test_devices_are_read_off_the_options() -> None:
    with session(options("--devices", "2", "--nodes", "3", "--accelerator", "cpu")) as at_hand:
        arguments = at_hand.devices.trainer_arguments()
    assert arguments["strategy"] == "ddp"
    assert (arguments["devices"], arguments["num_nodes"]) == (2, 3)
