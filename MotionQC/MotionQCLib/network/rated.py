"""SFCN with a head of ratings beside the head of motion bins: one pass gives both."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn

from MotionQCLib.network.encoder import PAPER_GRID, build_encoder
from MotionQCLib.network.heads import QCHead
from MotionQCLib.network.sfcn import SFCN


class RatingBranch(nn.Module):
    """Layers of the encoder that ratings have of their own, possibly none, and their head."""

    def __init__(self, own_layers: Sequence[str], head: QCHead) -> None:
        super().__init__()
        layers = dict(build_encoder().named_children())
        self.encoder = nn.Sequential(OrderedDict((name, layers[name]) for name in own_layers))
        self.head = head

    def forward(self, features: Tensor) -> Tensor:
        """Outputs of the head, of the map before the first of its own layers."""
        outputs: Tensor = self.head(self.encoder(features))
        return outputs


class RatedSFCN(SFCN):
    """SFCN that rates as well.

    Parameters
    ----------
    ratings
        The branch of the ratings.
    bins, grid
        As for `SFCN`.

    Notes
    -----
    The branch leaves the encoder before the first of its own layers, so that what a fit to
    ratings changes never changes the motion score.
    """

    def __init__(
        self, ratings: RatingBranch, bins: int = 50, grid: Sequence[int] = PAPER_GRID
    ) -> None:
        super().__init__(bins, grid)
        self.ratings = ratings

    def embed_and_rate(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map of `embed` and outputs of the ratings, of volumes `(B, 1, I, J, K)`."""
        shared = len(self.encoder) - len(self.ratings.encoder)
        features = self.encoder[:shared](x)
        return self.encoder[shared:](features), self.ratings(features)

    def score_and_rate(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits `(B, bins)` and outputs of the ratings, of volumes `(B, 1, I, J, K)`."""
        features, ratings = self.embed_and_rate(x)
        return self.head(features), ratings
