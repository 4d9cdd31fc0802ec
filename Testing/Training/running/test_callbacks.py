"""A run stops where it was asked to, goes on from there, and tells how long it will take."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from MotionQCTraining.running.callbacks import StopWhenAsked, TellProgress
from MotionQCTraining.running.events import JsonLines
from MotionQCTraining.running.stopping import Stopped, StopRequest

Fit = Callable[..., Any]


def asking_at(step: int, ask: Callable[[], None]) -> Callable[[Any, torch.Tensor], None]:
    def hook(module: Any, _: torch.Tensor) -> None:
        if module.global_step == step - 1:
            ask()

    return hook


@pytest.mark.parametrize("way", ["file", "signal"])
@pytest.mark.parametrize("step", [3, 4])  # in the middle of an epoch, and at its end
def test_a_run_that_was_asked_stops_at_that_step_and_goes_on_as_if_it_had_not(
    a_line: Any, fit: Fit, tmp_path: Path, way: str, step: int
) -> None:
    whole = a_line()
    fit(whole)
    last = tmp_path / "last.ckpt"
    last.unlink()
    stop = StopRequest(tmp_path / "stop")
    ways: dict[str, Callable[[], None]] = {
        "file": (tmp_path / "stop").touch,
        "signal": lambda: os.kill(os.getpid(), signal.SIGTERM),
    }
    module = a_line(asking_at(step, ways[way]))
    with stop.listening(), pytest.raises(Stopped):
        fit(module, callbacks=[StopWhenAsked(stop, last)])
    assert torch.load(last, weights_only=False)["global_step"] == step
    stop.settle()
    assert not (tmp_path / "stop").exists()
    later = a_line()
    fit(later, callbacks=[StopWhenAsked(StopRequest(tmp_path / "stop"), last)])
    for one, other in zip(whole.parameters(), later.parameters(), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-6, atol=1e-7)


def test_a_run_at_its_last_step_is_complete_and_not_stopped(
    a_line: Any, fit: Fit, tmp_path: Path
) -> None:
    stop = StopRequest()
    module = a_line(asking_at(6, stop.ask))
    assert fit(module, callbacks=[StopWhenAsked(stop, tmp_path / "last.ckpt")]).global_step == 6


def test_progress_is_one_json_object_a_line(
    a_line: Any, fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    fit(a_line(), callbacks=[TellProgress(JsonLines(), 6, every_s=0.0)])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["type"] for line in lines} == {"progress"}
    assert [line["step"] for line in lines] == [1, 2, 2, 3, 4, 4, 5, 6, 6]
    assert all(line["steps"] == 6 for line in lines)
    first, second, judged = lines[:3]
    assert first["val_r2"] is None, "nothing has been judged yet"
    assert (judged["judged"], judged["val_r2"]) == (True, 0.5)
    assert second["train_loss"] > 0
    assert lines[-1]["eta_s"] == 0


def test_the_time_left_follows_the_pace_of_this_session() -> None:
    now = [100.0]
    progress = TellProgress(JsonLines(), 50, clock=lambda: now[0])
    progress.on_train_start(SimpleNamespace(global_step=30), None)  # type: ignore[arg-type]
    now[0] += 20
    assert progress.time_left_s(40) == pytest.approx(20.0)


def test_between_validations_progress_is_told_now_and_then(
    a_line: Any, fit: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    fit(a_line(), callbacks=[TellProgress(JsonLines(), 6, every_s=3600.0)])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 4, 6]
