"""SFCN through torch: the route of a GPU, and on a CPU the one that tests compare with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from MotionQCLib.models import ModelBundle, RatingHead
from MotionQCLib.models.ratings import OWN_LAYERS
from MotionQCLib.network import SFCN, QCHead, RatedSFCN, RatingBranch
from MotionQCLib.scoring.runtimes.runtime import DEFAULT_THREADS, Outputs


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

    def outputs(self, volume: NDArray[np.float32]) -> Outputs:
        """Outputs of one normalised volume `(I, J, K)` on the model's grid."""
        batch = _batch(volume, self._grid, self._device)
        with _exactly():
            ratings = None
            if isinstance(self._network, RatedSFCN):
                features, rated = self._network.embed_and_rate(batch)
                ratings = _plain(rated)
            else:
                features = self._network.embed(batch)
            motion, average = self._network.head(features), features.mean(dim=(2, 3, 4))
            return Outputs(_plain(motion), ratings, _plain(average))

    def logits(self, volume: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logits `(bins,)` of one normalised volume `(I, J, K)` on the model's grid."""
        return self.outputs(volume).motion


class TorchEncoder:
    """The first layers of a model's encoder as a torch module, float32 throughout."""

    def __init__(self, bundle: ModelBundle, layers: int, device: Literal["cpu", "cuda"]) -> None:
        self._device = torch.device(device)
        self._layers = build_network(bundle).encoder[:layers].to(self._device)
        self._grid = bundle.metadata.architecture.grid

    def encode(self, volume: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map `(C, i, j, k)` of one normalised volume `(I, J, K)` on the model's grid."""
        with _exactly():
            features = self._layers(_batch(volume, self._grid, self._device))
        found: NDArray[np.float32] = features[0].float().cpu().numpy()
        return found


def _batch(
    volume: NDArray[np.float32], grid: tuple[int, int, int], device: torch.device
) -> torch.Tensor:
    if volume.shape != grid:
        raise ValueError(f"volume has shape {volume.shape}; the model's grid is {grid}.")
    return torch.from_numpy(np.array(volume, dtype=np.float32))[None, None].to(device)


@contextmanager
def _exactly() -> Iterator[None]:
    # TF32 would keep 10 bits of each factor, and the score is to be that of the CPU.
    with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield


def _plain(output: torch.Tensor) -> NDArray[np.float64]:
    plain: NDArray[np.float64] = output[0].double().cpu().numpy()
    return plain


def build_network(bundle: ModelBundle) -> SFCN:
    """The bundle's network in float32, ready to score; a `RatedSFCN` where it has ratings."""
    network = _network(bundle)
    state = network.state_dict()
    for name, array in bundle.weights.items():
        if name in state:
            state[name] = torch.from_numpy(array.astype(np.float32))
    network.load_state_dict(state)
    return network.eval()


def _network(bundle: ModelBundle) -> SFCN:
    architecture, ratings = bundle.metadata.architecture, bundle.metadata.ratings
    if ratings is None:
        return SFCN(architecture.bins, architecture.grid)
    branch = RatingBranch(OWN_LAYERS[ratings.own_layers], build_head(ratings, architecture.grid))
    return RatedSFCN(branch, architecture.bins, architecture.grid)


def build_head(ratings: RatingHead, grid: tuple[int, int, int], *, dropout: float = 0.0) -> QCHead:
    """The torch module that a model's metadata describe, with random weights."""
    return QCHead(
        len(ratings.classes),
        grid,
        hidden=ratings.hidden,
        dropout=dropout,
        features=ratings.features,
        ordinal=ratings.ordinal,
    )


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
