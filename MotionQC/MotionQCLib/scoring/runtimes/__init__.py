"""The devices that a model runs on: OpenVINO for CPUs, torch for GPUs."""

from MotionQCLib.scoring.runtimes.runtime import (
    DEFAULT_THREADS,
    Device,
    Encoder,
    Outputs,
    Runtime,
    open_encoder,
    open_runtime,
)

__all__ = [
    "DEFAULT_THREADS",
    "Device",
    "Encoder",
    "Outputs",
    "Runtime",
    "open_encoder",
    "open_runtime",
]
