"""Torch modules: loaded only for training and by the torch runtime of `scoring`."""

from MotionQCLib.network.heads import BinHead, QCHead
from MotionQCLib.network.probabilities import Probabilities
from MotionQCLib.network.rated import RatedSFCN, RatingBranch
from MotionQCLib.network.sfcn import SFCN

__all__ = ["SFCN", "BinHead", "Probabilities", "QCHead", "RatedSFCN", "RatingBranch"]
