"""The second paper's system in miniature, from the shell to its tables; and its preset's recipe."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from MotionQCLib.cli import main
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle
from MotionQCTraining.config_file import load_config
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.simulated_ratings import BY_RULE
from MotionQCTraining.running.session import Session
from MotionQCTraining.systems import loizillon2023
from MotionQCTraining.systems.compared import own_folder
from MotionQCTraining.systems.loizillon2023_config import Loizillon2023Config


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def a_run(small_dataset: Path, a_base_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("loizillon2023")
    given = ["reproduce", "loizillon2023", "--data", str(small_dataset), "--output", str(output)]
    cpu = ["--accelerator", "cpu", "--precision", "32", "--quiet"]
    compared = ["--set", f"compared=[{a_base_file}]"]
    assert main([*given, "--miniature", *cpu, *compared]) == 0
    return output


@pytest.mark.slow
def test_the_run_ends_in_the_papers_tables(a_run: Path) -> None:
    severities = table(a_run / "table2.csv")
    assert [row["trained_on"] for row in severities] == ["severe", "mild"]
    assert all(0 <= float(row["test_balanced_accuracy"]) <= 1 for row in severities)
    rows = table(a_run / "table3.csv")
    systems = ["fine-tuned", "synthetic only", "from scratch", "fitted on base"]
    assert [(row["task"], row["system"]) for row in rows] == [
        (task, system) for task in ("severe", "mild") for system in systems
    ]
    for row in rows:
        halves = (float(row["specificity"]) + float(row["sensitivity"])) / 2
        assert float(row["balanced_accuracy"]) == pytest.approx(halves, abs=1e-3)
        assert row["ratings"].startswith(BY_RULE)
    published = [row["published_balanced_accuracy"] for row in rows]
    assert (published[0], published[3]) == ("0.8452", "")
    assert len(table(a_run / "resources.csv")) == 8
    for name in ("severe-fine-tuned", "mild-fitted-on-base"):
        assert (a_run / f"confusion-{name}.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((a_run / "results.json").read_text("utf-8"))["rated_scans"] == 20


@pytest.mark.slow
def test_fine_tuning_fits_the_fully_connected_layers_alone(a_run: Path) -> None:
    from safetensors.numpy import load_file

    fitted = load_file(a_run / "fine-tuning" / "severe" / "seed2025-turn1" / "network.safetensors")
    assert {name.partition(".")[0] for name in fitted} == {"fc1", "fc2", "fc3"}


@pytest.mark.slow
def test_another_models_maps_carry_the_same_layers_in_the_same_turns(
    a_run: Path, a_base_model: ModelBundle
) -> None:
    from safetensors.numpy import load_file

    own, other = (
        sorted(folder.iterdir())
        for folder in (
            a_run / "fine-tuning" / "mild",
            a_run / "fine-tuning" / f"mild-{own_folder(a_base_model.metadata)}",
        )
    )
    assert [fit.name for fit in own] == [fit.name for fit in other]
    for ours, theirs in zip(own, other, strict=True):
        who = [
            json.loads((fit / "fitted.json").read_text("utf-8"))["who"] for fit in (ours, theirs)
        ]
        assert who[0] == who[1]
        fitted = load_file(theirs / "network.safetensors")
        assert {name.partition(".")[0] for name in fitted} == {"fc1", "fc2", "fc3"}
        assert fitted["fc1.weight"].shape == (1300, 64 * 2**3)


@pytest.mark.parametrize(
    ("moved", "rated", "says"), [(5, 4, "5 folds of 4 subjects"), (6, 4, "5 folds of 4 subjects")]
)
def test_too_few_subjects_are_told_before_anything_takes_time(
    tmp_path: Path, a_session: Session, moved: int, rated: int, says: str
) -> None:
    sites = {"a": rated, "b": moved}
    rows = [Row(f"{s}{n}.nii", f"sub-{n}", s) for s, count in sites.items() for n in range(count)]
    with pytest.raises(InputError, match=says):
        loizillon2023.reproduce(Loizillon2023Config(), rows, tmp_path, a_session)
    assert list(tmp_path.iterdir()) == []


def test_mild_and_severe_are_tasks_of_their_own(
    some_rated_rows: list[Row], a_session: Session
) -> None:
    contests = loizillon2023._contests(Loizillon2023Config(), some_rated_rows, a_session)
    severe, mild = contests["severe"].scans, contests["mild"].scans
    assert len(severe) == 24
    assert [severe.labels[n] for n in range(6)] == [0, 0, 0, 0, 1, 1]
    assert len(mild) == 16
    assert {row.person for row in mild.rows}.isdisjoint(
        row.person for row in some_rated_rows if row.rating == "2"
    )


@pytest.mark.parametrize(("draws", "moved"), [(1, 4), (2, 8), (3, 12)])
def test_half_of_all_samples_are_moved(
    tmp_path: Path, a_session: Session, draws: int, moved: int
) -> None:
    config = replace(Loizillon2023Config(), draws=draws)
    files = [Path(f"{n}.npz") for n in range(8)]
    made = loizillon2023._draws(config, "mild", files, tmp_path, a_session)
    assert len(made) == 8 * draws
    assert sum(number % 2 for _, number in made.items) == moved
    assert made.synthesis.severity == "mild"


def test_the_preset_is_the_papers_recipe_with_clinicadls_defaults() -> None:
    preset = load_config("loizillon2023", Loizillon2023Config)
    for fit in (preset.fit, preset.fine_tuning, preset.scratch):
        assert (fit.optimiser, fit.batch, fit.learning_rate, fit.epochs) == ("adam", 16, 1e-4, 20)
        assert (fit.weight_decay, fit.dropout, fit.best) == (1e-4, 0.0, "loss")
    assert preset.severities == ("severe", "moderate", "mild")
    assert (preset.folds, preset.framing.frame) == (5, (169, 208, 179))
    assert preset.synthesis == Loizillon2023Config().synthesis


@pytest.mark.parametrize("wrong", [{"severities": ("gross",)}, {"scale": ("0", "1", "1")}])
def test_values_out_of_their_limits_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Loizillon2023Config(**wrong)
