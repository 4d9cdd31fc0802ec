"""`motionqc simulate`: a scan as it would look had the head moved, and how much that was."""

from __future__ import annotations

import argparse
import gzip
import json
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from MotionQCLib.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from MotionQCLib.motion import Trajectory
    from MotionQCLib.scan import Scan

NAME = "simulate"
HELP = "put a known head motion into a scan; writes the image and a JSON file with its true score"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `motionqc simulate`."""
    parser.add_argument("scan", metavar="SCAN", help="image file, DICOM folder or zip")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="OUT", help="OUT.nii.gz or OUT.nii"
    )
    parser.add_argument(
        "--pattern",
        default="steps",
        help="kind of motion (default: %(default)s; a wrong one lists all)",
    )
    parser.add_argument(
        "--motion",
        type=Path,
        metavar="FILE",
        help="a measured motion (MCFLIRT .par or .csv) instead of a pattern",
    )
    parser.add_argument("--events", type=int, default=3, help="how often (default: %(default)s)")
    parser.add_argument(
        "--rotation",
        type=float,
        default=2.0,
        metavar="DEG",
        help="largest angle about an axis, degrees (default: %(default)s)",
    )
    parser.add_argument(
        "--translation",
        type=float,
        default=2.0,
        metavar="MM",
        help="largest shift along an axis, mm (default: %(default)s)",
    )
    parser.add_argument(
        "--axis",
        choices=("LR", "AP", "SI"),
        default="AP",
        help="slow phase-encoding direction (default: %(default)s)",
    )
    parser.add_argument(
        "--ordering",
        choices=("linear", "centric"),
        default="linear",
        help="order in which k-space is acquired (default: %(default)s)",
    )
    parser.add_argument(
        "--onset",
        type=float,
        metavar="SHARE",
        help="when the head first moves, as a share of the acquisition (default: by chance)",
    )
    parser.add_argument("--seed", type=int, help="repeats a motion (default: a fresh one)")
    parser.add_argument("--series", metavar="N", help="which series of a DICOM folder or zip")


def run(arguments: argparse.Namespace) -> int:
    """Read, move, write; return 0."""
    from MotionQCLib.scan import read_scan

    check_output(arguments.output, source=Path(arguments.scan))
    trajectory, origin = choose_motion(arguments)
    scan = read_scan(arguments.scan, series=arguments.series)
    for warning in scan.warnings:
        print(f"motionqc: warning: {scan.source}: {warning.message}", file=sys.stderr)
    record = write_moved(scan, trajectory, arguments.output, origin)
    print(f"{arguments.output}: true motion score {record['motion_score_mm']:.2f} mm")
    return 0


def choose_motion(arguments: argparse.Namespace) -> tuple[Trajectory, dict[str, Any]]:
    """Return the trajectory asked for, and where it came from, for the record.

    Raises
    ------
    InputError
        A setting, or the motion file, is at fault.
    """
    from MotionQCLib.motion.motion_file import read_motion_file
    from MotionQCLib.motion.patterns import make_trajectory

    if arguments.motion is not None:
        measured = read_motion_file(
            arguments.motion, axis=arguments.axis, ordering=arguments.ordering
        )
        return measured, {"pattern": "file", "seed": None}
    seed = secrets.randbits(32) if arguments.seed is None else arguments.seed
    if seed < 0:
        raise InputError("bad-seed", f"--seed {seed}: give 0 or more.")
    drawn = make_trajectory(
        arguments.pattern,
        events=arguments.events,
        rotation_deg=arguments.rotation,
        translation_mm=arguments.translation,
        axis=arguments.axis,
        ordering=arguments.ordering,
        onset=arguments.onset,
        seed=seed,
    )
    return drawn, {"pattern": arguments.pattern, "seed": seed}


def write_moved(
    scan: Scan, trajectory: Trajectory, output: Path, origin: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the moved scan as float32 NIfTI, and beside it a JSON file with the truth about it.

    The two appear together or not at all.

    Parameters
    ----------
    scan
        The still scan.
    trajectory
        The motion; without a pivot, the head turns about its brain's centre.
    output
        The image, `*.nii.gz` or `*.nii`; the JSON file differs in its suffix.
    origin
        Where the trajectory came from (``pattern``, ``seed``), for the record.

    Returns
    -------
    dict
        The content of the JSON file.

    Raises
    ------
    InputError
        `output-failed`: the place cannot be written.
    """
    from MotionQCLib.motion import Acquisition, scores
    from MotionQCLib.motion.recipe import trajectory_to_json

    acquisition = Acquisition(scan.data, scan.affine, trajectory)
    moved = acquisition.trajectory
    truth = scores(scan.data, scan.affine, moved).to_json()
    record = {
        "motion_score_mm": truth["edge"],
        "scores": truth,
        **trajectory_to_json(moved),
        **origin,
        # The name of a DICOM folder or archive is often the patient's.
        "source": "DICOM series" if scan.format == "dicom" else scan.source,
    }
    image = nifti_bytes(acquisition.image(), scan.affine, packed=output.name.endswith(".gz"))
    text = json.dumps(record, indent=2, allow_nan=False) + "\n"
    _write({output: image, json_path(output): text})
    return record


def write_nifti(output: Path, volume: NDArray[np.generic], affine: NDArray[np.float64]) -> None:
    """Write a volume `(I, J, K)` as float32 with its affine to RAS mm, whole or not at all.

    Raises
    ------
    InputError
        `output-failed`: the place cannot be written.
    """
    packed = output.name.endswith(".gz")
    _write({output: nifti_bytes(volume, affine, packed=packed)})


def nifti_bytes(volume: NDArray[np.generic], affine: NDArray[np.float64], *, packed: bool) -> bytes:
    """The content of a float32 NIfTI file, gzipped if `packed`; the same for the same volume."""
    import nibabel
    import numpy as np

    image = nibabel.Nifti1Image(np.asarray(volume, dtype=np.float32), affine)
    image.set_qform(affine, code="scanner")
    image.set_sform(affine, code="scanner")
    image.header.set_xyzt_units("mm")
    content: bytes = image.to_bytes()
    # Without a time stamp, so that the same motion gives the same file.
    return gzip.compress(content, compresslevel=4, mtime=0) if packed else content


def _write(contents: Mapping[Path, bytes | str]) -> None:
    """Write files together, the user's own image first."""
    from MotionQCLib.atomic_file import write_together

    with _explained(next(iter(contents))):
        write_together(contents)


@contextmanager
def _explained(output: Path) -> Iterator[None]:
    """Turn what a disk may raise into one line for the user."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or "input/output error"
        raise InputError(
            "output-failed", f"{output}: cannot be written ({reason}); choose another place."
        ) from error


def check_output(output: Path, *, source: Path) -> None:
    """Refuse an output that is no NIfTI file, or that is the source itself.

    Raises
    ------
    InputError
        `output-name`, `output-foreign`, `output-is-input` or `output-failed`.
    """
    if not output.name.endswith((".nii", ".nii.gz")):
        raise InputError(
            "output-name", f"--output {output}: give a name ending in .nii.gz or .nii."
        )
    with _explained(output):
        _require_own_record(output)
        if output.exists() and source.exists() and output.samefile(source):
            raise InputError(
                "output-is-input", f"--output {output}: that is the scan itself; give another name."
            )


def _require_own_record(output: Path) -> None:
    """A JSON file that is beside the output already must be this command's."""
    record = json_path(output)
    if record.exists() and '"motion_score_mm"' not in record.read_text("utf-8", "replace"):
        raise InputError(
            "output-foreign",
            f"--output {output}: {record.name} is there and not of this command; "
            "give another name.",
        )


def json_path(output: Path) -> Path:
    """The JSON file beside an image."""
    stem = output.name.removesuffix(".gz").removesuffix(".nii")
    return output.with_name(f"{stem}.json")
