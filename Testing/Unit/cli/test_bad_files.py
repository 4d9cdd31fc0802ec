"""Whatever is wrong with a file, the shell says so in one line and scores the rest."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from runpy import run_path

import pytest

from MotionQCLib.archive import worker
from MotionQCLib.models import ModelBundle
from MotionQCLib.scoring import Scorer

from .conftest import Shell

BAD_FILES: list[tuple[str, Callable[[Path], Path], str]] = run_path(
    str(Path(__file__).parents[1] / "scan" / "bad_files.py")
)["BAD_FILES"]


@pytest.fixture(scope="module")
def a_scorer(a_model: ModelBundle) -> Scorer:
    return Scorer(a_model, "cpu")


@pytest.mark.parametrize(
    ("build", "code"),
    # Of a folder the shell scores every series that may be meant.
    [
        pytest.param(build, code, id=name)
        for name, build, code in BAD_FILES
        if code != "several-series"
    ],
)
def test_a_bad_file_ends_in_status_2_and_one_line(
    shell: Shell,
    tmp_path: Path,
    a_model_file: Path,
    a_scorer: Scorer,
    monkeypatch: pytest.MonkeyPatch,
    build: Callable[[Path], Path],
    code: str,
) -> None:
    monkeypatch.setattr(worker, "Scorer", lambda *_, **__: a_scorer)  # compiled once for all files
    spoken = shell("score", build(tmp_path), "--model", a_model_file, "--json")
    assert spoken.status == 2, spoken.err
    (document,) = spoken.objects
    assert document["error"]["code"] == code
    assert spoken.err == f"motionqc: {document['error']['message']}\n"


def test_there_are_bad_files_of_at_least_thirty_kinds() -> None:
    assert len({name for name, *_ in BAD_FILES}) >= 30


def test_in_a_batch_of_bad_files_the_good_ones_are_still_scored(
    shell: Shell, tmp_path: Path, a_head_file: Path, a_model_file: Path
) -> None:
    bad = []
    for name, build, code in BAD_FILES:
        if code == "several-series":
            continue
        (tmp_path / name).mkdir()
        bad.append(build(tmp_path / name))
    first, last = (shutil.copy(a_head_file, tmp_path / f"{name}.nii.gz") for name in "ab")
    spoken = shell("score", first, *bad, last, "--model", a_model_file, "--json")
    scored = [document["input"] for document in spoken.objects if "error" not in document]
    assert spoken.status == 2
    assert scored == [str(first), str(last)]
    assert spoken.err.count("\n") == len(bad)
