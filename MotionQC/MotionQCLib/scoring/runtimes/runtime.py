"""What a runtime is: a verified model, ready to turn volumes into logits on some device."""

from __future__ import annotations

import ctypes
import sys
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle

Device = Literal["auto", "cpu", "cuda", "torch-cpu"]
"""`torch-cpu` is for comparing the two routes; it is never chosen by itself."""

DEFAULT_THREADS = 2


class Runtime(Protocol):
    """A network on a device."""

    @property
    def name(self) -> str:
        """Library, device and precision, for a result's `runtime` field."""
        ...

    def logits(self, volume: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logits `(bins,)` of one normalised volume `(I, J, K)` on the model's grid."""
        ...


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


def _open_cpu(bundle: ModelBundle, threads: int) -> Runtime:
    from MotionQCLib.scoring.runtimes.openvino_runtime import OpenVinoRuntime

    return OpenVinoRuntime(bundle, threads=threads)


def _open_gpu(bundle: ModelBundle, threads: int) -> Runtime | None:
    """The torch runtime, or None where torch is absent or broken or has no GPU."""
    # Asked first: importing torch takes seconds, which a machine without a GPU need not pay.
    if _count_gpus() == 0:
        return None
    try:
        from MotionQCLib.scoring.runtimes.torch_runtime import TorchRuntime, gpu_is_usable
    except (ImportError, OSError):
        return None
    return TorchRuntime(bundle, "cuda", threads=threads) if gpu_is_usable() else None


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
