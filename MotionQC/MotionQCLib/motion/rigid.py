"""Rigid poses of the head, and how far apart two of them are.

Conventions, stated here once for the whole package:

* World coordinates are RAS millimetres (x to the right, y to the front, z up), as column vectors.
* A *pose* is ``[tx, ty, tz, rx, ry, rz]``: millimetres, then degrees, about a pivot.
* Its matrix is a *push* map: it says where a point of the head goes. Rotation is
  ``R = Rz @ Rx @ Ry`` (ITK's Euler order) and the translation column is ``t + c - R c``, so that
  the pivot ``c`` is moved by the translation alone.
* Rotations are right-handed about the RAS axes: a positive ``rz`` turns right towards front.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

ORIGIN = (0.0, 0.0, 0.0)
HEAD_RADIUS_MM = 80.0
"""Radius of the sphere over which deviations are averaged (Jenkinson 1999, FSL's choice)."""

Matrix = NDArray[np.float64]


def pose_matrix(pose: ArrayLike, pivot: ArrayLike = ORIGIN) -> Matrix:
    """Return the push map of a pose.

    Parameters
    ----------
    pose : (6,) array
        ``[tx, ty, tz, rx, ry, rz]`` in mm and degrees, RAS.
    pivot : (3,) array
        Point about which the head turns, RAS mm.

    Returns
    -------
    (4, 4) float64 array
        RAS mm to RAS mm.

    Examples
    --------
    >>> pose_matrix([1, 2, 3, 0, 0, 90]).round(3)[:3, 3]
    array([1., 2., 3.])
    """
    pose = np.asarray(pose, dtype=float)
    center = np.asarray(pivot, dtype=float)
    if pose.shape != (6,):
        raise ValueError(f"pose must have shape (6,), got {pose.shape}; give tx ty tz rx ry rz")
    matrix = np.eye(4)
    matrix[:3, :3] = _rotation(*np.deg2rad(pose[3:]))
    matrix[:3, 3] = pose[:3] + center - matrix[:3, :3] @ center
    return matrix


def matrix_pose(matrix: ArrayLike, pivot: ArrayLike = ORIGIN) -> NDArray[np.float64]:
    """Return the pose ``(6,)`` of a rigid push map; the inverse of :func:`pose_matrix`.

    The rotation about x is taken in [-90, 90] degrees.
    """
    matrix = np.asarray(matrix, dtype=float)
    center = np.asarray(pivot, dtype=float)
    rotation = matrix[:3, :3]
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-6) or np.linalg.det(rotation) < 0:
        raise ValueError("matrix must be rigid (a rotation and a translation), and it is not")
    about_x = np.arcsin(np.clip(rotation[2, 1], -1.0, 1.0))
    about_y = np.arctan2(-rotation[2, 0], rotation[2, 2])
    about_z = np.arctan2(-rotation[0, 1], rotation[1, 1])
    translation = matrix[:3, 3] - center + rotation @ center
    return np.concatenate([translation, np.rad2deg([about_x, about_y, about_z])])


def rms_deviation(
    a: ArrayLike,
    b: ArrayLike | None = None,
    center: ArrayLike = ORIGIN,
    radius: float = HEAD_RADIUS_MM,
) -> float:
    """Root-mean-square distance in mm between where two maps put the points of a sphere.

    Parameters
    ----------
    a, b : (4, 4) array
        Affine maps of RAS mm; ``b`` defaults to the identity.
    center : (3,) array
        The sphere's centre, RAS mm.
    radius : float
        The sphere's radius, mm.

    Returns
    -------
    float
        ``sqrt(R^2/5 tr(M'M) + |t + M x_c|^2)`` with ``[M t] = A B^-1 - I``.

    References
    ----------
    Jenkinson, Measuring transformation error by RMS deviation, FMRIB TR99MJ1 (1999).
    """
    a = np.asarray(a, dtype=float)
    difference = (a if b is None else a @ np.linalg.inv(np.asarray(b, dtype=float))) - np.eye(4)
    linear, shift = difference[:3, :3], difference[:3, 3]
    at_center = shift + linear @ np.asarray(center, dtype=float)
    return float(np.sqrt(radius**2 / 5.0 * np.sum(linear**2) + at_center @ at_center))


def _rotation(about_x: float, about_y: float, about_z: float) -> Matrix:
    """Rz @ Rx @ Ry for angles in radians."""
    angles = [about_x, about_y, about_z]
    (sx, sy, sz), (cx, cy, cz) = np.sin(angles), np.cos(angles)
    rx = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    ry = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    rz = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    rotation: Matrix = rz @ rx @ ry
    return rotation
