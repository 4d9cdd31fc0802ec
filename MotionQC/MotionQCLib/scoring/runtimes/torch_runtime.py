"""SFCN through torch: the route of a GPU, and on a CPU the one that tests compare with."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from MotionQCLib.models import ModelBundle
from MotionQCLib.network import SFCN
from MotionQCLib.scoring.runtimes.runtime import DEFAULT_THREADS


class TorchRuntime:
    """A model as a torch module in evaluation mode, float32 throughout."""

    def __init__(
        self,
        bundle: ModelBundle,
        device: Literal["cpu", "cuda"],
        *,
        threads: int = DEFAULT_THREADS,
    ) -> None:
        self._device = torch.device(device)
        if device == "cpu":
            torch.set_num_threads(threads)
        self._network = build_network(bundle).to(self._device)
        self._grid = bundle.metadata.architecture.grid

    @property
    def name(self) -> str:
        """Library, device and precision."""
        return f"torch {self._device.type} float32"

    def logits(self, volume: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logits `(bins,)` of one normalised volume `(I, J, K)` on the model's grid."""
        if volume.shape != self._grid:
            raise ValueError(f"volume has shape {volume.shape}; the model's grid is {self._grid}.")
        batch = torch.from_numpy(np.array(volume, dtype=np.float32)).to(self._device)
        # TF32 would keep 10 bits of each factor, and the score is to be that of the CPU.
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            output = self._network(batch[None, None])
        logits: NDArray[np.float64] = output[0].double().cpu().numpy()
        return logits


def build_network(bundle: ModelBundle) -> SFCN:
    """The bundle's network in float32, ready to score."""
    architecture = bundle.metadata.architecture
    network = SFCN(bins=architecture.bins, grid=architecture.grid)
    state = network.state_dict()
    for name, array in bundle.weights.items():
        state[name] = torch.from_numpy(array.astype(np.float32))
    network.load_state_dict(state)
    return network.eval()


def gpu_is_usable() -> bool:
    """Whether torch can compute on a CUDA GPU."""
    return try_gpu()[0] is not None


def try_gpu() -> tuple[str | None, str]:
    """Compute something on the GPU; return its name, or None, and what to know about it.

    A PyTorch built for other hardware finds the GPU and fails only at the first kernel.
    """
    build = f"PyTorch {torch.__version__}"
    if not torch.cuda.is_available():
        return None, f"{build} sees no GPU"
    try:
        volume = torch.ones(1, 1, 8, 8, 8, device="cuda")
        torch.nn.functional.conv3d(volume, volume[..., :3, :3, :3]).sum().item()
    except RuntimeError as error:
        return None, f"{build} cannot use the GPU ({str(error).splitlines()[0]})"
    return torch.cuda.get_device_name(), build
