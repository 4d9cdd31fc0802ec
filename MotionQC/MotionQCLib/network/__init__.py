"""Torch modules: loaded only for training and by the torch runtime of `scoring`."""

from MotionQCLib.network.conv5fc3 import Conv5FC3
from MotionQCLib.network.heads import BinHead, QCHead
from MotionQCLib.network.probabilities import Probabilities
from MotionQCLib.network.rated import RatedSFCN, RatingBranch
from MotionQCLib.network.sfcn import SFCN

__all__ = [
    "SFCN",
    "BinHead",
    "Conv5FC3",
    "Probabilities",
    "QCHead",
    "RatedSFCN",
    "RatingBranch",
]
