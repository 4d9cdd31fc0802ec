"""MotionQC: how much a head moved during a T1-weighted MRI scan, in millimetres."""

__version__ = "0.1.0"
