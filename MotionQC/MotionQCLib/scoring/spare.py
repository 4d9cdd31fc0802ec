"""The runtime of a device, and the CPU's from the moment when the GPU's memory is full."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.models import ModelBundle
from MotionQCLib.scan import ScoreWarning
from MotionQCLib.scoring.runtimes import Device, Outputs, open_runtime

_WARNING = ScoreWarning(
    "gpu-memory",
    "The GPU had too little memory left; the scan was scored on the CPU, with the same result "
    "to within rounding.",
)


class SpareRuntime:
    """A model on a device, with the CPU in reserve.

    Parameters
    ----------
    bundle
        The model.
    device
        As ``open_runtime`` takes it.
    threads
        CPU threads of the network.

    Attributes
    ----------
    warnings : tuple of ScoreWarning
        What a score must say about where it was computed; empty on the device that was asked for.

    Raises
    ------
    InputError
        The device is not there.
    """

    def __init__(self, bundle: ModelBundle, device: Device, *, threads: int) -> None:
        self._bundle, self._threads = bundle, threads
        self.warnings: tuple[ScoreWarning, ...] = ()
        try:
            self._runtime = open_runtime(bundle, device, threads=threads)
        except RuntimeError as error:
            self._turn_to_cpu(error)

    @property
    def name(self) -> str:
        """Library, device and precision."""
        return self._runtime.name

    def outputs(self, volume: NDArray[np.float32]) -> Outputs:
        """Outputs of one normalised volume `(I, J, K)` on the model's grid."""
        try:
            return self._runtime.outputs(volume)
        except RuntimeError as error:
            self._turn_to_cpu(error)
        return self._runtime.outputs(volume)

    def _turn_to_cpu(self, error: RuntimeError) -> None:
        """Compute on the CPU from now on, if memory is what was short; else pass the error on."""
        if self.warnings or not _is_out_of_memory(error):
            raise error
        self.warnings = (_WARNING,)
        self._runtime = open_runtime(self._bundle, "cpu", threads=self._threads)


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a GPU's memory is full; told by name, because torch need not be there."""
    names = {kind.__name__ for kind in type(error).__mro__}
    # Libraries below torch say so in their own words.
    return "OutOfMemoryError" in names or any(
        words in str(error) for words in ("out of memory", "ALLOC_FAILED")
    )
