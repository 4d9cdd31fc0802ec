"""SFCN on a CPU through OpenVINO: the graph is built from the weights, without torch or ONNX.

Two rewritings leave the result as it is. Batch norm comes straight after a convolution, so it is
folded into that convolution's weights, exactly. The two largest blocks run slab by slab along the
first axis, each slab with the one plane of its neighbours that a 3x3x3 convolution sees: the
first block's full-resolution map, 630 MB on the papers' grid, never exists as a whole.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.models import ModelBundle
from MotionQCLib.models.architecture import BATCH_NORM_EPSILON, SFCN_BLOCK_CHANNELS
from MotionQCLib.models.bundle import Weights
from MotionQCLib.scoring.runtimes.runtime import DEFAULT_THREADS

SLABS_OF_BLOCK = {1: 16, 2: 8}
"""Slabs into which a block's volume is cut; the other blocks run whole."""

Kernel = NDArray[np.float32]


class OpenVinoRuntime:
    """A model compiled for the CPU, float32 throughout.

    float32 is asked for, because OpenVINO would take bfloat16 on processors that have it, and
    one scan is to have one score on every machine.
    """

    name = "openvino cpu float32"

    def __init__(self, bundle: ModelBundle, *, threads: int = DEFAULT_THREADS) -> None:
        import openvino

        self._grid = bundle.metadata.architecture.grid
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
        }
        graph = build_graph(bundle.weights, self._grid)
        self._request = openvino.compile_model(graph, "CPU", settings).create_infer_request()

    def logits(self, volume: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logits `(bins,)` of one normalised volume `(I, J, K)` on the model's grid."""
        if volume.shape != self._grid:
            raise ValueError(f"volume has shape {volume.shape}; the model's grid is {self._grid}.")
        batch = np.ascontiguousarray(volume, dtype=np.float32)[np.newaxis, np.newaxis]
        self._request.infer([batch])
        output = self._request.get_output_tensor().data
        return np.array(output, dtype=np.float64).reshape(-1)


def build_graph(weights: Weights, grid: tuple[int, int, int]) -> Any:
    """The network as an `openvino.Model`: volume `(1, 1, I, J, K)` to logits `(1, bins)`."""
    import openvino
    from openvino import opset13 as ops

    volume = ops.parameter([1, 1, *grid], np.float32, name="volume")
    node = volume
    for number in range(1, len(SFCN_BLOCK_CHANNELS) + 1):
        kernel, bias = fold_batch_norm(weights, f"encoder.block{number}")
        node = _pooling_block(node, kernel, bias, SLABS_OF_BLOCK.get(number, 1))
    node = ops.relu(_convolve(node, *fold_batch_norm(weights, "encoder.projection")))
    average = ops.reduce_mean(node, np.array([2, 3, 4]), True)
    head = weights["head.conv.weight"], weights["head.conv.bias"]
    logits = _convolve(average, *(array.astype(np.float32) for array in head))
    flat = ops.reshape(logits, np.array([1, -1]), False)
    return openvino.Model([flat], [volume], "sfcn")


def fold_batch_norm(weights: Weights, block: str) -> tuple[Kernel, Kernel]:
    """Kernel and bias of a convolution that does its block's batch norm as well.

    Computed in float64, so that folding adds no error of its own to the float32 weights.
    """
    kernel, bias = (weights[f"{block}.conv.{part}"].astype(float) for part in ("weight", "bias"))
    gain, shift, mean, variance = (
        weights[f"{block}.norm.{part}"].astype(float)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gain / np.sqrt(variance + BATCH_NORM_EPSILON)
    folded = kernel * scale[:, np.newaxis, np.newaxis, np.newaxis, np.newaxis]
    return folded.astype(np.float32), ((bias - mean) * scale + shift).astype(np.float32)


def _pooling_block(node: Any, kernel: Kernel, bias: Kernel, slabs: int) -> Any:
    """Convolution, maximum over 2x2x2, ReLU; in slabs along the first axis of the grid."""
    from openvino import opset13 as ops

    planes = node.get_output_shape(0)[2]
    # Cuts lie between pairs of planes, or the pooling would see others than on the whole volume.
    cuts = 2 * np.unique(np.linspace(0, planes // 2, slabs + 1).round().astype(int))
    parts = [
        _pool(_convolve_slab(node, kernel, bias, int(start), int(stop), planes))
        for start, stop in pairwise(cuts)
    ]
    return parts[0] if len(parts) == 1 else ops.concat(parts, 2)


def _convolve_slab(
    node: Any, kernel: Kernel, bias: Kernel, start: int, stop: int, planes: int
) -> Any:
    """Planes start to stop of the convolution of the whole volume."""
    from openvino import opset13 as ops

    before, after = min(start, 1), min(planes - stop, 1)
    bounds = ([start - before], [stop + after], [1], [2])
    slab = ops.slice(node, *(np.array(bound) for bound in bounds))
    return _convolve(slab, kernel, bias, pads=((1 - before, 1, 1), (1 - after, 1, 1)))


def _pool(node: Any) -> Any:
    from openvino import opset13 as ops

    pooled = ops.max_pool(
        node,
        strides=[2, 2, 2],
        dilations=[1, 1, 1],
        pads_begin=[0, 0, 0],
        pads_end=[0, 0, 0],
        kernel_shape=[2, 2, 2],
    )
    return ops.relu(pooled.output(0))


def _convolve(
    node: Any,
    kernel: Kernel,
    bias: Kernel,
    *,
    pads: tuple[tuple[int, int, int], tuple[int, int, int]] = ((0, 0, 0), (0, 0, 0)),
) -> Any:
    from openvino import opset13 as ops

    ones = [1, 1, 1]
    product = ops.convolution(node, kernel, ones, list(pads[0]), list(pads[1]), ones)
    return ops.add(product, bias.reshape(1, -1, 1, 1, 1))
