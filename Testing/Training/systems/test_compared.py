"""Other models beside the published systems: refused where they know a rated scan, added later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from MotionQCLib.cli import main
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, save_bundle
from MotionQCTraining.commands.reproduce import _require_same_run
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.data.provenance import checksums
from MotionQCTraining.run_record import RunRecord
from MotionQCTraining.systems.compared import models_to_compare, own_folder
from MotionQCTraining.systems.loizillon2023_config import Loizillon2023Config


def named(model: ModelBundle, name: str, folder: Path) -> Path:
    """The file of the same model under another name."""
    path = folder / f"{name}.safetensors"
    save_bundle(path, model.weights, replace(model.metadata, name=name))
    return path


@pytest.mark.parametrize("system", ["bricout2025", "loizillon2023"])
def test_a_model_that_knows_a_rated_scan_is_refused_before_anything_is_fitted(
    small_dataset: Path,
    a_base_model: ModelBundle,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    system: str,
) -> None:
    rated = [row for row in read_manifest(small_dataset) if row.site == "site0"]
    known = {"subjects": {"train": {"site0": 1}}, "scans": {checksums(rated[:1])[0]: "train"}}
    knowing = replace(a_base_model, metadata=replace(a_base_model.metadata, training=known))
    model, output = named(knowing, "knowing", tmp_path), tmp_path / "run"
    words = ["reproduce", system, "--data", str(small_dataset), "--output", str(output)]
    assert main([*words, "--miniature", "--quiet", "--set", f"compared=[{model}]"]) == 2
    assert "model knowing was made from scans that it would be judged on" in capsys.readouterr().err
    assert {path.name for path in output.iterdir()} == {"run.json", "reproduce.yaml"}


def test_two_models_of_one_name_but_for_signs_are_refused(
    a_base_model: ModelBundle, tmp_path: Path
) -> None:
    models = [str(named(a_base_model, name, tmp_path)) for name in ("a-model", "a.model")]
    with pytest.raises(InputError, match="two models have one name, but for signs"):
        models_to_compare(models, [])


def test_models_of_one_name_have_folders_of_their_own(a_base_model: ModelBundle) -> None:
    other = a_base_model.metadata.with_checksum("f" * 64)
    assert own_folder(other) == "base-ffffffff" != own_folder(a_base_model.metadata)


def test_a_model_may_be_added_to_a_run_later_and_nothing_else_changed(tmp_path: Path) -> None:
    manifest, config = tmp_path / "scans.tsv", Loizillon2023Config()
    manifest.write_text("path\n")
    RunRecord(tmp_path, config, manifest, system="loizillon2023")
    _require_same_run(tmp_path, "loizillon2023", replace(config, compared=("m",)), manifest)
    with pytest.raises(InputError, match="differs in draws; give another --output"):
        _require_same_run(tmp_path, "loizillon2023", replace(config, draws=4), manifest)
