"""`motionqc simulate`: an image, and a JSON file that tells the truth about it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nibabel
import numpy as np
import pytest

from MotionQCLib.motion import Trajectory, scores, simulate
from MotionQCLib.scan import Scan, read_scan

from .conftest import Shell


@pytest.fixture
def moved(shell: Shell, a_head_file: Path, tmp_path: Path) -> Path:
    output = tmp_path / "moved.nii.gz"
    spoken = shell("simulate", a_head_file, "-o", output, "--seed", 5, "--events", 2)
    assert spoken.status == 0, spoken.err
    return output


def test_the_record_repeats_the_image(moved: Path, a_head_file: Path) -> None:
    """Everything needed to make the image again stands in the JSON file."""
    record = json.loads(moved.with_name("moved.json").read_text())
    scan = read_scan(a_head_file)
    trajectory = Trajectory(
        record["poses"], record["onsets"], axis=record["axis"], pivot=tuple(record["pivot"])
    )
    expected = simulate(scan.data, scan.affine, trajectory)
    np.testing.assert_allclose(nibabel.load(moved).get_fdata(), expected, atol=1e-3)
    assert record["scores"] == scores(scan.data, scan.affine, trajectory).to_json()


def test_the_record_has_the_fields_that_programs_rely_on(moved: Path) -> None:
    record = json.loads(moved.with_name("moved.json").read_text())
    wanted = {"motion_score_mm", "scores", "poses", "onsets", "axis", "pivot", "seed", "source"}
    assert wanted <= record.keys()
    assert record["scores"].keys() == {"edge", "time", "bricout2025"}
    assert record["motion_score_mm"] == record["scores"]["edge"] > 0
    assert (record["seed"], record["source"]) == (5, "sub-01_T1w.nii.gz")


def test_the_moved_scan_lies_where_the_still_one_does(moved: Path, a_head_scan: Scan) -> None:
    image = nibabel.load(moved)
    np.testing.assert_allclose(image.affine, a_head_scan.affine, atol=1e-5)
    assert image.shape == a_head_scan.shape
    assert image.get_data_dtype() == np.float32


def test_a_seed_repeats_image_and_record_to_the_byte(
    shell: Shell, moved: Path, a_head_file: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.nii.gz"
    shell("simulate", a_head_file, "-o", again, "--seed", 5, "--events", 2)
    assert again.read_bytes() == moved.read_bytes()
    assert (tmp_path / "again.json").read_text() == (tmp_path / "moved.json").read_text()


def test_without_a_seed_every_motion_is_another_and_can_be_repeated(
    shell: Shell, a_head_file: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        assert shell("simulate", a_head_file, "-o", tmp_path / f"{name}.nii").status == 0
    one, two = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("one", "two"))
    assert one["seed"] != two["seed"]
    shell("simulate", a_head_file, "-o", tmp_path / "three.nii", "--seed", one["seed"])
    assert json.loads((tmp_path / "three.json").read_text())["poses"] == one["poses"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--pattern", "dance"),
        ("--events", "0"),
        ("--rotation", "-1"),
        ("--translation", "nan"),
        ("--seed", "-1"),
        ("--output", "moved.png"),
    ],
)
def test_a_wrong_setting_is_one_line_and_writes_nothing(
    shell: Shell, a_head_file: Path, tmp_path: Path, wrong: tuple[str, str]
) -> None:
    spoken = shell("simulate", a_head_file, "-o", tmp_path / "x.nii.gz", *wrong)
    assert spoken.status == 2
    assert spoken.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_orientation_that_was_assumed_is_told(
    shell: Shell, a_head_scan: Scan, tmp_path: Path
) -> None:
    image = nibabel.Nifti1Image(a_head_scan.data, None)
    image.header.set_zooms(a_head_scan.spacing)
    nibabel.save(image, tmp_path / "nowhere.nii")
    spoken = shell("simulate", tmp_path / "nowhere.nii", "-o", tmp_path / "moved.nii")
    assert spoken.status == 0
    assert spoken.err.startswith("motionqc: warning: nowhere.nii: The NIfTI header names no ori")


def test_a_scan_is_never_written_over(shell: Shell, a_head_file: Path) -> None:
    before = a_head_file.read_bytes()
    assert shell("simulate", a_head_file, "-o", a_head_file).status == 2
    assert a_head_file.read_bytes() == before


def test_a_json_file_of_somebody_else_is_not_overwritten(
    shell: Shell, a_head_file: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "moved.json"
    theirs.write_text('{"RepetitionTime": 2.3}')
    spoken = shell("simulate", a_head_file, "-o", tmp_path / "moved.nii.gz")
    assert spoken.status == 2
    assert "moved.json" in spoken.err
    assert theirs.read_text() == '{"RepetitionTime": 2.3}'
    assert not (tmp_path / "moved.nii.gz").exists()


def test_a_folder_in_the_place_of_the_json_file_is_one_line(
    shell: Shell, a_head_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "moved.json").mkdir()
    assert_refused_and_nothing_written(shell, a_head_file, tmp_path / "moved.nii.gz")


def test_a_folder_that_cannot_be_made_is_one_line(
    shell: Shell, a_head_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert_refused_and_nothing_written(shell, a_head_file, tmp_path / "file" / "moved.nii.gz")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a file's size")
@pytest.mark.parametrize("room", [0, 20_000])
def test_a_full_disk_leaves_no_half_written_file(
    shell: Shell, a_head_file: Path, tmp_path: Path, room: int
) -> None:
    """Without room for anything, and with room for the JSON file alone."""
    with largest_file(room):
        assert_refused_and_nothing_written(shell, a_head_file, tmp_path / "moved.nii.gz")


def test_a_json_file_that_cannot_be_written_leaves_no_image_without_its_truth(
    shell: Shell, a_head_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def fail_on_json(self: Path, content: bytes) -> int:
        if content.startswith(b"{"):
            raise OSError(28, "No space left on device")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", fail_on_json)
    assert_refused_and_nothing_written(shell, a_head_file, tmp_path / "moved.nii.gz")


def assert_refused_and_nothing_written(shell: Shell, scan: Path, output: Path) -> None:
    before = sorted(output.parent.parent.rglob("*"))
    spoken = shell("simulate", scan, "-o", output, "--events", 1)
    assert spoken.status == 2, spoken.err
    assert spoken.err.count("\n") == 1
    assert output.name in spoken.err
    assert sorted(output.parent.parent.rglob("*")) == before


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """A disk on which no file can grow beyond a number of bytes."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_onset_and_ordering_are_those_asked_for(
    shell: Shell, a_head_file: Path, tmp_path: Path
) -> None:
    output = tmp_path / "late.nii"
    spoken = shell(
        "simulate", a_head_file, "-o", output, "--seed", 1, "--onset", 0.6, "--ordering", "centric"
    )
    assert spoken.status == 0, spoken.err
    record = json.loads(output.with_suffix(".json").read_text())
    assert record["ordering"] == "centric"
    assert record["onsets"][:2] == pytest.approx([0.0, 0.6])


def test_a_measured_motion_can_be_put_in(shell: Shell, a_head_file: Path, tmp_path: Path) -> None:
    measured = tmp_path / "measured.csv"
    measured.write_text("onset,tx,ty,tz,rx,ry,rz\n0,0,0,0,0,0,0\n0.4,1,0,2,3,0,0\n")
    output = tmp_path / "measured.nii"
    spoken = shell("simulate", a_head_file, "-o", output, "--motion", measured)
    assert spoken.status == 0, spoken.err
    record = json.loads(output.with_suffix(".json").read_text())
    assert record["poses"] == [[0.0] * 6, [1.0, 0.0, 2.0, 3.0, 0.0, 0.0]]
    assert (record["pattern"], record["seed"]) == ("file", None)
