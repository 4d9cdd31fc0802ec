"""The commands that README and pages show are run, in their order, on small made-up heads.

Those that train are not run here: for each, a table names the tests that run it, and every option
that is shown must be among theirs.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nibabel
import numpy as np
import pytest

from MotionQCLib.cli import main
from MotionQCLib.models import registry
from MotionQCLib.scan import Scan

from .documents import PAGES, REPOSITORY, Words, name_of, options, shell_commands

TRAINING = REPOSITORY / "Testing" / "Training"
RUN_ELSEWHERE = {
    "pretrain": (
        "tiny_run.py",
        "test_pretrain_runs.py",
        "pretraining/test_elsewhere.py",
        "running/test_session.py",
    ),
    "manifest --labels": ("data/test_head_set.py",),
    "tune": ("test_tune.py", "test_documented_training.py"),
    "ablate": ("evaluation/test_ablate.py", "test_documented_training.py"),
    "evaluate": ("evaluation/test_evaluate.py", "test_documented_training.py"),
    "compare": ("judging/test_detail_comparison.py",),
    "reproduce": ("systems/test_bricout2025.py", "systems/test_loizillon2023.py"),
}
"""By which tests under `Testing/Training` a command that takes long is run."""

SHORTER = {"finetune": ("--quiet", "--set", "epochs=2")}
"""Further options, by which a command takes less time."""

RATINGS = ("good", "doubtful", "bad")


@dataclass(frozen=True)
class Workplace:
    """A folder with the files that the pages name, and what has been run there.

    Parameters
    ----------
    done : list of lists of str
        Commands; one that an earlier page shows as well need not run again.
    """

    done: list[Words] = field(default_factory=list)


def elsewhere(words: Words) -> tuple[str, ...]:
    """Files of the tests that run a command; none where it is run here."""
    name = f"{words[0]} --labels" if "--labels" in words else words[0]
    return RUN_ELSEWHERE.get(name, ())


@pytest.fixture(scope="module")
def a_workplace(
    a_head_scan: Scan,
    a_model_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workplace]:
    """The working folder; a small model is the one that is shipped."""
    folder = tmp_path_factory.mktemp("documents")
    fill(folder, a_head_scan)
    ship(a_model_file, folder / "shipped")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MOTIONQC_MODELS", str(folder / "models"))
        patch.setattr(registry, "SHIPPED_FOLDER", folder / "shipped")
        assert main(["score", "rated", "--output", "reports"]) == 0
        yield Workplace()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_commands_of_a_page_run_in_their_order(
    page: Path, a_workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in shell_commands(page):
        if elsewhere(words) or words in a_workplace.done:
            continue
        status = main([*words, *SHORTER.get(words[0], ())])
        assert status == 0, f"{' '.join(words)}: {capsys.readouterr().err}"
        a_workplace.done.append(words)


@pytest.mark.parametrize(
    "words",
    sorted({tuple(words) for page in PAGES for words in shell_commands(page) if elsewhere(words)}),
    ids=" ".join,
)
def test_a_command_that_takes_long_is_run_elsewhere_with_its_options(words: Words) -> None:
    known = {word for file in elsewhere(list(words)) for word in words_of(TRAINING / file)}
    assert options(list(words)) <= known


def fill(folder: Path, scan: Scan) -> None:
    """Write scans in every shape that the pages name, each a little different from the others."""
    save = saver_of(scan)
    save(folder / "scan.nii.gz")
    save(folder / "scan.mgz")
    save_nrrd(folder / "MRHead.nrrd", scan)
    for site in ("study", "ds000011", "ds002748", "site-a", "site-b"):
        for subject in ("sub-01", "sub-02"):
            save(folder / site / subject / "anat" / f"{subject}_T1w.nii.gz")
    lines = ["file,rating"]
    for number, rating in enumerate(RATINGS):
        save(folder / "rated" / f"sub-{number:02d}_T1w.nii.gz")
        lines.append(f"rated/sub-{number:02d}_T1w.nii.gz,{rating}")
    (folder / "ratings.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")


def ship(model: Path, folder: Path) -> None:
    """Put a model where those that come with the package lie, under the usual one's name."""
    folder.mkdir()
    for file in (model, model.with_suffix(".json")):
        shutil.copy(file, folder / f"{registry.DEFAULT_MODEL}{file.suffix}")


def saver_of(scan: Scan) -> Callable[[Path], None]:
    """Return what writes the scan with noise that no other file has."""
    rng = np.random.default_rng(11)

    def save(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = np.abs(scan.data + rng.normal(0, 5, scan.shape)).astype(np.float32)
        kind = nibabel.MGHImage if path.suffix == ".mgz" else nibabel.Nifti1Image
        nibabel.save(kind(data, scan.affine), path)

    return save


def save_nrrd(path: Path, scan: Scan) -> None:
    """Write the scan as 3D Slicer would."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(scan.data.T)
    to_lps = np.diag([-1.0, -1.0, 1.0])
    image.SetSpacing(scan.spacing.tolist())
    image.SetDirection((to_lps @ scan.affine[:3, :3] / scan.spacing).ravel().tolist())
    image.SetOrigin((to_lps @ scan.affine[:3, 3]).tolist())
    sitk.WriteImage(image, str(path), useCompression=True)


def words_of(file: Path) -> set[str]:
    """Every word that a test file writes out."""
    tree = ast.parse(file.read_text("utf-8"))
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}
