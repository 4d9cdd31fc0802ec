"""Maps of a frozen encoder: those of scoring, computed once, found again by content."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle
from MotionQCLib.scan import conform, read_scan
from MotionQCLib.scoring.provenance import scan_checksum
from MotionQCLib.scoring.runtimes.torch_runtime import build_network
from MotionQCTraining.data.manifest import Row, read_manifest
from MotionQCTraining.embeddings import embed


@pytest.fixture
def rows(small_dataset: Path) -> list[Row]:
    return read_manifest(small_dataset)[:2]


def test_maps_are_what_the_encoder_makes_of_conformed_scans(
    rows: list[Row], a_base_model: ModelBundle, tmp_path: Path
) -> None:
    found = embed(rows, a_base_model, tmp_path)
    volume = conform(read_scan(rows[1].path), (64, 64, 64), 3.5).data
    with torch.inference_mode():
        expected = build_network(a_base_model).embed(torch.from_numpy(volume)[None, None])
    np.testing.assert_allclose(found.maps[1], expected[0], atol=1e-4)
    assert found.sums[1] == scan_checksum(read_scan(rows[1].path), Path(rows[1].path)).sha256


def test_fewer_layers_give_an_earlier_map(
    rows: list[Row], a_base_model: ModelBundle, tmp_path: Path
) -> None:
    early, late = (embed(rows, a_base_model, tmp_path, layers=n) for n in (4, 6))
    assert early.maps[0].shape == (256, 4, 4, 4)
    assert late.maps[0].shape == (64, 2, 2, 2)


def test_what_has_been_computed_is_not_computed_again(
    rows: list[Row], a_base_model: ModelBundle, tmp_path: Path
) -> None:
    told: list[str] = []
    first = embed(rows[:1], a_base_model, tmp_path, report=told.append)
    renamed = tmp_path / "renamed.nii.gz"
    shutil.copy(rows[0].path, renamed)
    again = [replace(rows[0], path=str(renamed), subject="other"), rows[1]]
    second = embed(again, a_base_model, tmp_path, report=told.append)
    assert told == ["reading scan 1 of 1", "reading scan 2 of 2"]
    np.testing.assert_array_equal(first.maps[0], second.maps[0])
    assert first.sums[0] == second.sums[0]


def test_another_model_has_maps_of_its_own(
    rows: list[Row], a_base_model: ModelBundle, tmp_path: Path
) -> None:
    other = replace(a_base_model, metadata=a_base_model.metadata.with_checksum("f" * 64))
    told: list[str] = []
    for bundle in (a_base_model, other):
        embed(rows[:1], bundle, tmp_path, report=told.append)
    assert len(told) == 2


@pytest.mark.parametrize("left", [200, 0])
def test_a_damaged_map_is_made_anew(
    rows: list[Row], a_base_model: ModelBundle, tmp_path: Path, left: int
) -> None:
    found = embed(rows[:1], a_base_model, tmp_path)
    expected = np.array(found.maps[0])
    (kept,) = tmp_path.rglob("*.npy")
    kept.write_bytes(kept.read_bytes()[:left])
    np.testing.assert_array_equal(embed(rows[:1], a_base_model, tmp_path).maps[0], expected)


def test_scans_at_fault_are_named_together_and_others_are_kept(
    rows: list[Row], a_base_model: ModelBundle, tmp_path: Path
) -> None:
    (tmp_path / "bad.nii.gz").write_bytes(b"no image")
    bad = [replace(rows[0], path=str(tmp_path / "bad.nii.gz"), subject=name) for name in "ab"]
    with pytest.raises(InputError, match="2 of 3 scans cannot be used") as caught:
        embed([*bad, rows[1]], a_base_model, tmp_path / "maps")
    assert caught.value.code == "unreadable-scans"
    assert len(list((tmp_path / "maps").rglob("*.npy"))) == 1


def test_files_of_maps_tell_no_subject(
    rows: list[Row], a_base_model: ModelBundle, tmp_path: Path
) -> None:
    embed(rows, a_base_model, tmp_path)
    assert not [path for path in tmp_path.rglob("*") if "sub-" in path.name or "site" in path.name]


def test_a_model_without_a_checksum_is_refused(a_base_model: ModelBundle, tmp_path: Path) -> None:
    nameless = replace(a_base_model, metadata=a_base_model.metadata.with_checksum(""))
    with pytest.raises(ValueError, match="no checksum"):
        embed([], nameless, tmp_path)
