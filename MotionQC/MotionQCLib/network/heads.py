"""What stands on SFCN's feature map: motion bins for pretraining, QC classes for ratings."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from math import prod

from torch import Tensor, nn

_MAP_CHANNELS = 64
_MAP_REDUCTION = 32


class BinHead(nn.Module):
    """Global average of the feature map, dropout, 1x1x1 convolution to one logit a bin.

    3,250 parameters for 64 channels and 50 bins.
    """

    def __init__(self, channels: int, bins: int, *, dropout: float = 0.6) -> None:
        super().__init__()
        if bins < 2:
            raise ValueError(f"bins is {bins}; a distribution needs at least 2.")
        self.dropout = nn.Dropout(dropout)
        self.conv = nn.Conv3d(channels, bins, kernel_size=1)

    def forward(self, features: Tensor) -> Tensor:
        """Logits `(B, bins)` of a feature map `(B, channels, i, j, k)` of any size."""
        average = features.mean(dim=(2, 3, 4), keepdim=True)
        logits: Tensor = self.conv(self.dropout(average))
        return logits.flatten(start_dim=1)


class QCHead(nn.Sequential):
    """QC classes from the whole feature map (Bricout et al. 2025): 9600 -> 10 -> 3.

    Parameters
    ----------
    classes
        Number of QC classes.
    grid
        Voxels of the scored volume along (R, A, S), multiples of 32; the feature map, and with it
        the first layer, has 1/32 of each side. The papers' grid gives 96,063 parameters.
    hidden
        Width of the layer between.
    dropout
        Share of the inputs that training drops.

    Notes
    -----
    Takes `SFCN.embed`'s map `(B, 64, I/32, J/32, K/32)` or the same, cached and flattened.
    """

    def __init__(
        self,
        classes: int = 3,
        grid: Sequence[int] = (160, 192, 160),
        *,
        hidden: int = 10,
        dropout: float = 0.7,
    ) -> None:
        if len(grid) != 3 or any(side < _MAP_REDUCTION or side % _MAP_REDUCTION for side in grid):
            raise ValueError(f"grid is {tuple(grid)}; give three sides, each a multiple of 32.")
        self.grid = tuple(grid)
        inputs = _MAP_CHANNELS * prod(side // _MAP_REDUCTION for side in grid)
        layers: OrderedDict[str, nn.Module] = OrderedDict(
            flatten=nn.Flatten(),
            dropout=nn.Dropout(dropout),
            hidden=nn.Linear(inputs, hidden),
            norm=nn.BatchNorm1d(hidden),
            relu=nn.ReLU(),
            output=nn.Linear(hidden, classes),
        )
        super().__init__(layers)
