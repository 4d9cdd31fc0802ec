"""The devices that a model runs on: OpenVINO for CPUs, torch for GPUs."""

from MotionQCLib.scoring.runtimes.runtime import DEFAULT_THREADS, Device, Runtime, open_runtime

__all__ = ["DEFAULT_THREADS", "Device", "Runtime", "open_runtime"]
