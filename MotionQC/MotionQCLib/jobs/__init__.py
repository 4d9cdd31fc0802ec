"""Long work in a child Python: JSON lines both ways, cooperative stop, no orphan.

The parent's side (:class:`JobClient`) needs the standard library only and never blocks, so that a
window can drive it with a timer. The child's side (:mod:`~MotionQCLib.jobs.worker`) loads what a
task needs when it is asked for, and stays warm for the next one.
"""

from MotionQCLib.jobs.child import Child, child_environment
from MotionQCLib.jobs.client import Failure, JobClient, JobState, Listener
from MotionQCLib.jobs.exchange import Exchange

__all__ = [
    "Child",
    "Exchange",
    "Failure",
    "JobClient",
    "JobState",
    "Listener",
    "child_environment",
]
