"""A full disk, one that cannot be written, files that vanish, names of every kind."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from MotionQCLib.archive.group_page import group_page
from MotionQCLib.archive.group_table import group_table
from MotionQCLib.errors import InputError
from MotionQCLib.scan import dicom_series, read, read_scan

from ..cli.conftest import Shell
from ..scan.bad_files import volume, voxels
from ..scan.dicom_files import write_series

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits and names")


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


@pytest.mark.parametrize("room", [0, 20_000])
def test_a_full_disk_ends_scoring_in_one_line_and_without_half_a_report(
    shell: Shell, a_head_file: Path, a_model_file: Path, tmp_path: Path, room: int
) -> None:
    with largest_file(room):
        spoken = shell("score", a_head_file, "--model", a_model_file, "--output", tmp_path / "out")
    assert spoken.status == 2
    assert "cannot be written (File too large)" in spoken.err
    assert spoken.err.count("\n") <= 2
    assert not list(tmp_path.rglob("*_motionqc*"))
    again = shell("score", a_head_file, "--model", a_model_file, "--output", tmp_path / "out")
    assert again.status == 0, again.err


@pytest.mark.parametrize("fault", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EIO])
def test_an_output_that_cannot_be_written_is_said_before_anything_is_scored(
    shell: Shell,
    a_head_file: Path,
    a_model_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: int,
) -> None:
    healthy = Path.open

    def fail(self: Path, mode: str = "r", *more: object, **options: object) -> object:
        if "r" not in mode and tmp_path in self.parents:
            raise OSError(fault, os.strerror(fault), str(self))
        return healthy(self, mode, *more, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", fail)
    monkeypatch.setattr(read, "read_scan", pytest.fail)
    spoken = shell("score", a_head_file, "--model", a_model_file, "--output", tmp_path / "out")
    assert (spoken.status, spoken.out) == (2, "")
    assert os.strerror(fault) in spoken.err
    assert spoken.err.count("\n") == 1


def vanishing(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
    """Let a file be gone once a function has looked at it."""
    look: Callable[[Path], object] = getattr(module, name)

    def look_and_delete(path: Path) -> object:
        found = look(path)
        path.unlink()
        return found

    monkeypatch.setattr(module, name, look_and_delete)


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz", "scan.mgz"])
def test_a_file_that_vanishes_while_it_is_read_is_a_fault_of_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = volume(tmp_path, name)
    vanishing(monkeypatch, read, "identify")
    with pytest.raises(InputError, match=f"{name}: cannot be read") as caught:
        read_scan(path)
    assert caught.value.code == "not-readable"


def test_slices_that_vanish_are_a_fault_of_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_series(tmp_path / "d", voxels(), spacing=(9, 8, 10))
    vanishing(monkeypatch, dicom_series, "has_dicom_magic")
    with pytest.raises(InputError, match="d: cannot be read"):
        read_scan(folder)


NAMES = {
    "scripts": "頭部 Kopf-größe Ωμ 🧠_T1w.nii.gz",
    "decomposed": "Schädel_T1w.nii.gz",
    "no unicode": os.fsdecode(b"sub-\xff\xfe_T1w.nii.gz"),
    "line breaks": "a\nb\tc\x1b[31m_T1w.nii.gz",
    "longest": "x" * 248 + ".nii.gz",
    "longest in other letters": "名" * 82 + ".nii.gz",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name_in_a_deep_folder_is_scored_and_found_again(
    shell: Shell, a_head_file: Path, a_model_file: Path, tmp_path: Path, name: str
) -> None:
    if sys.platform == "darwin" and name == "no unicode":
        pytest.skip("macOS takes no such name")
    deep = tmp_path.joinpath(*[f"Ordner-{n}-ü" * 8 for n in range(12)])
    deep.mkdir(parents=True)
    scan = Path(shutil.copy(a_head_file, deep / NAMES[name]))
    words = ("score", scan, "--model", a_model_file, "--output", tmp_path / "out")
    assert shell(*words).status == 0
    again = shell(*words, "--json")
    assert "have a report there already" in again.err
    (document,) = again.objects
    assert document["input"] == str(scan)
    (report,) = (tmp_path / "out").glob("*_motionqc.json")
    assert report.with_suffix(".png").exists()
    assert json.loads(report.read_text("ascii"))["motion_score_mm"] == document["motion_score_mm"]


@pytest.mark.parametrize("path", ["x" * 300 + ".nii", "/x" * 4000 + "/a.nii", "y" * 300])
def test_a_path_that_no_system_takes_is_one_line(
    shell: Shell, a_model_file: Path, path: str
) -> None:
    spoken = shell("score", path, "--model", a_model_file, "--json")
    assert spoken.status == 2
    assert spoken.objects[0]["error"]["code"] == "not-readable"
    assert spoken.err.count("\n") == 1


def test_ten_thousand_reports_make_a_table_and_a_page_in_seconds(
    a_model_file: Path, a_head_file: Path, shell: Shell, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert shell("score", a_head_file, "--model", a_model_file, "--output", out).status == 0
    (report,) = out.glob("*_motionqc.json")
    one = json.loads(report.read_text())
    scores = np.random.default_rng(1).uniform(0, 4, 10_000).tolist()
    documents = [
        {**one, "motion_score_mm": score, "report": f"{n}", "input": f"{n}", "site": f"s{n % 30}"}
        for n, score in enumerate(scores)
    ]
    began = time.perf_counter()
    assert group_table(documents).count("\n") == 10_001
    assert group_page(documents, [], lambda _: None).count("<tr>") == 10_001
    assert time.perf_counter() - began < 20


def test_no_report_name_is_too_long_for_a_disk(tmp_path: Path) -> None:
    from MotionQCLib.scoring.report import PICTURE_SUFFIX, shortened

    for stem in ("x" * 251, "é" * 125, "名" * 82):
        short, cut = shortened(stem)
        assert cut
        assert stem.startswith(short)
        assert len(os.fsencode(f".{short}-01234567{PICTURE_SUFFIX}.0123456789ab")) <= 255
    assert shortened("sub-01_T1w") == ("sub-01_T1w", False)
