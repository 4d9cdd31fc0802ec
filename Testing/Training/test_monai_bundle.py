"""A bundle is run by MONAI itself and gives the probabilities of scoring; it holds data alone."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from MotionQCLib.cli import main
from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle
from MotionQCLib.scoring import Scorer
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.finetune import finetune
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.monai_bundle import export_bundle

from .test_finetune import rated


@pytest.fixture(scope="module", params=[False, True], ids=["classes", "steps"])
def a_rated_file(
    request: pytest.FixtureRequest,
    small_dataset: Path,
    a_base_model: ModelBundle,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    config = FinetuneConfig(
        name="rated", classes=("mäßig", "gut"), ordinal=request.param, epochs=5, least_scans=99
    )
    rows = rated(read_manifest(small_dataset))
    folder = tmp_path_factory.mktemp("rated")
    return finetune(config, rows, a_base_model, folder, report=lambda _: None).model


def test_monai_parses_it_and_builds_the_network(a_rated_file: Path, tmp_path: Path) -> None:
    bundle = pytest.importorskip("monai.bundle", reason="MONAI is not installed: motionqc[test]")
    assert main(["export", str(a_rated_file), "--bundle", str(tmp_path / "b")]) == 0
    parser = bundle.ConfigParser()
    parser.read_config(str(tmp_path / "b" / "configs" / "inference.json"))
    parser.read_meta(str(tmp_path / "b" / "configs" / "metadata.json"))
    network = parser.get_parsed_content("network_def").eval()
    state = torch.load(tmp_path / "b" / "models" / "model.pt", weights_only=True)
    network.load_state_dict(state)
    output = parser["_meta_"]["network_data_format"]["outputs"]["pred"]
    with torch.inference_mode():
        found = network(torch.rand(2, 1, 64, 64, 64))
    assert found.shape == (2, output["num_channels"]) == (2, 52)
    assert output["channel_def"]["50"] == "rated mäßig"
    torch.testing.assert_close(found[:, :50].sum(1), torch.ones(2))
    torch.testing.assert_close(found[:, 50:].sum(1), torch.ones(2))


def test_monai_runs_it_and_finds_what_scoring_finds(
    a_rated_file: Path, small_dataset: Path, tmp_path: Path
) -> None:
    bundle = pytest.importorskip("monai.bundle", reason="MONAI is not installed: motionqc[test]")
    pytest.importorskip("ignite", reason="Ignite is not installed: motionqc[test]")
    from MotionQCLib.models import load_bundle

    model = load_bundle(a_rated_file)
    folder = export_bundle(model, tmp_path / "b")
    scan = Path(read_manifest(small_dataset)[0].path)
    (folder / "data").mkdir()
    shutil.copy(scan, folder / "data")
    bundle.run(
        "evaluating",
        config_file=str(folder / "configs" / "inference.json"),
        meta_file=str(folder / "configs" / "metadata.json"),
        bundle_root=str(folder),
        device="$torch.device('cpu')",
    )
    with (folder / "eval" / "probabilities.csv").open(newline="") as file:
        (row,) = [row for row in csv.reader(file) if row and "nii" in row[0]]
    result = Scorer(model, "cpu").score_file(scan)
    expected = [*result.bins.probability, *result.qc.probability.values()]
    np.testing.assert_allclose([float(cell) for cell in row[1:]], expected, atol=1e-4)


def test_a_model_without_ratings_has_a_bundle_too(
    a_base_model: ModelBundle, tmp_path: Path
) -> None:
    folder = export_bundle(a_base_model, tmp_path / "b")
    metadata = json.loads((folder / "configs" / "metadata.json").read_text("utf-8"))
    required = {
        "version", "monai_version", "pytorch_version", "numpy_version", "task", "description",
        "authors", "copyright", "network_data_format", "required_packages_version",
    }  # fmt: skip
    assert required <= set(metadata)
    assert metadata["network_data_format"]["outputs"]["pred"]["num_channels"] == 50
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == [
        "README.md",
        "inference.json",
        "metadata.json",
        "model.pt",
    ]


def test_it_replaces_a_bundle_and_nothing_else(a_base_model: ModelBundle, tmp_path: Path) -> None:
    for _ in range(2):
        export_bundle(a_base_model, tmp_path / "b")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "thesis.txt").write_text("long")
    with pytest.raises(InputError, match="holds something else"):
        export_bundle(a_base_model, tmp_path / "c")
