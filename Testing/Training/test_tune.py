"""A search end to end on miniature heads: it stops, goes on, and names what is best."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from MotionQCLib.cli import main
from MotionQCLib.errors import InputError
from MotionQCTraining import tune as tuning
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config
from MotionQCTraining.running.session import Session
from MotionQCTraining.tune import Reports, Search, Trial, table
from MotionQCTraining.tune_config import Draw, TuneConfig

NO_RAY = "Ray is not installed: make test-ray"
SEARCH = """
stage: pretrain
base: motionqc
fixed: {grid: [64, 64, 64], samples.crop: [32, 32, 32], samples.ramp: 4, validation: 0.25,
  test: 0.25, validation_draws: 1, whole_volumes: 2, batch: 1, epoch: 1, warmup: 1, steps: 2,
  average: 0.3, workers: 0}
search:
  learning_rate: {log_uniform: [1e-5, 1e-3]}
  dropout: {choice: [0.0, 0.2]}
metric: val_mae_mm
mode: min
trials: 2
least_steps: 1
cpus: 1
"""


def a_search(output: Path, **changes: Any) -> Search:
    options = {"search": {"learning_rate": Draw(uniform=(1e-4, 1e-3))}, **changes}
    return Search(TuneConfig(**options), (), output / "m.tsv", output, "none")


@pytest.mark.slow
def test_a_search_is_stopped_goes_on_and_writes_what_was_best(
    small_dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("ray.tune", reason=NO_RAY)
    (tmp_path / "search.yaml").write_text(SEARCH)
    output = tmp_path / "out"
    words = ["tune", "--config", str(tmp_path / "search.yaml"), "--data", str(small_dataset)]
    words += ["--output", str(output)]
    # Asked to stop when the first trial has begun, wherever it is by then.
    begun, stop = output / "trials", tmp_path / "stop"
    end_where_asked = tuning.end_where_asked

    def ask() -> None:
        if list(begun.glob("*/run.json")):
            stop.touch()
        end_where_asked()

    monkeypatch.setattr(tuning, "end_where_asked", ask)
    assert main([*words, "--stop-file", str(stop)]) == 0
    assert "stopped; the same command goes on" in capsys.readouterr().out
    assert not (output / "trials.tsv").exists()
    monkeypatch.undo()
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "going on with the search" in out
    rows = list(csv.DictReader((output / "trials.tsv").open(), delimiter="\t"))
    assert len(rows) == 2
    errors = [float(row["val_mae_mm"]) for row in rows]
    assert errors == sorted(errors)
    best = load_config(output / "best-pretrain.yaml", PretrainConfig)
    assert f"{best.learning_rate:.6g}" == rows[0]["learning_rate"]
    assert best.grid == (64, 64, 64)
    for row in rows:
        folder = output / "trials" / row["trial"]
        assert json.loads((folder / "run.json").read_text())["stage"] == "pretrain"
        assert load_config(folder / "pretrain.yaml", PretrainConfig).steps == 2
        assert not (folder / "prepared").exists(), "scans are prepared once for all"
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_a_field_that_is_none_ends_the_search_before_anything_is_prepared(tmp_path: Path) -> None:
    pytest.importorskip("ray.tune", reason=NO_RAY)
    draws = {"stepz": Draw(choice=(1,)), "dropout": Draw(uniform=(0.5, 1.5))}
    with pytest.raises(InputError) as caught:
        tuning.tune(a_search(tmp_path, search=draws), Session())
    for fault in ("unknown field stepz", "dropout is 1.5"):
        assert fault in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_settings_and_what_is_fixed_make_a_trials_configuration(tmp_path: Path) -> None:
    search = a_search(tmp_path, fixed={"steps": 7, "samples.crop": [32, 32, 32]})
    config = search.stage_config({"learning_rate": 1.5e-05, "samples.motion.still": 0.5})
    assert isinstance(config, PretrainConfig)
    assert (config.steps, config.samples.crop) == (7, (32, 32, 32))
    assert (config.learning_rate, config.samples.motion.still) == (1.5e-05, 0.5)


def test_a_search_of_fine_tuning_varies_its_configuration(tmp_path: Path) -> None:
    search = a_search(tmp_path, stage="finetune")
    assert search.stage_config({"learning_rate": 0.5}).learning_rate == 0.5


@pytest.mark.parametrize(("mode", "first"), [("max", "b"), ("min", "a")])
def test_the_best_trial_comes_first_and_those_without_a_figure_last(
    tmp_path: Path, mode: str, first: str
) -> None:
    trials = [
        Trial("lost", {}, {}),
        Trial("nan", {}, {"val_r2": float("nan")}),
        Trial("a", {"learning_rate": 0.1}, {"val_r2": 0.1, "step": 3}),
        Trial("b", {"learning_rate": 0.2}, {"val_r2": 0.2, "step": 4}),
    ]
    config = a_search(tmp_path, mode=mode).config
    ranked = tuning._ranked(trials, config)
    assert ranked[0].name == first
    assert {trial.name for trial in ranked[2:]} == {"lost", "nan"}
    lines = table(ranked, config).splitlines()
    assert lines[0] == "trial\tsteps\tval_r2\tlearning_rate"
    assert lines[1].split("\t")[0] == first


def test_a_trial_that_its_configuration_ends_early_has_stopped_and_made_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = SimpleNamespace(get_trial_dir=lambda: "ray/trial-1")
    ray_tune = SimpleNamespace(get_context=lambda: context, report=lambda figures: None)
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(tune=ray_tune))
    monkeypatch.setattr(tuning, "pretrain", lambda *_, **__: None)
    (tmp_path / "m.tsv").write_text("path\n")
    tuning.run_trial({}, a_search(tmp_path, fixed={"stop_after": 1}))
    record = json.loads((tmp_path / "trials" / "trial-1" / "run.json").read_text("utf-8"))
    assert record["sessions"][-1]["outcome"] == "stopped"
    assert "model" not in record["sessions"][-1]


def test_figures_of_validations_are_reported_and_a_wrong_metric_is_named() -> None:
    told: list[dict[str, float]] = []
    reports = Reports("val_r2", told.append)
    reports.progress(3, 9, 1.0, {"train_loss": 1.0}, judged=False)
    reports.progress(4, 9, 1.0, {"train_loss": 1.0, "val_r2": 0.3}, judged=True)
    assert told == [{"train_loss": 1.0, "val_r2": 0.3, "step": 4}]
    with pytest.raises(InputError, match="metric is 'val_r2'; give one of train_loss"):
        reports.progress(5, 9, 1.0, {"train_loss": 1.0}, judged=True)


def test_without_ray_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr(tuning, "_prepare", lambda *_: None)
    with pytest.raises(InputError, match=r"install motionqc\[tune\]") as caught:
        tuning.tune(a_search(tmp_path), Session())
    assert caught.value.code == "ray-absent"
