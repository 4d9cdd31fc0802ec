"""The devices that a model runs on: OpenVINO for CPUs, torch for GPUs."""

from MotionQCLib.scoring.runtimes.opening import Device, open_encoder, open_runtime
from MotionQCLib.scoring.runtimes.runtime import DEFAULT_THREADS, Encoder, Outputs, Runtime

__all__ = [
    "DEFAULT_THREADS",
    "Device",
    "Encoder",
    "Outputs",
    "Runtime",
    "open_encoder",
    "open_runtime",
]
