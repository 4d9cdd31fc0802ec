"""SFCN on a CPU through OpenVINO: the graph is built from the weights, without torch or ONNX.

Two rewritings leave the result as it is. Batch norm comes straight after a convolution, so it is
folded into that convolution's weights, exactly. The two largest blocks run slab by slab along the
first axis, each slab with the one plane of its neighbours that a 3x3x3 convolution sees: the
first block's full-resolution map, 630 MB on the papers' grid, never exists as a whole.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.models import ModelBundle, RatingHead
from MotionQCLib.models.architecture import BATCH_NORM_EPSILON, SFCN_LAYERS
from MotionQCLib.models.bundle import Weights
from MotionQCLib.models.ratings import OWN_LAYERS
from MotionQCLib.scoring.runtimes.runtime import DEFAULT_THREADS, Outputs

# Importing OpenVINO tells a server of its maker's, unasked, by a forked process that can outlive
# this one. Where the package that does so cannot be imported, OpenVINO keeps silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

SLABS_OF_BLOCK = {"block1": 16, "block2": 8}
"""Slabs into which a block's volume is cut; the other blocks run whole."""

Kernel = NDArray[np.float32]


class OpenVinoRuntime:
    """A model compiled for the CPU, float32 throughout.

    float32 is asked for, because OpenVINO would take bfloat16 on processors that have it, and
    one scan is to have one score on every machine.
    """

    name = "openvino cpu float32"

    def __init__(self, bundle: ModelBundle, *, threads: int = DEFAULT_THREADS) -> None:
        grid, ratings = bundle.metadata.architecture.grid, bundle.metadata.ratings
        self._graph = _Compiled(build_graph(bundle.weights, grid, ratings), grid, threads)

    def outputs(self, volume: NDArray[np.float32]) -> Outputs:
        """Outputs of one normalised volume `(I, J, K)` on the model's grid."""
        found = [np.array(each, dtype=np.float64).reshape(-1) for each in self._graph(volume)]
        motion, embedding, *ratings = found
        return Outputs(motion, ratings[0] if ratings else None, embedding)

    def logits(self, volume: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logits `(bins,)` of one normalised volume `(I, J, K)` on the model's grid."""
        return self.outputs(volume).motion


class OpenVinoEncoder:
    """The first layers of a model's encoder compiled for the CPU, float32 throughout."""

    def __init__(self, bundle: ModelBundle, layers: int, *, threads: int = DEFAULT_THREADS) -> None:
        import openvino

        grid = bundle.metadata.architecture.grid
        volume = _volume(grid)
        features = _encode(volume, bundle.weights, "encoder", SFCN_LAYERS[:layers])
        self._graph = _Compiled(openvino.Model([features], [volume], "encoder"), grid, threads)

    def encode(self, volume: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map `(C, i, j, k)` of one normalised volume `(I, J, K)` on the model's grid."""
        return np.array(self._graph(volume)[0][0], dtype=np.float32)


class _Compiled:
    """A graph made ready to run on the CPU."""

    def __init__(self, graph: Any, grid: tuple[int, int, int], threads: int) -> None:
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
        }
        self._grid = grid
        self._outputs = range(len(graph.outputs))
        self._request = _core().compile_model(graph, "CPU", settings).create_infer_request()

    def __call__(self, volume: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The graph's outputs, as views that the next call overwrites."""
        if volume.shape != self._grid:
            raise ValueError(f"volume has shape {volume.shape}; the model's grid is {self._grid}.")
        batch = np.ascontiguousarray(volume, dtype=np.float32)[np.newaxis, np.newaxis]
        self._request.infer([batch])
        return [self._request.get_output_tensor(number).data for number in self._outputs]


@cache
def _core() -> Any:
    """OpenVINO's core, one for the process and until its end.

    Its CPU plugin replaces the stack on which this thread takes signals, and frees it with the last
    model, in whichever thread that goes: then the next signal, a request to stop, would be a crash.
    """
    import openvino

    return openvino.Core()


def build_graph(
    weights: Weights, grid: tuple[int, int, int], ratings: RatingHead | None = None
) -> Any:
    """The network as an `openvino.Model`.

    Volume `(1, 1, I, J, K)` to logits `(1, bins)`, the averaged map `(1, 64, 1, 1, 1)` that they
    come from and, with a head of ratings, its outputs `(1, outputs)`.
    """
    import openvino

    own = OWN_LAYERS[ratings.own_layers] if ratings else ()
    volume = _volume(grid)
    shared = _encode(volume, weights, "encoder", SFCN_LAYERS[: len(SFCN_LAYERS) - len(own)])
    average = _average(_encode(shared, weights, "encoder", own))
    heads = [_bin_head(average, weights), average]
    if ratings is not None:
        rated = _encode(shared, weights, "ratings.encoder", own)
        heads.append(_rating_head(rated, weights, ratings))
    return openvino.Model(heads, [volume], "sfcn")


def _volume(grid: tuple[int, int, int]) -> Any:
    from openvino import opset13 as ops

    return ops.parameter([1, 1, *grid], np.float32, name="volume")


def _encode(node: Any, weights: Weights, encoder: str, layers: Sequence[str]) -> Any:
    """Some of the encoder's layers, one after the other."""
    from openvino import opset13 as ops

    for layer in layers:
        kernel, bias = fold_batch_norm(weights, f"{encoder}.{layer}")
        if layer == "projection":
            node = ops.relu(_convolve(node, kernel, bias))
        else:
            node = _pooling_block(node, kernel, bias, SLABS_OF_BLOCK.get(layer, 1))
    return node


def _average(node: Any) -> Any:
    from openvino import opset13 as ops

    return ops.reduce_mean(node, np.array([2, 3, 4]), True)


def _bin_head(average: Any, weights: Weights) -> Any:
    from openvino import opset13 as ops

    head = weights["head.conv.weight"], weights["head.conv.bias"]
    logits = _convolve(average, *(array.astype(np.float32) for array in head))
    return ops.reshape(logits, np.array([1, -1]), False)


def _rating_head(node: Any, weights: Weights, ratings: RatingHead) -> Any:
    from openvino import opset13 as ops

    if ratings.features == "average":
        node = ops.reduce_mean(node, np.array([2, 3, 4]), False)
    else:
        node = ops.reshape(node, np.array([1, -1]), False)
    *hidden, output = fold_rating_head(weights)
    for matrix, bias in hidden:
        node = ops.relu(_multiply(node, matrix, bias))
    return _multiply(node, *output)


def _multiply(node: Any, matrix: Kernel, bias: Kernel) -> Any:
    from openvino import opset13 as ops

    return ops.add(ops.matmul(node, matrix, False, True), bias[np.newaxis])


def fold_rating_head(weights: Weights) -> list[tuple[Kernel, Kernel]]:
    """Matrix and bias of each layer of the head of ratings, its norm folded in, in float64."""
    head = "ratings.head"
    output, bias = (weights[f"{head}.output.{part}"].astype(float) for part in ("weight", "bias"))
    if f"{head}.hidden.weight" in weights:
        hidden = _with_norm_after(weights, f"{head}.hidden", f"{head}.norm")
        return [hidden, (output.astype(np.float32), bias.astype(np.float32))]
    mean, variance = (
        weights[f"{head}.norm.{part}"].astype(float) for part in ("running_mean", "running_var")
    )
    scaled = output / np.sqrt(variance + BATCH_NORM_EPSILON)
    return [(scaled.astype(np.float32), (bias - scaled @ mean).astype(np.float32))]


def fold_batch_norm(weights: Weights, block: str) -> tuple[Kernel, Kernel]:
    """Kernel and bias of a convolution that does its block's batch norm as well."""
    return _with_norm_after(weights, f"{block}.conv", f"{block}.norm")


def _with_norm_after(weights: Weights, layer: str, norm: str) -> tuple[Kernel, Kernel]:
    """Weight and bias of a layer that does the norm after it as well.

    Computed in float64, so that folding adds no error of its own to the float32 weights.
    """
    kernel, bias = (weights[f"{layer}.{part}"].astype(float) for part in ("weight", "bias"))
    gain, shift, mean, variance = (
        weights[f"{norm}.{part}"].astype(float)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gain / np.sqrt(variance + BATCH_NORM_EPSILON)
    folded = kernel * scale.reshape(-1, *[1] * (kernel.ndim - 1))
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
