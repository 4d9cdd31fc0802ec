"""A tiny run on whole volumes, as a GPU would train one."""

from __future__ import annotations

import pytest

from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.synthesis.device.config import SynthesisConfig


@pytest.fixture(scope="session")
def a_whole_config() -> PretrainConfig:
    """Four steps of two volumes each."""
    return PretrainConfig(
        grid=(64, 64, 64),
        whole=SynthesisConfig(kernel="linear", events=1, ramp=4),
        validation=0.25,
        test=0.25,
        validation_draws=1,
        whole_volumes=2,
        steps=4,
        batch=2,
        epoch=2,
        warmup=1,
        # Close to the weights themselves, so that what four steps do shows in the model.
        average=0.3,
        checkpoint_mib=16,
    )
