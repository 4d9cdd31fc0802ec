"""Labels made on the device are those that a model's bins give."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from MotionQCLib.models import BRICOUT_2025, MotionBins
from MotionQCTraining.pretraining.labels import soft_labels


@pytest.mark.parametrize("bins", [MotionBins(), BRICOUT_2025])
def test_labels_are_those_of_the_bins(bins: MotionBins) -> None:
    scores = torch.tensor([0.0, 0.01, 0.7, 2.34, 4.0, 4.6, 9.0])
    found = soft_labels(bins, scores)
    np.testing.assert_allclose(found, bins.soft_labels(scores.numpy()), atol=1e-6)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(len(scores)))
