"""Motion files: MCFLIRT's convention rebuilt from its definition, tables, and their faults."""

from __future__ import annotations

import numpy as np
import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.motion import pose_matrix
from MotionQCLib.motion.motion_file import fsl_pose, read_motion_file

CSV_HEADER = "tx,ty,tz,rx,ry,rz\n"


@pytest.fixture
def written(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def mcflirt_matrix(parameters, center):
    """What FSL composes: three left-handed turns about a centre, then the shift; its own axes."""
    (sa, sb, sc), (ca, cb, cc) = np.sin(parameters[:3]), np.cos(parameters[:3])
    turns = (
        np.array([[1, 0, 0], [0, ca, sa], [0, -sa, ca]]),
        np.array([[cb, 0, -sb], [0, 1, 0], [sb, 0, cb]]),
        np.array([[cc, sc, 0], [-sc, cc, 0], [0, 0, 1]]),
    )
    matrix = np.eye(4)
    for turn in turns:
        about = np.eye(4)
        about[:3, :3], about[:3, 3] = turn, center - turn @ center
        matrix = matrix @ about
    matrix[:3, 3] += parameters[3:]
    return matrix


def test_an_mcflirt_line_moves_the_head_where_the_matrix_brings_it_back_from(rng):
    center_fsl = np.array([91.0, 105.0, 60.0])
    fsl_to_ras = np.array([[-1, 0, 0, 90], [0, 1, 0, -126], [0, 0, 1, -72], [0, 0, 0, 1.0]])
    pivot = (fsl_to_ras @ [*center_fsl, 1])[:3]
    for _ in range(20):
        parameters = np.concatenate([rng.uniform(-0.2, 0.2, 3), rng.uniform(-5, 5, 3)])
        back = fsl_to_ras @ mcflirt_matrix(parameters, center_fsl) @ np.linalg.inv(fsl_to_ras)
        push = pose_matrix(fsl_pose(parameters), pivot)
        assert back @ push == pytest.approx(np.eye(4), abs=1e-9)


def test_the_rotation_is_that_of_a_matrix_mcflirt_wrote():
    # A line of a .par file and the rotation of its MAT file, as posted at neurostars.org/t/3839.
    parameters = np.array([0.000388147, -0.000175142, 0.000708284, -0.113317, 0.265861, 0.19274])
    written_by_mcflirt = [
        [1, 0.000708, 0.000175],
        [-0.000708, 1, 0.000388],
        [-0.000175, -0.000388, 1],
    ]
    flip = np.diag([-1.0, 1, 1])
    push = pose_matrix(fsl_pose(parameters))[:3, :3]
    assert flip @ push.T @ flip == pytest.approx(np.array(written_by_mcflirt), abs=1e-6)


def test_a_par_file_gives_one_pose_a_volume_with_equal_shares(written):
    path = written("mc.par", "0 0 0 0 0 0\n\n0.01  0 -0.02 1 0.5 -0.25\n" + "0 0 0 0 0 1e-3\n" * 2)
    trajectory = read_motion_file(path, axis="LR", ordering="centric", pivot=(1, 2, 3))
    assert trajectory.onsets.tolist() == [0, 0.25, 0.5, 0.75]
    assert trajectory.poses[3] == pytest.approx([0, 0, -1e-3, 0, 0, 0])
    assert (trajectory.axis, trajectory.ordering, trajectory.pivot) == ("LR", "centric", (1, 2, 3))


def test_a_volume_that_mcflirt_shifts_to_the_left_had_moved_to_the_right(written):
    # FSL's x runs to the left: +2 brings the volume 2 mm to the left.
    trajectory = read_motion_file(written("mc.par", "0 0 0 2 0 0\n"))
    assert trajectory.poses[0] == pytest.approx([2, 0, 0, 0, 0, 0])


def test_a_table_is_read_in_our_own_convention_whatever_its_columns_order(written):
    path = written("m.csv", "rz, ry, rx, tz, note, ty, tx\n6,5,4,3,a nod,2,1\n0,0,0,0,,0,0\n")
    trajectory = read_motion_file(path)
    assert trajectory.poses[0].tolist() == [1, 2, 3, 4, 5, 6]
    assert trajectory.onsets.tolist() == [0, 0.5]


def test_units_in_the_columns_names_are_followed_and_never_guessed(written):
    names = "tx_mm,ty_mm,tz_mm,rx_rad,ry_rad,rz_rad\n"
    radians = read_motion_file(written("a.csv", names + "0,0,0,3.0,0,0.001\n"))
    degrees = read_motion_file(
        written("b.csv", names.replace("rad", "deg") + "0,0,0,3.0,0,0.001\n")
    )
    assert radians.poses[0, 3:] == pytest.approx(np.rad2deg([3.0, 0, 0.001]))
    assert degrees.poses[0, 3:] == pytest.approx([3.0, 0, 0.001])


def test_onsets_are_taken_as_they_are(written):
    rows = "".join(f"{onset},0,0,0,0,0,1\n" for onset in (0, 0.1, 0.95))
    trajectory = read_motion_file(written("m.csv", "onset," + CSV_HEADER + rows))
    assert trajectory.onsets.tolist() == [0, 0.1, 0.95]


def test_times_in_seconds_end_one_mean_interval_after_the_last(written):
    rows = "".join(f"{seconds},0,0,0,0,0,1\n" for seconds in (10, 12, 20, 25))
    trajectory = read_motion_file(written("m.csv", "time," + CSV_HEADER + rows))
    assert trajectory.onsets == pytest.approx(np.array([0, 2, 10, 15]) / 20)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    path = tmp_path / "m.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (CSV_HEADER + "1,0,0,0,0,0\n").encode())
    assert read_motion_file(path).poses[0, 0] == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("m.txt", "0 0 0 0 0 0\n", "give a .par"),
        ("m.par", "", "holds no pose"),
        ("m.par", "0 0 0 0 0 0\n0 0 0 0 0\n", "line 2: 5 values, not 6"),
        ("m.par", "0 0 0 0 0 nan\n", "line 1: 'nan' is not a finite number"),
        ("m.par", "0 0 0 0 0 x\n", "line 1: 'x' is not a finite number"),
        ("m.csv", "", "is empty"),
        ("m.csv", CSV_HEADER, "holds no pose"),
        ("m.csv", "tx,ty,tz,rx,ry\n0,0,0,0,0\n", "line 1: 0 columns for rz; give one column rz or"),
        ("m.csv", "tx_rad,ty,tz,rx,ry,rz\n0,0,0,0,0,0\n", "0 columns for tx"),
        ("m.csv", "tx,ty,tz,rx,ry,rz,rz_deg\n0,0,0,0,0,0,0\n", "2 columns for rz"),
        ("m.csv", "tx,ty,tz,rx,ry,rz,rz\n0,0,0,0,0,0,0\n", "2 columns for rz"),
        ("m.csv", "tx;ty;tz;rx;ry;rz\n0;0;0;0;0;0\n", "0 columns for tx"),
        ("m.csv", CSV_HEADER + "0,0,0,0,0,0\n0,0,0\n", "line 3: 3 values under 6"),
        ("m.csv", "time,onset," + CSV_HEADER + "0,0,0,0,0,0,0,0\n", "keep one of them"),
        ("m.csv", "time," + CSV_HEADER + "1,0,0,0,0,0,0\n1,0,0,0,0,0,0\n", "line 3: time does not"),
        ("m.csv", "onset," + CSV_HEADER + "0.1,0,0,0,0,0,0\n", "the first onset is 0.1"),
        ("m.csv", "onset," + CSV_HEADER + "0,0,0,0,0,0,0\n1,0,0,0,0,0,0\n", "not below 1"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line_and_remedy(written, name, text, message):
    path = written(name, text)
    with pytest.raises(InputError, match=message) as fault:
        read_motion_file(path)
    assert str(path) in fault.value.message
    assert "\n" not in fault.value.message


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.par: No such file"):
        read_motion_file(tmp_path / "gone.par")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "m.csv"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="not a text file"):
        read_motion_file(path)
