"""Conv5FC3: the convolutional network that Loizillon et al. 2023 (SPIE) class motion with.

Architecture as ClinicaDL has it: five blocks that each halve the grid, an odd side being padded to
an even one first, then three fully connected layers over the whole map. On the papers' grid those
hold 99 % of its 42,293,972 parameters, and their first layer fits one grid only.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

CONV5FC3_GRID = (169, 208, 179)
"""Grid of ``t1-linear``, cropped: right, anterior, superior, at 1 mm."""
_CHANNELS = (8, 16, 32, 64, 128)
_WIDTHS = (1300, 50)


class EvenPoolingBlock(nn.Module):
    """3x3x3 convolution, batch norm, ReLU, maximum over 2x2x2 voxels of the map padded to even."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(in_channels, out_channels, kernel_size=3, padding=1)
        self.norm = nn.BatchNorm3d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        # Rounding up gives the last voxel of an odd side a cell of its own. After the ReLU that is
        # the same as padding with zeros, and copies nothing.
        self.pool = nn.MaxPool3d(2, ceil_mode=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, out_channels, ...)` of a map `(B, in_channels, ...)`: half sides, rounded up."""
        return self.pool(self.relu(self.norm(self.conv(x))))


class Conv5FC3(nn.Module):
    """Volume of a head to logits over classes.

    Parameters
    ----------
    classes
        Number of classes.
    grid
        Voxels of a volume along (R, A, S); the fully connected layers fit this grid alone.
    dropout
        Share of the map that training drops before them; unstated in the paper, ClinicaDL's is 0.

    Raises
    ------
    ValueError
        There are not three positive sides, or not two classes.
    """

    def __init__(
        self, classes: int = 2, grid: Sequence[int] = CONV5FC3_GRID, *, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if len(grid) != 3 or any(side < 1 for side in grid):
            raise ValueError(f"grid is {tuple(grid)}; give three sides of at least 1 voxel.")
        if classes < 2:
            raise ValueError(f"classes is {classes}; a choice needs at least 2.")
        self.grid = tuple(int(side) for side in grid)
        self.keeps_statistics = False
        inputs = (1, *_CHANNELS[:-1])
        self.trunk = nn.Sequential(
            OrderedDict(
                (f"block{number}", EvenPoolingBlock(*channels))
                for number, channels in enumerate(zip(inputs, _CHANNELS, strict=True), start=1)
            )
        )
        features = _CHANNELS[-1] * prod(map_sides(self.grid))
        self.classifier = nn.Sequential(
            OrderedDict(
                dropout=nn.Dropout(dropout),
                fc1=nn.Linear(features, _WIDTHS[0]),
                relu1=nn.ReLU(),
                fc2=nn.Linear(*_WIDTHS),
                relu2=nn.ReLU(),
                fc3=nn.Linear(_WIDTHS[1], classes),
            )
        )

    def embed(self, x: Tensor) -> Tensor:
        """Flat map `(B, features)` of volumes `(B, 1, I, J, K)` on the network's grid."""
        if x.ndim != 5 or tuple(x.shape[1:]) != (1, *self.grid):
            sides = ", ".join(map(str, self.grid))
            raise ValueError(f"x has shape {tuple(x.shape)}; give volumes as (B, 1, {sides}).")
        return torch.flatten(self.trunk(x), start_dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits `(B, classes)` of volumes `(B, 1, I, J, K)` on the network's grid."""
        logits: Tensor = self.classifier(self.embed(x))
        return logits

    def freeze_trunk(self, *, keep_statistics: bool = True) -> None:
        """Leave only the three fully connected layers to training.

        Parameters
        ----------
        keep_statistics
            Whether the trunk's batch norms keep the statistics that they have: the trunk is then
            one function of its input, and its maps may be cached. Otherwise `train()` lets them
            follow the new scans although no parameter of theirs is trained.
        """
        self.trunk.requires_grad_(False)
        self.keeps_statistics = keep_statistics
        self.train(self.training)

    def train(self, mode: bool = True) -> Conv5FC3:
        """Set the mode, of a frozen trunk that keeps its statistics always evaluation."""
        super().train(mode)
        if self.keeps_statistics:
            self.trunk.eval()
        return self


def map_sides(grid: Sequence[int]) -> tuple[int, ...]:
    """Sides of the trunk's map: five halvings, each rounded up."""
    return tuple(-(-side // 2 ** len(_CHANNELS)) for side in grid)
