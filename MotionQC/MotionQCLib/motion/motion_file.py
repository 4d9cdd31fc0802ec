"""Motion measured elsewhere: six-parameter files become a :class:`Trajectory`.

Two formats, told apart by the file's suffix. Units are those of the format or of a column's name,
never guessed from the size of a number.

``.par``, as FSL's MCFLIRT writes it
    One line a volume: three rotations in radians, then three translations in mm. Together they are
    the matrix that takes that volume *back* to the reference volume: in FSL's coordinates
    ``R = Rx Ry Rz``, each factor left-handed (``[[c, s], [-s, c]]``), about the reference's centre
    of gravity (``miscmaths``: ``make_rot``, ``construct_rotmat_euler``). FSL's x runs from right to
    left, so its axes are left, front, up for a volume stored in the usual orientation (as
    ``fslreorient2std`` leaves it), which is assumed. The file does not hold the centre of gravity:
    give it as ``pivot``, else the brain's centre stands for it. Volumes share the time equally.

``.csv``
    A header line, then one pose a line, in this package's own convention (``rigid.py``: push, RAS).
    Columns ``tx, ty, tz`` are mm and ``rx, ry, rz`` degrees; the names may say so (``tx_mm``,
    ``rx_deg``), and ``rx_rad, ry_rad, rz_rad`` are radians. When each pose begins is told by
    ``onset`` (k-space time, from 0, below 1) or ``time`` (seconds; the acquisition ends one mean
    interval after the last line); without either, poses share the time equally. Other columns are
    passed over.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from MotionQCLib.errors import InputError
from MotionQCLib.motion.trajectory import Axis, Ordering, Point, Trajectory

_POSE_NAMES = ("tx", "ty", "tz", "rx", "ry", "rz")
_FSL_TO_RAS = np.diag([-1.0, 1.0, 1.0])


def read_motion_file(
    path: str | Path,
    *,
    axis: Axis = "AP",
    ordering: Ordering = "linear",
    pivot: Point | None = None,
) -> Trajectory:
    """Return the trajectory that a motion file describes.

    Parameters
    ----------
    path
        A ``.par`` or ``.csv`` file, see the head of this module.
    axis, ordering
        How the scan to be moved is acquired; the file does not say.
    pivot
        Point about which the file's rotations turn, RAS mm; None is the brain's centre of the
        moved scan.

    Raises
    ------
    InputError
        Naming the file, the line and the remedy.
    """
    path = Path(path)
    readers = {".par": _read_par, ".csv": _read_csv}
    if path.suffix.lower() not in readers:
        raise InputError(
            "motion-file-format",
            f"{path}: unknown kind of motion file; give a .par (MCFLIRT) or a .csv file.",
        )
    poses, onsets = readers[path.suffix.lower()](path)
    return Trajectory(poses, onsets, axis=axis, ordering=ordering, pivot=pivot)


def fsl_pose(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pose ``(6,)`` that MCFLIRT's six parameters undo.

    Parameters
    ----------
    parameters : (6,) array
        Three rotations in radians, three translations in mm, FSL's axes.
    """
    back = _FSL_TO_RAS @ Rotation.from_euler("XYZ", -parameters[:3]).as_matrix() @ _FSL_TO_RAS
    shift_back = _FSL_TO_RAS @ parameters[3:]
    about_z, about_x, about_y = Rotation.from_matrix(back.T).as_euler("ZXY", degrees=True)
    return np.array([*(-back.T @ shift_back), about_x, about_y, about_z])


def _read_par(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Poses and onsets of an MCFLIRT file."""
    rows = []
    for number, line in enumerate(_lines(path), start=1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) != 6:
            raise _fault(path, number, f"{len(fields)} values, not 6", "write it as MCFLIRT")
        rows.append([_number(field, path, number) for field in fields])
    if not rows:
        raise InputError("motion-file-empty", f"{path} holds no pose; give one line a volume.")
    poses = np.array([fsl_pose(np.array(row)) for row in rows])
    return poses, _equal_shares(len(poses))


def _read_csv(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Poses and onsets of a table with named columns."""
    reader = csv.reader(_lines(path), skipinitialspace=True)
    header = next(reader, None)
    if header is None:
        raise InputError("motion-file-empty", f"{path} is empty; give a header and poses.")
    columns = _find_columns(path, [name.strip().lower() for name in header])
    rows, numbers = [], []
    for fields in reader:
        if not fields:
            continue
        number = reader.line_num
        if len(fields) != len(header):
            problem = f"{len(fields)} values under {len(header)} column names"
            raise _fault(path, number, problem, "give every line all columns")
        rows.append([_number(fields[place], path, number) for place in columns.places])
        numbers.append(number)
    if not rows:
        raise InputError("motion-file-empty", f"{path} holds no pose; give one line a pose.")
    table = np.array(rows)
    poses = table[:, : len(_POSE_NAMES)] * columns.scale
    if not columns.clock:
        return poses, _equal_shares(len(poses))
    return poses, _onsets(table[:, -1], columns.clock, path, numbers)


@dataclass(frozen=True)
class _Columns:
    """Where a table keeps the pose, with the factors to mm and degrees, and its time, if it does.

    The clock, ``"onset"``, ``"time"`` or nothing, has the last place.
    """

    places: list[int]
    scale: NDArray[np.float64]
    clock: str


def _find_columns(path: Path, header: list[str]) -> _Columns:
    """Find each pose component once, in one of the units that its name may state."""
    places, scale = [], []
    for name in _POSE_NAMES:
        units = {"": 1.0, "_mm": 1.0}
        if name.startswith("r"):
            units = {"": 1.0, "_deg": 1.0, "_rad": float(np.rad2deg(1.0))}
        known = [name + unit for unit in units]
        found = [place for place, column in enumerate(header) if column in known]
        if len(found) != 1:
            remedy = f"give one column {' or '.join(known)}"
            raise _fault(path, 1, f"{len(found)} columns for {name}", remedy)
        places += found
        scale.append(units[header[found[0]].removeprefix(name)])
    clocks = [name for name in ("onset", "time") if name in header]
    if len(clocks) > 1:
        raise _fault(path, 1, "columns onset and time", "keep one of them")
    places += [header.index(clock) for clock in clocks]
    return _Columns(places, np.array(scale), clocks[0] if clocks else "")


def _onsets(
    told: NDArray[np.float64], clock: str, path: Path, numbers: list[int]
) -> NDArray[np.float64]:
    """Onsets in k-space time, of what a clock told on the lines of those numbers."""
    late = np.flatnonzero(np.diff(told) <= 0)
    if late.size:
        line = numbers[late[0] + 1]
        raise _fault(path, line, f"{clock} does not ascend", "sort the lines")
    if clock == "time":
        elapsed = told - told[0]
        return elapsed / elapsed[-1] * (1 - 1 / len(told)) if len(told) > 1 else elapsed
    if told[0] != 0:
        raise _fault(path, numbers[0], f"the first onset is {told[0]:g}", "let it be 0")
    if told[-1] >= 1:
        raise _fault(path, numbers[-1], f"onset {told[-1]:g} is not below 1", "give k-space time")
    return told


def _equal_shares(count: int) -> NDArray[np.float64]:
    return np.arange(count) / count


def _lines(path: Path) -> list[str]:
    """Lines of a text file, or the reason why there are none."""
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise InputError("motion-file-unreadable", f"{path}: {reason}; check the path.") from error
    except UnicodeDecodeError as error:
        raise InputError(
            "motion-file-format", f"{path} is not a text file; export the motion as text."
        ) from error


def _number(field: str, path: Path, line: int) -> float:
    try:
        value = float(field)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise _fault(path, line, f"{field.strip()!r:.60} is not a finite number", "correct it")
    return value


def _fault(path: Path, line: int, problem: str, remedy: str) -> InputError:
    return InputError("motion-file-line", f"{path}, line {line}: {problem}; {remedy}.")
