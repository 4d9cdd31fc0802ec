"""What a run tells reads well and parses."""

from __future__ import annotations

import json

import pytest

from MotionQCTraining.running.events import JsonLines, Silence, Words, time_left


def test_programs_get_json_even_of_what_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    lines = JsonLines()
    lines.say("preparing")
    lines.progress(3, 10, 4.23, {"train_loss": float("nan"), "val_mae_mm": 0.5}, judged=False)
    lines.end("result", "model: m", model="m", figures={"chance": [0.5, float("inf")]})
    lines.end("failed", "no room", code="disk-full")
    message, progress, result, failed = map(json.loads, capsys.readouterr().out.splitlines())
    assert message == {"type": "message", "text": "preparing"}
    assert progress == {
        "type": "progress",
        "step": 3,
        "steps": 10,
        "eta_s": 4.2,
        "judged": False,
        "train_loss": None,
        "val_r2": None,
        "val_mae_mm": 0.5,
    }
    assert result["figures"] == {"chance": [0.5, None]}
    assert failed == {"type": "failed", "message": "no room", "code": "disk-full"}


def test_people_get_a_line_for_every_validation_alone_in_a_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = Words()
    words.progress(3, 10, 90.0, {"train_loss": 0.5}, judged=False)
    words.progress(4, 10, 100.0, {"val_r2": 0.25, "train_loss": 0.5}, judged=True)
    words.end("failed", "told by the shell")
    assert capsys.readouterr() == ("step 4 of 10, 2 min left: train_loss=0.500 val_r2=0.250\n", "")


def test_helping_processes_tell_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silence = Silence()
    silence.say("x")
    silence.progress(1, 2, 3.0, {}, judged=True)
    silence.end("result", "x")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("seconds", "words"), [(12.3, "12 s left"), (600, "10 min left"), (9000, "2.5 h left")]
)
def test_time_left_is_rounded_as_people_do(seconds: float, words: str) -> None:
    assert time_left(seconds) == words
