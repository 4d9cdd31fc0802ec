"""A network that gives probabilities: for programs that know nothing of a model's metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from MotionQCLib.network.encoder import PAPER_GRID
from MotionQCLib.network.heads import QCHead
from MotionQCLib.network.rated import RatedSFCN, RatingBranch
from MotionQCLib.network.sfcn import SFCN


class Probabilities(nn.Module):
    """Volume of a head to calibrated probabilities of motion bins and, if any, of rated classes.

    Parameters
    ----------
    bins, grid
        As for `SFCN`.
    temperature
        Divisor of the bins' logits.
    ratings
        None, or of the head of ratings: `classes`, `features`, `hidden`, `ordinal` as for
        `QCHead`; `own_layers`, the names of its layers; `temperature`, the divisor of its outputs.
        Plain values, so that a configuration file can hold them.
    """

    def __init__(
        self,
        bins: int = 50,
        grid: Sequence[int] = PAPER_GRID,
        *,
        temperature: float = 1.0,
        ratings: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.temperature, self.rating_temperature, self.ordinal = temperature, 1.0, False
        if ratings is None:
            self.network = SFCN(bins, grid)
            return
        options = dict(ratings)
        own_layers = options.pop("own_layers")
        self.rating_temperature = options.pop("temperature")
        self.ordinal = options["ordinal"]
        head = QCHead(options.pop("classes"), grid, dropout=0.0, **options)
        self.network = RatedSFCN(RatingBranch(own_layers, head), bins, grid)

    def forward(self, x: Tensor) -> Tensor:
        """Probabilities `(B, bins + classes)` of volumes `(B, 1, I, J, K)`; each part adds to 1."""
        if not isinstance(self.network, RatedSFCN):
            bins: Tensor = (self.network(x) / self.temperature).softmax(dim=1)
            return bins
        motion, outputs = self.network.score_and_rate(x)
        rated = outputs / self.rating_temperature
        classes = _of_steps(rated) if self.ordinal else rated.softmax(dim=1)
        return torch.cat([(motion / self.temperature).softmax(dim=1), classes], dim=1)


def _of_steps(logits: Tensor) -> Tensor:
    """Probabilities of classes from logits of being above each but the last."""
    above = logits.sigmoid()
    ends = torch.ones_like(above[:, :1])
    return -torch.cat([ends, above, 0 * ends], dim=1).diff(dim=1)
