"""What a model file of each architecture holds: names and shapes of its arrays, without torch."""

from __future__ import annotations

from math import prod

SFCN_BLOCK_CHANNELS = (32, 64, 128, 256, 256)
SFCN_EMBEDDING_CHANNELS = 64
SFCN_REDUCTION = 32
BATCH_NORM_EPSILON = 1e-5

Shapes = dict[str, tuple[int, ...]]


def array_shapes(architecture: str, bins: int) -> Shapes:
    """Name to shape of every array of a model, in the order in which the network applies them.

    Raises
    ------
    ValueError
        The architecture is unknown.
    """
    if architecture != "sfcn":
        raise ValueError(f"architecture.type is {architecture!r}; this version knows 'sfcn'.")
    shapes: Shapes = {}
    channels = 1
    for number, width in enumerate(SFCN_BLOCK_CHANNELS, start=1):
        shapes |= _convolution(f"encoder.block{number}", channels, width, kernel=3)
        channels = width
    shapes |= _convolution("encoder.projection", channels, SFCN_EMBEDDING_CHANNELS, kernel=1)
    shapes["head.conv.weight"] = (bins, SFCN_EMBEDDING_CHANNELS, 1, 1, 1)
    shapes["head.conv.bias"] = (bins,)
    return shapes


def largest_file_bytes(architecture: str, bins: int) -> int:
    """Bytes that no file of this architecture exceeds: float32 throughout, and a header."""
    values = sum(prod(shape) for shape in array_shapes(architecture, bins).values())
    return 4 * values + 1_000_000


def _convolution(name: str, fan_in: int, fan_out: int, *, kernel: int) -> Shapes:
    vector = (fan_out,)
    return {
        f"{name}.conv.weight": (fan_out, fan_in, kernel, kernel, kernel),
        f"{name}.conv.bias": vector,
        f"{name}.norm.weight": vector,
        f"{name}.norm.bias": vector,
        f"{name}.norm.running_mean": vector,
        f"{name}.norm.running_var": vector,
    }
