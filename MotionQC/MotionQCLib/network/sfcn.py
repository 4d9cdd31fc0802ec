"""SFCN: the simple fully convolutional network that reads head motion from a T1w volume.

Architecture of Peng et al. 2021 (Medical Image Analysis 68, 101871), in the form that Bricout et
al. 2025 (arXiv 2502.00160) give it for motion: five blocks that each halve the grid, a 1x1x1
projection to 64 channels, and a head over the map that is left, 1/32 of the grid a side.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn

from MotionQCLib.network.heads import BinHead

BLOCK_CHANNELS = (32, 64, 128, 256, 256)
EMBEDDING_CHANNELS = 64
REDUCTION = 2 ** len(BLOCK_CHANNELS)
PAPER_GRID = (160, 192, 160)


class PoolingBlock(nn.Module):
    """3x3x3 convolution, batch norm, maximum over 2x2x2 voxels, ReLU."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(in_channels, out_channels, kernel_size=3, padding=1)
        self.norm = nn.BatchNorm3d(out_channels)
        self.pool = nn.MaxPool3d(2)
        # In place: the pooled map has no other reader, and volumes are large.
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, out_channels, I/2, J/2, K/2)` of a map `(B, in_channels, I, J, K)`."""
        return self.relu(self.pool(self.norm(self.conv(x))))


class ProjectionBlock(nn.Module):
    """1x1x1 convolution, batch norm, ReLU."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(in_channels, out_channels, kernel_size=1)
        self.norm = nn.BatchNorm3d(out_channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map of the same size with `out_channels`."""
        return self.relu(self.norm(self.conv(x)))


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


def build_encoder() -> nn.Sequential:
    """The part that pretraining hands on: five pooling blocks and the projection."""
    inputs = (1, *BLOCK_CHANNELS[:-1])
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, (fan_in, fan_out) in enumerate(zip(inputs, BLOCK_CHANNELS, strict=True), start=1):
        layers[f"block{number}"] = PoolingBlock(fan_in, fan_out)
    layers["projection"] = ProjectionBlock(BLOCK_CHANNELS[-1], EMBEDDING_CHANNELS)
    return nn.Sequential(layers)


def require_grid(grid: Sequence[int]) -> tuple[int, int, int]:
    """The grid as a tuple, if the five halvings divide every side."""
    sides = tuple(int(side) for side in grid)
    if len(sides) != 3 or any(side < REDUCTION or side % REDUCTION for side in sides):
        raise ValueError(
            f"grid is {sides}; SFCN halves it five times: give three sides, each a multiple of "
            f"{REDUCTION}, such as {PAPER_GRID}."
        )
    return sides[0], sides[1], sides[2]


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv3d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
