"""`make demo`: a real scan as it is, and the same scan with known motions put into it.

Run as `python -m MotionQCLib.cli.demo [SCAN]`. Without a scan it takes the MNI152 template that
nilearn carries (brain-extracted, an average of 152 people), so that nothing is downloaded.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from MotionQCLib.archive.failure import Failure
from MotionQCLib.errors import InputError

if TYPE_CHECKING:
    from MotionQCLib.models import ModelMetadata
    from MotionQCLib.motion import Trajectory
    from MotionQCLib.scan import Scan, ScoreWarning
    from MotionQCLib.scoring import Result

GOALS_MM = (1.5, 3.0)
"""True scores of the motions that are put in."""

PATTERN, EVENTS, SEED = "steps", 4, 7


@dataclass(frozen=True)
class Case:
    """One row of the demonstration: a file, and the motion that is known to be in it."""

    name: str
    file: Path
    true_mm: float | None


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demonstration; exit statuses as `motionqc` has them."""
    parser = argparse.ArgumentParser(prog="motionqc demo", description=__doc__)
    parser.add_argument("scan", nargs="?", type=Path, help="your own scan instead of the template")
    parser.add_argument("--output", type=Path, default=Path("demo-output"), metavar="DIR")
    parser.add_argument("--series", metavar="N", help="which series of a DICOM folder or zip")
    arguments = parser.parse_args(argv)
    try:
        demonstrate(arguments.scan, arguments.output, series=arguments.series)
    except InputError as error:
        print(f"motionqc: {error.message}", file=sys.stderr)
        return 2
    return 0


def demonstrate(source: Path | None, folder: Path, *, series: str | None = None) -> None:
    """Score a scan as it is and moved, print the comparison, and write the reports.

    Raises
    ------
    InputError
        The scan is at fault, or the folder cannot be written.
    """
    from MotionQCLib.archive.folder import ArchiveFolder
    from MotionQCLib.archive.items import list_items
    from MotionQCLib.archive.run import score_items
    from MotionQCLib.archive.worker import Work
    from MotionQCLib.cli.score_table import model_notice
    from MotionQCLib.cli.terminal import progress
    from MotionQCLib.models import DEFAULT_MODEL, find_model
    from MotionQCLib.scan import read_scan

    bundle = find_model()
    scan = load_template() if source is None else read_scan(source, series=series)
    forget_earlier(folder)
    cases = []
    with progress("moving", len(GOALS_MM) + 1, shown=True) as done:
        for case in make_cases(scan, folder, bundle.metadata):
            cases.append(case)
            done(case.name)
    work = Work(DEFAULT_MODEL, output=folder, settings={"demo": True})
    items = list_items(case.file for case in cases)
    with (
        ArchiveFolder(folder, bundle.metadata) as reports,
        progress("scoring", len(cases), shown=True) as done,
    ):
        results = []
        for item, outcome in score_items(work, bundle, items, reports):
            if isinstance(outcome, Failure):
                raise InputError(outcome.code, outcome.message)
            results.append(outcome[0])
            done(item.path.name)
    _print_table(scan, cases, results)
    # The files that were scored hold what the scan's own reader had to assume.
    warnings = [*scan.warnings, *(item for result in results for item in result.warnings)]
    _print_notices(model_notice(bundle.metadata), warnings, scan.notes, folder)


def forget_earlier(folder: Path) -> None:
    """Delete what an earlier demonstration left: its images are about to be replaced."""
    for name in ("demo-as-is_T1w", "demo-moved-*mm_T1w"):
        for file in folder.glob(f"{name}[._]*"):
            file.unlink()


def load_template() -> Scan:
    """The MNI152 T1 template at 1 mm, out of the installed nilearn package."""
    import numpy as np
    from nilearn.datasets import load_mni152_template

    from MotionQCLib.scan import Scan

    image = load_mni152_template(resolution=1)
    data = np.asarray(image.dataobj, dtype=np.float32)
    return Scan(data, np.asarray(image.affine, dtype=float), "MNI152 template", "nifti")


def make_cases(scan: Scan, folder: Path, metadata: ModelMetadata) -> list[Case]:
    """Write the scan and its moved versions into the folder."""
    from MotionQCLib.cli.simulate import write_moved, write_nifti

    still = folder / "demo-as-is_T1w.nii.gz"
    write_nifti(still, scan.data, scan.affine)
    cases = [Case("as it is", still, None)]
    for goal in GOALS_MM:
        file = folder / f"demo-moved-{goal:g}mm_T1w.nii.gz"
        trajectory = motion_of_score(scan, goal)
        record = write_moved(scan, trajectory, file, {"pattern": PATTERN, "seed": SEED})
        cases.append(Case(f"moved by {goal:g} mm", file, record["scores"][metadata.label]))
    return cases


def motion_of_score(scan: Scan, goal_mm: float) -> Trajectory:
    """A fixed pattern of sudden steps, scaled until its edge score on this scan is the goal."""
    from MotionQCLib.motion import gradient_energy, trajectory_scores
    from MotionQCLib.motion.patterns import make_trajectory
    from MotionQCLib.scan import brain_center

    trajectory = make_trajectory(
        PATTERN, events=EVENTS, rotation_deg=1.0, translation_mm=1.0, seed=SEED
    )
    center = brain_center(scan.data, scan.affine)
    energy = gradient_energy(scan.data, scan.affine, trajectory.axis, center)
    # The score grows almost in proportion to the amplitude: the sine of an angle of degrees.
    for _ in range(4):
        edge = trajectory_scores(trajectory, energy, center).edge
        trajectory = trajectory.scaled(goal_mm / edge)
    return trajectory


def _print_table(scan: Scan, cases: list[Case], results: list[Result]) -> None:
    from rich.table import Table
    from rich.text import Text

    from MotionQCLib.cli.terminal import open_console

    label = results[0].model.label
    table = Table(title=f"Head motion in {scan.source}, score “{label}” in mm")
    table.add_column("Scan")
    table.add_column("True", justify="right")
    table.add_column("Predicted", justify="right")
    table.add_column("90 % interval", justify="right")
    table.add_column("Class")
    for case, result in zip(cases, results, strict=True):
        true = "unknown" if case.true_mm is None else f"{case.true_mm:.2f}"
        row = (case.name, true, result.score_text, result.interval_text)
        table.add_row(*row, Text(result.qc.name))
    open_console().print(table)


def _print_notices(
    notice: str, warnings: Sequence[ScoreWarning], notes: Sequence[str], folder: Path
) -> None:
    from MotionQCLib.cli.terminal import open_console

    console = open_console()
    for code, message in {item.code: item.message for item in warnings}.items():
        console.print(f"Warning: {message} ({code})", markup=False, style="yellow")
    for note in notes:
        console.print(note, markup=False, style="dim")
    console.print(notice, markup=False, style="dim")
    console.print(f"Images, figures and reports: {folder}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
