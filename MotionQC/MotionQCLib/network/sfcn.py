"""SFCN: the simple fully convolutional network that reads head motion from a T1w volume.

Architecture of Peng et al. 2021 (Medical Image Analysis 68, 101871), in the form that Bricout et
al. 2025 (arXiv 2502.00160) give it for motion: five blocks that each halve the grid, a 1x1x1
projection to 64 channels, and a head over the map that is left, 1/32 of the grid a side.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from MotionQCLib.network.encoder import (
    EMBEDDING_CHANNELS,
    PAPER_GRID,
    build_encoder,
    require_grid,
)
from MotionQCLib.network.heads import BinHead


class SFCN(nn.Module):
    """Volume of a head to logits over motion bins.

    Parameters
    ----------
    bins
        Number of motion bins.
    grid
        Voxels of a volume along (R, A, S), each a multiple of 32. It is what the network is meant
        for; `forward` takes any such grid, because the global average follows it.
    dropout
        Share of the 64 averaged channels that training drops before the last layer.

    Raises
    ------
    ValueError
        A side of the grid is not a multiple of 32.

    Notes
    -----
    The names of `state_dict()` are the keys of a model file (`MotionQCLib.models`).
    """

    def __init__(
        self, bins: int = 50, grid: Sequence[int] = PAPER_GRID, *, dropout: float = 0.6
    ) -> None:
        super().__init__()
        self.grid = require_grid(grid)
        self.encoder = build_encoder()
        self.head = BinHead(EMBEDDING_CHANNELS, bins, dropout=dropout)
        self.apply(_initialise)

    def embed(self, x: Tensor) -> Tensor:
        """Feature map `(B, 64, I/32, J/32, K/32)` of volumes `(B, 1, I, J, K)`."""
        if x.ndim != 5 or x.shape[1] != 1:
            raise ValueError(f"x has shape {tuple(x.shape)}; give volumes as (B, 1, I, J, K).")
        require_grid(x.shape[2:])
        features: Tensor = self.encoder(x)
        return features

    def forward(self, x: Tensor) -> Tensor:
        """Logits `(B, bins)` of volumes `(B, 1, I, J, K)` as `scan.conform` makes them."""
        logits: Tensor = self.head(self.embed(x))
        return logits


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv3d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
