"""Which runtime serves a device, and what it takes to know."""

from __future__ import annotations

import ctypes
import sys
from typing import Literal

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle
from MotionQCLib.scoring.runtimes.runtime import DEFAULT_THREADS, Encoder, Runtime

Device = Literal["auto", "cpu", "cuda", "torch-cpu"]
"""`torch-cpu` serves training without OpenVINO, and comparisons; `auto` never takes it."""


def open_runtime(
    bundle: ModelBundle, device: Device = "auto", *, threads: int = DEFAULT_THREADS
) -> Runtime:
    """The runtime for a device: OpenVINO on a CPU, torch on a GPU.

    `auto` takes a GPU where torch is installed and can use one, else the CPU.

    Raises
    ------
    InputError
        `no-gpu`: a GPU was asked for, and torch or the GPU is absent.
    """
    if device == "auto":
        return _open_gpu(bundle, threads) or _open_cpu(bundle, threads)
    if device == "cpu":
        return _open_cpu(bundle, threads)
    if device == "torch-cpu":
        from MotionQCLib.scoring.runtimes.torch_runtime import TorchRuntime

        return TorchRuntime(bundle, "cpu", threads=threads)
    runtime = _open_gpu(bundle, threads)
    if runtime is None:
        raise InputError(
            "no-gpu",
            "--device cuda: no CUDA GPU that an installed PyTorch (motionqc[gpu]) can use; "
            "choose --device cpu or auto.",
        )
    return runtime


def open_encoder(
    bundle: ModelBundle, layers: int, device: Device = "auto", *, threads: int = DEFAULT_THREADS
) -> Encoder:
    """The first so many layers of a model's encoder, on the device that scores."""
    if device == "torch-cpu" or (device != "cpu" and _torch_has_a_gpu()):
        from MotionQCLib.scoring.runtimes.torch_runtime import TorchEncoder

        return TorchEncoder(bundle, layers, "cpu" if device == "torch-cpu" else "cuda")
    from MotionQCLib.scoring.runtimes.openvino_runtime import OpenVinoEncoder

    return OpenVinoEncoder(bundle, layers, threads=threads)


def _open_cpu(bundle: ModelBundle, threads: int) -> Runtime:
    from MotionQCLib.scoring.runtimes.openvino_runtime import OpenVinoRuntime

    return OpenVinoRuntime(bundle, threads=threads)


def _open_gpu(bundle: ModelBundle, threads: int) -> Runtime | None:
    """The torch runtime, or None where torch is absent or broken or has no GPU."""
    if not _torch_has_a_gpu():
        return None
    from MotionQCLib.scoring.runtimes.torch_runtime import TorchRuntime

    return TorchRuntime(bundle, "cuda", threads=threads)


def _torch_has_a_gpu() -> bool:
    """Whether torch is installed, whole, and can use a GPU."""
    # Asked first: importing torch takes seconds, which a machine without a GPU need not pay.
    if _count_gpus() == 0:
        return False
    try:
        from MotionQCLib.scoring.runtimes.torch_runtime import gpu_is_usable
    except Exception:
        # What a half-installed torch raises depends on the half; the CPU needs none of it.
        return False
    return gpu_is_usable()


def _count_gpus() -> int:
    """How many GPUs the NVIDIA driver, if there is one, can see."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        count = ctypes.c_int(0)
        if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
            return 0
    except (OSError, AttributeError):
        return 0
    return count.value
