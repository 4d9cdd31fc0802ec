"""What stands on SFCN's feature map: motion bins for pretraining, QC classes for ratings."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from math import prod
from typing import Literal

import torch
from torch import Tensor, nn

from MotionQCLib.network.encoder import EMBEDDING_CHANNELS, PAPER_GRID, REDUCTION, require_grid


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
    """QC classes from the encoder's map: by default 9600 -> 10 -> 3 (Bricout et al. 2025).

    Parameters
    ----------
    classes
        Number of QC classes.
    grid
        Voxels of the scored volume along (R, A, S), multiples of 32; the feature map, and with it
        the first layer, has 1/32 of each side. The papers' grid gives 96,063 parameters.
    hidden
        Width of the layer between; 0 leaves it out: the inputs, brought to one scale by a norm
        without weights, go straight to the classes.
    dropout
        Share of the inputs that training drops.
    features
        `map` reads every voxel of the map, `average` the mean of each of its channels.
    ordinal
        Whether the classes are steps of a scale: the output is then one logit a step.

    Notes
    -----
    Takes `SFCN.embed`'s map `(B, 64, I/32, J/32, K/32)`, or the same, cached and flattened or
    averaged.
    """

    def __init__(
        self,
        classes: int = 3,
        grid: Sequence[int] = PAPER_GRID,
        *,
        hidden: int = 10,
        dropout: float = 0.7,
        features: Literal["map", "average"] = "map",
        ordinal: bool = False,
    ) -> None:
        if classes < 2:
            raise ValueError(f"classes is {classes}; a choice needs at least 2.")
        self.grid = require_grid(grid)
        read_all = features == "map"
        cells = prod(side // REDUCTION for side in grid) if read_all else 1
        inputs = EMBEDDING_CHANNELS * cells
        layers: OrderedDict[str, nn.Module] = OrderedDict(
            flatten=nn.Flatten() if read_all else ChannelAverage()
        )
        if hidden:
            layers["dropout"] = nn.Dropout(dropout)
            layers["hidden"] = nn.Linear(inputs, hidden)
            layers["norm"] = nn.BatchNorm1d(hidden)
            layers["relu"] = nn.ReLU()
        else:
            layers["norm"] = nn.BatchNorm1d(inputs, affine=False)
            layers["dropout"] = nn.Dropout(dropout)
        output = StepLayer if ordinal else nn.Linear
        layers["output"] = output(hidden or inputs, classes)
        super().__init__(layers)


class ChannelAverage(nn.Module):
    """The mean of each channel; what has been averaged before passes through."""

    def forward(self, features: Tensor) -> Tensor:
        """Means `(B, C)` of a map `(B, C, i, j, k)`."""
        return features.flatten(2).mean(2) if features.ndim > 2 else features


class StepLayer(nn.Module):
    """Logits of "above" each class but the last, for classes that are steps of a scale.

    One direction for all steps and a threshold for each (Cao et al. 2020, CORAL). A threshold
    never lies above the one before it, so that no class has a negative probability.
    """

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, inputs))
        self.bias = nn.Parameter(torch.linspace(1, -1, classes + 1)[1:-1].clone())
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Logits `(B, classes - 1)`, descending, of inputs `(B, inputs)`."""
        return x @ self.weight.T + self.thresholds()

    def thresholds(self) -> Tensor:
        """The biases in force, `(classes - 1,)`, descending."""
        return self.bias.cummin(0).values
