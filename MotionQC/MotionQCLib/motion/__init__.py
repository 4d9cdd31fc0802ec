"""Physics of head motion: poses, trajectories, what they do to a scan, and how much that is.

Needs numpy and scipy, which every 3D Slicer ships; numba makes it faster where it is installed.
"""

from MotionQCLib.motion.rigid import matrix_pose, pose_matrix, rms_deviation
from MotionQCLib.motion.score import MotionScores, scores, trajectory_scores
from MotionQCLib.motion.simulate import Acquisition, simulate, simulate_slice
from MotionQCLib.motion.slab_energy import gradient_energy
from MotionQCLib.motion.trajectory import Trajectory

__all__ = [
    "Acquisition",
    "MotionScores",
    "Trajectory",
    "gradient_energy",
    "matrix_pose",
    "pose_matrix",
    "rms_deviation",
    "scores",
    "simulate",
    "simulate_slice",
    "trajectory_scores",
]
