"""The encoder: what its blocks compute, and that model files know its layers by the same names."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage

from MotionQCLib.models import architecture
from MotionQCLib.network import encoder
from MotionQCLib.network.encoder import PoolingBlock, build_encoder


def test_a_model_file_knows_the_layers_by_the_names_and_sizes_that_they_have() -> None:
    """Written twice, because what a model is must be known without torch."""
    assert tuple(dict(build_encoder().named_children())) == architecture.SFCN_LAYERS
    assert architecture.SFCN_BLOCK_CHANNELS == encoder.BLOCK_CHANNELS
    assert architecture.SFCN_EMBEDDING_CHANNELS == encoder.EMBEDDING_CHANNELS
    assert architecture.SFCN_REDUCTION == encoder.REDUCTION


def test_a_block_is_convolution_norm_maximum_and_rectifier() -> None:
    """Against the definition, written out with scipy and numpy."""
    torch.manual_seed(1)
    block = PoolingBlock(2, 3).eval()
    torch.nn.init.uniform_(block.norm.weight, -1, 1)
    block.norm.running_mean = torch.randn(3)
    block.norm.running_var = torch.rand(3) + 0.5
    x = np.random.default_rng(0).normal(size=(2, 4, 6, 8))
    expected = [_slow_block(block, x, channel) for channel in range(3)]
    with torch.no_grad():
        found = block(torch.from_numpy(x[None]).float())[0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def _slow_block(block: PoolingBlock, x: np.ndarray, channel: int) -> np.ndarray:
    kernel = block.conv.weight.detach().numpy()[channel]
    summed = sum(ndimage.correlate(x[i], kernel[i], mode="constant") for i in range(len(x)))
    norm = block.norm
    gain, shift, mean, variance = (
        float(values.detach()[channel])
        for values in (norm.weight, norm.bias, norm.running_mean, norm.running_var)
    )
    summed = summed + float(block.conv.bias.detach()[channel])
    normed = (summed - mean) / np.sqrt(variance + 1e-5) * gain + shift
    i, j, k = (side // 2 for side in normed.shape)
    return np.maximum(normed.reshape(i, 2, j, 2, k, 2).max(axis=(1, 3, 5)), 0)
