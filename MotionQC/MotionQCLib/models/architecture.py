"""What a model file of each architecture holds: names and shapes of its arrays, without torch."""

from __future__ import annotations

from math import prod

from MotionQCLib.models.familiarity import MEAN, WHITENING
from MotionQCLib.models.ratings import OWN_LAYERS, RatingHead

SFCN_BLOCK_CHANNELS = (32, 64, 128, 256, 256)
SFCN_EMBEDDING_CHANNELS = 64
SFCN_REDUCTION = 32
SFCN_LAYERS = (*(f"block{n}" for n in range(1, len(SFCN_BLOCK_CHANNELS) + 1)), "projection")
"""Names of the encoder's layers, in the order in which they are applied."""
BATCH_NORM_EPSILON = 1e-5

Shapes = dict[str, tuple[int, ...]]

FAMILIARITY_SHAPES: Shapes = {
    MEAN: (SFCN_EMBEDDING_CHANNELS,),
    WHITENING: (SFCN_EMBEDDING_CHANNELS, SFCN_EMBEDDING_CHANNELS),
}
"""Of the arrays that a model adds which knows what it knows."""


def array_shapes(architecture: str, bins: int) -> Shapes:
    """Name to shape of every array of a model, in the order in which the network applies them.

    Raises
    ------
    ValueError
        The architecture is unknown.
    """
    if architecture != "sfcn":
        raise ValueError(f"architecture.type is {architecture!r}; this version knows 'sfcn'.")
    shapes = _encoder("encoder", SFCN_LAYERS)
    shapes["head.conv.weight"] = (bins, SFCN_EMBEDDING_CHANNELS, 1, 1, 1)
    shapes["head.conv.bias"] = (bins,)
    return shapes


def rating_shapes(head: RatingHead, grid: tuple[int, int, int]) -> Shapes:
    """Name to shape of every array that a head of ratings adds to a model on a grid."""
    cells = 1 if head.features == "average" else prod(side // SFCN_REDUCTION for side in grid)
    inputs = SFCN_EMBEDDING_CHANNELS * cells
    shapes = _encoder("ratings.encoder", OWN_LAYERS[head.own_layers])
    if head.hidden:
        shapes["ratings.head.hidden.weight"] = (head.hidden, inputs)
        shapes["ratings.head.hidden.bias"] = (head.hidden,)
        shapes |= _norm("ratings.head.norm", head.hidden)
    else:
        # Brings the inputs to one scale; what follows has weights of its own.
        shapes["ratings.head.norm.running_mean"] = (inputs,)
        shapes["ratings.head.norm.running_var"] = (inputs,)
    # Steps of a scale share their direction and differ in their thresholds.
    rows = 1 if head.ordinal else head.outputs
    shapes["ratings.head.output.weight"] = (rows, head.hidden or inputs)
    shapes["ratings.head.output.bias"] = (head.outputs,)
    return shapes


def largest_file_bytes(shapes: Shapes) -> int:
    """Bytes that no file of such arrays exceeds: float32 throughout, and a header."""
    return 4 * sum(prod(shape) for shape in shapes.values()) + 1_000_000


def _encoder(name: str, layers: tuple[str, ...]) -> Shapes:
    """Arrays of some of the encoder's layers."""
    widths = (1, *SFCN_BLOCK_CHANNELS, SFCN_EMBEDDING_CHANNELS)
    shapes: Shapes = {}
    for number, layer in enumerate(SFCN_LAYERS):
        if layer in layers:
            kernel = 1 if layer == "projection" else 3
            fans = widths[number : number + 2]
            shapes |= _convolution(f"{name}.{layer}", *fans, kernel=kernel)
    return shapes


def _convolution(name: str, fan_in: int, fan_out: int, *, kernel: int) -> Shapes:
    return {
        f"{name}.conv.weight": (fan_out, fan_in, kernel, kernel, kernel),
        f"{name}.conv.bias": (fan_out,),
        **_norm(f"{name}.norm", fan_out),
    }


def _norm(name: str, width: int) -> Shapes:
    parts = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{part}": (width,) for part in parts}
