"""The long commands of the training guide take the options that it shows, and hand them on.

Judging, searching and an ablation are tested where they are; here they are caught when the shell
begins them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from MotionQCLib.cli import main
from MotionQCLib.models import ModelBundle
from MotionQCTraining import tune as tuning
from MotionQCTraining.commands import ablate as ablating
from MotionQCTraining.commands import evaluate as evaluating


def test_an_evaluation_is_given_the_floor_to_judge_beside_the_model_and_what_to_record(
    a_base_file: Path,
    small_dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given: list[Any] = []
    recorded: list[Any] = []
    report = {"model": {}}

    def evaluate(bundle: ModelBundle, *asked: Any, **_: Any) -> dict[str, Any]:
        given.extend([bundle, *asked])
        return report

    monkeypatch.setattr(evaluating, "evaluate", evaluate)
    monkeypatch.setattr(evaluating, "record", lambda *what: recorded.append(what))
    words = ["evaluate", "--config", "motionqc", "--data", str(small_dataset)]
    fields = ("grid=[64, 64, 64]", "samples.crop=[32, 32, 32]", "validation=0.25", "test=0.25")
    words += [word for field in fields for word in ("--set", field)]
    words += ["--output", str(tmp_path / "o"), "--floor", "--record", "--model", str(a_base_file)]
    assert main(words) == 0
    bundle, asked, scans, output = given[:4]
    assert bundle.metadata.name == "base"
    assert asked.floor
    assert len(scans) >= 2
    assert output == tmp_path / "o"
    assert [(each[0], each[2]) for each in recorded] == [(a_base_file, report)]
    assert "figures:" in capsys.readouterr().out


def test_a_search_is_given_as_many_trials_as_asked_for(
    small_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def search(asked: tuning.Search, _: object, address: str | None) -> tuning.Found:
        given.append((asked.config.trials, address, len(asked.rows)))
        return tuning.Found(tmp_path / "best.yaml", [])

    monkeypatch.setattr(tuning, "tune", search)
    words = ["tune", "--config", "motionqc", "--data", str(small_dataset)]
    words += ["--output", str(tmp_path / "o"), "--trials", "20"]
    assert main([*words, "--address", "ray://head:10001"]) == 0
    assert given == [(20, "ray://head:10001", 8)]


def test_an_ablation_is_given_its_rows_and_what_to_judge_on(
    small_dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given: list[Any] = []

    def ablate(*asked: Any) -> dict[str, dict[str, Any]]:
        given.extend(asked)
        return {"as preset": {}}

    monkeypatch.setattr(ablating, "ablate", ablate)
    monkeypatch.setattr(ablating, "require_apart", lambda *_: None)
    words = ["ablate", "--config", "motionqc", "--data", str(small_dataset)]
    assert main([*words, "--judged", str(tmp_path), "--output", str(tmp_path / "o")]) == 0
    ablation, rows, output, judge = given[:4]
    assert "no displacement" in ablation.rows
    assert len(rows) == 8
    assert output == tmp_path / "o"
    assert tmp_path in judge.args
    assert "as preset" in capsys.readouterr().out
