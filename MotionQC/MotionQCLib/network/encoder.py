"""SFCN's encoder: five blocks that each halve the grid, and a projection to 64 channels.

It is what pretraining hands on, and what every head stands on: a map of 1/32 of the grid a side.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn

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


def build_encoder() -> nn.Sequential:
    """Five pooling blocks and the projection, by name."""
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
