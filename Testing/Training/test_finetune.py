"""Fine-tuning end to end on miniature heads: from the shell to a model that scores and rates."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from MotionQCLib.cli import main
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, load_bundle
from MotionQCLib.scoring import Scorer
from MotionQCTraining.data.manifest import Row, read_manifest, write_manifest
from MotionQCTraining.finetune import finetune, summary
from MotionQCTraining.finetune_config import FinetuneConfig

CLASSES = ("gut", "mäßig")
TINY = FinetuneConfig(
    name="tiny-ratings",
    folds=2,
    repeats=2,
    inner=3,
    epochs=8,
    patience=3,
    draws=100,
    least_scans=3,
    least_subjects=3,
)


def rated(rows: list[Row]) -> list[Row]:
    """The scans with ratings, four of each of two classes."""
    return [replace(row, rating=CLASSES[n // 2 % 2]) for n, row in enumerate(rows)]


@pytest.fixture(scope="module")
def a_manifest(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rated") / "rated.tsv"
    write_manifest(rated(read_manifest(small_dataset)), path)
    return path


@pytest.fixture(scope="module")
def a_run(a_manifest: Path, a_base_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run that the shell was asked for."""
    folder = tmp_path_factory.mktemp("run")
    config = folder / "tiny.yaml"
    config.write_text(
        "{name: tiny-ratings, folds: 2, repeats: 2, inner: 3, epochs: 8, patience: 3, draws: 100, "
        "least_scans: 3, least_subjects: 3}"
    )
    words = ["finetune", "--config", config, "--data", a_manifest, "--output", folder / "out"]
    assert main([str(word) for word in [*words, "--model", a_base_file]]) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def a_model_of_ratings(a_run: Path) -> Path:
    return a_run / "model" / "tiny-ratings.safetensors"


def test_the_run_folder_says_everything(a_run: Path, a_manifest: Path, a_base_file: Path) -> None:
    record = json.loads((a_run / "run.json").read_text("utf-8"))
    assert record["stage"] == "finetune"
    assert record["configuration"]["folds"] == 2
    assert record["base"]["name"] == "base"
    assert len(record["manifest"]["sha256"]) == 64
    assert {"motionqc", "python", "torch", "numpy"} <= set(record["versions"])
    figures = json.loads((a_run / "metrics.json").read_text("utf-8"))
    assert figures["classes"] == {name: {"scans": 4, "subjects": 4} for name in CLASSES}
    assert 0 <= figures["estimate"]["balanced_accuracy"]["value"] <= 1
    assert (a_run / "confusion.png").read_bytes().startswith(b"\x89PNG")
    with (a_run / "predictions.tsv").open(encoding="utf-8", newline="") as file:
        predictions = list(csv.DictReader(file, delimiter="\t"))
    assert len(predictions) == 8
    assert {row["predicted"] for row in predictions} <= set(CLASSES)


def test_the_configuration_as_used_can_be_used_again(a_run: Path, tmp_path: Path) -> None:
    from MotionQCTraining.config_file import load_config

    assert load_config(a_run / "finetune.yaml", FinetuneConfig) == TINY


def test_the_model_tells_no_subject_and_every_checksum(
    a_model_of_ratings: Path, small_dataset: Path
) -> None:
    for file in a_model_of_ratings.parent.iterdir():
        assert b"sub-0" not in file.read_bytes(), file
    training = load_bundle(a_model_of_ratings).metadata.training
    parts = list(training["scans"].values())
    assert (parts.count("ratings"), parts.count("train")) == (8, 1)
    assert training["ratings"]["subjects"] == {"site0": 4, "site1": 4}
    assert training["subjects"] == {"train": {"elsewhere": 3}}, "those of the base"


def test_the_card_says_whose_rule_it_follows_and_how_well(a_model_of_ratings: Path) -> None:
    card = a_model_of_ratings.with_suffix(".md").read_text("utf-8")
    figures = load_bundle(a_model_of_ratings).metadata.metrics["ratings"]
    value = figures["estimate"]["balanced_accuracy"]["value"]
    for text in (
        "research use only",
        "as base 1 does",
        "- mäßig: 4 scans of 4 subjects",
        f"| balanced accuracy | {value:.2f} |",
        "2-fold cross-validation by subject, stratified by rating, 2 times",
        "calibrated on the ratings of 8 scans of 8 subjects, by cross-validation",
    ):
        assert text in card


def test_score_rates_by_the_model_and_keeps_the_bases_millimetres(
    a_model_of_ratings: Path,
    a_base_file: Path,
    small_dataset: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scan = read_manifest(small_dataset)[0].path
    results = []
    for model in (a_model_of_ratings, a_base_file):
        assert main(["score", scan, "--model", str(model), "--json", "--device", "cpu"]) == 0
        results.append(json.loads(capsys.readouterr().out))
    rated_result, plain = results
    assert rated_result["qc"]["basis"] == "ratings"
    assert set(rated_result["qc"]["probability"]) == set(CLASSES)
    assert plain["qc"]["basis"] == "score"
    assert rated_result["motion_score_mm"] == pytest.approx(plain["motion_score_mm"], abs=1e-9)
    assert main(["score", scan, "--model", str(a_model_of_ratings), "--device", "cpu"]) == 0
    assert "class by the ratings that the model was fitted to" in capsys.readouterr().out


def test_the_same_run_gives_the_same_model_and_reads_no_scan_again(
    a_run: Path, a_model_of_ratings: Path, a_manifest: Path, a_base_model: ModelBundle
) -> None:
    content = a_model_of_ratings.read_bytes()
    told: list[str] = []
    done = finetune(TINY, read_manifest(a_manifest), a_base_model, a_run, report=told.append)
    assert done.model == a_model_of_ratings
    assert a_model_of_ratings.read_bytes() == content
    assert not [line for line in told if line.startswith("reading")]


@pytest.mark.parametrize(
    "changed",
    [
        {"ordinal": True, "classes": CLASSES},
        {"features": "map"},
        {"unfrozen": "projection", "repeats": 1},
        {"unfrozen": "block5", "repeats": 1, "epochs": 2},
    ],
)
def test_what_a_head_says_is_what_its_model_file_says(
    changed: dict[str, Any], a_run: Path, a_manifest: Path, a_base_model: ModelBundle
) -> None:
    """By the whole way: conformed, through OpenVINO, against torch on the kept maps."""
    from MotionQCLib.models.ratings import OWN_LAYERS
    from MotionQCLib.scoring.runtimes.torch_runtime import build_network
    from MotionQCTraining.embeddings import embed

    config = replace(TINY, name="other", **changed)
    rows = read_manifest(a_manifest)
    model = finetune(config, rows, a_base_model, a_run, report=lambda _: None).model
    bundle = load_bundle(model)
    head = bundle.metadata.ratings
    assert head is not None
    layers = 6 - len(OWN_LAYERS[head.own_layers])
    maps = embed(rows[:1], a_base_model, a_run / "embeddings", layers=layers).maps
    import torch

    with torch.inference_mode():
        branch = build_network(bundle).ratings
        outputs = branch(torch.from_numpy(np.array(maps[0])[np.newaxis]))  # type: ignore[operator]
    expected = head.probability(outputs[0].double().numpy())
    result = Scorer(bundle, "cpu").score_file(rows[0].path)
    np.testing.assert_allclose(list(result.qc.probability.values()), expected, atol=1e-3)


def test_too_few_ratings_are_not_judged_but_fitted(
    a_run: Path, a_manifest: Path, a_base_model: ModelBundle, tmp_path: Path
) -> None:
    config = replace(TINY, least_scans=5)
    rows = read_manifest(a_manifest)
    done = finetune(config, rows, a_base_model, tmp_path, report=lambda _: None)
    refused = done.figures["refused"]
    assert "“gut” has 4 scans of 4 subjects" in refused
    assert done.figures["estimate"] is None
    metadata = load_bundle(done.model).metadata
    assert metadata.ratings is not None
    assert metadata.ratings.calibrated_on == "nothing"
    assert f"Not known: {refused}" in done.model.with_suffix(".md").read_text("utf-8")
    assert not (tmp_path / "confusion.png").exists()


def test_too_few_ratings_are_a_fault_where_strictness_is_asked_for(
    a_manifest: Path, a_base_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["finetune", "--config", "motionqc", "--data", a_manifest, "--output", tmp_path]
    words += ["--model", a_base_file, "--strict"]
    assert main([str(word) for word in words]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "“gut” has 4 scans of 4 subjects" in line
    assert "takes 10 scans of 5 subjects in every class" in line
    assert not (tmp_path / "model").exists()


def test_a_model_of_ratings_can_be_fitted_anew(
    a_model_of_ratings: Path, a_manifest: Path, tmp_path: Path
) -> None:
    """Its encoder serves again, its head of ratings gives way."""
    base = load_bundle(a_model_of_ratings)
    config = replace(TINY, name="anew", least_scans=99, features="map")
    rows = [replace(row, rating=row.rating + "!") for row in read_manifest(a_manifest)]
    model = finetune(config, rows, base, tmp_path, report=lambda _: None).model
    metadata = load_bundle(model).metadata
    assert metadata.ratings is not None
    assert metadata.ratings.classes == ("gut!", "mäßig!")
    assert metadata.training["ratings"]["scans_of_base"] == 8
    assert "8 of these scans had a part" in model.with_suffix(".md").read_text("utf-8")


@pytest.mark.parametrize("name", ["../elsewhere", "a name", ""])
def test_a_name_that_cannot_be_a_files_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="odd characters"):
        replace(TINY, name=name)


def test_a_manifest_without_ratings_is_refused_in_one_line(
    small_dataset: Path, a_base_model: ModelBundle, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="fill its column rating"):
        finetune(TINY, read_manifest(small_dataset), a_base_model, tmp_path)


def test_scans_without_a_rating_are_counted_and_left_aside(
    a_run: Path, a_manifest: Path, a_base_model: ModelBundle, tmp_path: Path
) -> None:
    rows = read_manifest(a_manifest)
    told: list[str] = []
    some = [replace(rows[0], rating=""), *rows[1:]]
    finetune(replace(TINY, least_scans=99), some, a_base_model, tmp_path, report=told.append)
    assert told[0].startswith("7 rated scans (1 without a rating) of 7 subjects; 2 classes")


def test_the_summary_is_the_estimate_with_its_intervals_or_why_there_is_none() -> None:
    wide = {"value": 0.7, "interval": [0.5, 0.875]}
    bare = {"value": 0.25, "interval": None}
    estimate = {"method": "a method", "level": 0.9, "chance": 0.5, "balanced_accuracy": wide}
    lines = summary({"estimate": estimate | {"f1": {"gut": wide, "mäßig": bare}}}).splitlines()
    assert lines[0] == "estimate by a method; 90% intervals over subjects:"
    assert "balanced accuracy 0.70 (0.50 to 0.88), chance 0.50" in lines[1]
    assert lines[2:] == ["  F1 of gut: 0.70 (0.50 to 0.88)", "  F1 of mäßig: 0.25"]
    refused = summary({"estimate": None, "refused": "too few"})
    assert refused == "no estimate of how good this model is: too few"
