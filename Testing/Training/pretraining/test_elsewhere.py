"""Training on a machine that has the packed scans, torch and Lightning, and little else."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from MotionQCLib.cli import main
from MotionQCLib.models import load_bundle
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.data.provenance import checksums
from MotionQCTraining.pretraining.scans import prepare_scans
from MotionQCTraining.run_record import as_yaml, plain_values

ELSEWHERE = """
import sys

absent = ["nibabel", "SimpleITK", "torchio", "monai", "numba", "openvino", "pydicom"]
sys.modules.update(dict.fromkeys(absent))
from MotionQCLib.cli import main

sys.exit(main(sys.argv[1:]))
"""


def run_elsewhere(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ELSEWHERE, *map(str, words)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


@pytest.fixture(scope="module")
def a_config_file(a_whole_config: PretrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("config") / "c.yaml"
    file.write_text(as_yaml(plain_values(replace(a_whole_config, batch=1, steps=2, epoch=1))))
    return file


@pytest.fixture(scope="module")
def packed(
    a_config_file: Path, small_dataset: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The manifest of the packed scans."""
    folder = tmp_path_factory.mktemp("packed")
    words = ["--config", a_config_file, "--data", small_dataset, "--output", folder / "run"]
    assert main(["pretrain", *map(str, words), "--pack", str(folder / "small")]) == 0
    return folder / "small" / "scans.tsv"


def test_a_packed_set_is_trained_on_where_no_image_can_be_read(
    packed: Path, a_config_file: Path, small_dataset: Path, tmp_path: Path
) -> None:
    options = ["--accelerator", "cpu", "--precision", "32"]
    words = ["--config", a_config_file, "--data", packed, "--output", tmp_path, *options]
    done = run_elsewhere("pretrain", *words)
    assert done.returncode == 0, done.stderr
    (model,) = (tmp_path / "model").glob("*.safetensors")
    # It tells of the original scans, although it has not seen them.
    told = load_bundle(model).metadata.training["scans"]
    assert set(told) < set(checksums(read_manifest(small_dataset)))
    assert sorted(told.values()) == ["train"] * 4 + ["validation"] * 2


def test_a_packed_set_may_be_trained_on_from_a_base(
    packed: Path, a_whole_config: PretrainConfig, a_base_file: Path, tmp_path: Path
) -> None:
    """Scans to test on did not travel; that the base does not know them was seen before."""
    config = replace(a_whole_config, base=str(a_base_file))
    scans = prepare_scans(config, read_manifest(packed), tmp_path, lambda _: None)
    assert len(scans.files) == 6
    assert len(scans.parts["test"]) == 2


def test_a_run_whose_time_is_up_tells_how_it_goes_on(
    packed: Path, a_config_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--config", a_config_file, "--data", packed, "--output", tmp_path]
    assert main(["pretrain", *map(str, words), "--minutes", "0.0001"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "stopped; the same command goes on from here"
    assert not (tmp_path / "model").exists()


def test_a_length_of_time_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["pretrain", "--config", "motionqc", "--data", "s.tsv", "--output", "o"]
    with pytest.raises(SystemExit):
        main([*words, "--minutes", "0"])
    assert "'0' was given; give a number above 0" in capsys.readouterr().err
