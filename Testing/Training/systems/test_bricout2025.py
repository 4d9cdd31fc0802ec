"""The first paper's system in miniature, from the shell to its tables; and its preset's recipe."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from MotionQCLib.cli import main
from MotionQCLib.errors import InputError
from MotionQCTraining.config_file import load_config
from MotionQCTraining.data.manifest import Row, read_manifest, write_manifest
from MotionQCTraining.data.simulated_ratings import BY_RULE
from MotionQCTraining.running.session import Session
from MotionQCTraining.systems import bricout2025
from MotionQCTraining.systems.bricout2025_config import Bricout2025Config

FILES = {
    "table3.csv", "table4.csv", "figure3.csv", "figure3.png", "figure4-transfer.csv",
    "figure4-transfer.png", "figure4-from-scratch.csv", "figure4-from-scratch.png",
    "figure4-transfer-from-base.csv", "results.json", "run.json", "reproduce.yaml",
}  # fmt: skip


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def words(small_dataset: Path, output: Path, *more: str) -> list[str]:
    given = ["reproduce", "bricout2025", "--data", str(small_dataset), "--output", str(output)]
    return [*given, "--miniature", "--accelerator", "cpu", "--precision", "32", "--quiet", *more]


def compared(small_dataset: Path, output: Path, model: Path) -> list[str]:
    return words(small_dataset, output, "--set", f"compared=[{model}]")


@pytest.fixture(scope="module")
def a_run(small_dataset: Path, a_base_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("bricout2025")
    assert main(compared(small_dataset, output, a_base_file)) == 0
    return output


@pytest.mark.slow
def test_the_run_ends_in_the_papers_tables_and_figures(a_run: Path) -> None:
    assert {path.name for path in a_run.iterdir()} >= FILES
    rows = table(a_run / "table3.csv")
    assert [row["system"] for row in rows] == ["transfer", "from scratch", "transfer from base"]
    for row in rows:
        assert 0 <= float(row["balanced_accuracy"]) <= 1
        assert {"f1_still", "f1_moved"} <= set(row)
        assert row["seeds"] == "2"
        assert row["ratings"].startswith(BY_RULE)
    stages = [row["stage"] for row in table(a_run / "table4.csv")]
    fits = ["transfer", "from scratch", "transfer from base"]
    assert stages == ["pretraining", "embeddings", *fits]
    assert all(float(row["duration_s"]) > 0 for row in table(a_run / "table4.csv"))
    results = json.loads((a_run / "results.json").read_text("utf-8"))
    assert results["ratings"].startswith(BY_RULE)
    assert table(a_run / "figure3.csv")[0]["r2"] == f"{results['score']['r2']:.4g}"
    confusion = table(a_run / "figure4-transfer.csv")
    counted = sum(float(row[name]) for row in confusion for name in ("still", "moved"))
    assert counted == results["rated_scans"] == 16


@pytest.mark.slow
def test_nobody_is_moved_and_rated(a_run: Path, small_dataset: Path) -> None:
    rated = {row["site"] for row in table_of(a_run / "rated" / "ratings.tsv")}
    assert rated == {"site0"}
    results = json.loads((a_run / "results.json").read_text("utf-8"))
    assert (results["moved_scans"], results["rated_subjects"]) == (4, 4)


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


@pytest.mark.slow
def test_a_complete_run_is_found_again_and_another_is_refused(
    a_run: Path, a_base_file: Path, small_dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = compared(small_dataset, a_run, a_base_file)
    before = (a_run / "table3.csv").read_bytes()
    assert main(same) == 0
    assert (a_run / "table3.csv").read_bytes() == before
    assert "fitting" not in capsys.readouterr().out
    assert main([*same, "--set", "draws=4"]) == 2
    assert "differs in draws; give another --output" in capsys.readouterr().err


@pytest.mark.parametrize("system", ["bricout2025", "loizillon2023"])
def test_a_run_of_another_manifest_is_refused(
    small_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], system: str
) -> None:
    """Here of one that began and found too few subjects; its record is there all the same."""
    manifest, output = tmp_path / "scans.tsv", tmp_path / "run"
    rows = read_manifest(small_dataset)
    write_manifest(rows[:2], manifest)
    given = ["reproduce", system, "--data", str(manifest), "--output", str(output), "--quiet"]
    assert main([*given, "--miniature"]) == 2
    assert "another manifest" not in capsys.readouterr().err
    record = (output / "run.json").read_bytes()
    write_manifest(rows[:3], manifest)
    assert main([*given, "--miniature"]) == 2
    told = capsys.readouterr().err
    assert "holds a run of another manifest" in told
    assert "give another --output" in told
    assert (output / "run.json").read_bytes() == record


def test_too_few_subjects_are_told_before_anything_takes_time(
    tmp_path: Path, a_session: Session
) -> None:
    rows = [Row(f"{site}{n}.nii", f"sub-{n}", site) for site in "ab" for n in range(2)]
    with pytest.raises(InputError, match="b has 2 subjects: a site takes 3 or more"):
        bricout2025.reproduce(Bricout2025Config(), rows, tmp_path, a_session)
    assert list(tmp_path.iterdir()) == []


def test_the_preset_is_the_papers_recipe_mended() -> None:
    preset = load_config("bricout2025", Bricout2025Config)
    as_the_record = replace(Bricout2025Config(), pretraining=preset.pretraining)
    assert replace(preset, scratch=as_the_record.scratch) == as_the_record
    fits = [
        (fit.learning_rate, fit.weight_decay, fit.dropout, fit.batch, fit.patience)
        for fit in (preset.pretraining, preset.transfer, preset.scratch)
    ]
    assert fits == [
        (2e-5, 0.05, 0.6, 96, 15),
        (5e-4, 0.05, 0.7, 12, 0),
        (3e-6, 0.06, 0.68, 12, 100),
    ]
    assert (preset.pretraining.plateau_factor, preset.pretraining.plateau_patience) == (0.6, 5)
    assert {fit.best for fit in (preset.pretraining, preset.transfer, preset.scratch)} == {"figure"}
    assert (preset.bins.low, preset.bins.high, preset.bins.count) == (-0.8, 4.8, 50)
    assert (preset.draws, len(preset.seeds)) == (300, 5)
    assert preset.synthesis.mended
    assert preset.synthesis.pivot == "head"


@pytest.mark.parametrize(
    "classes", [{"all": ("0", "1")}, {"a": ("0", "1"), "b": ("1",)}, {"a": ("0",), "b": ()}]
)
def test_classes_that_are_no_choice_between_ratings_are_refused(
    classes: dict[str, tuple[str, ...]],
) -> None:
    with pytest.raises(ValueError, match="classes"):
        Bricout2025Config(classes=classes)


def test_a_grid_that_the_network_cannot_halve_is_refused() -> None:
    config = Bricout2025Config()
    with pytest.raises(ValueError, match=r"synthesis.grid is .*multiples of 32"):
        replace(config, synthesis=replace(config.synthesis, grid=(160, 192, 150)))
