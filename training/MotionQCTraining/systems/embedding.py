"""Maps of a frozen network, kept on disk, so that what stands on them is fitted in seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from MotionQCTraining.data.arrays import kept_array, save_array

Map = NDArray[np.float32]
View = Callable[[Path], Map]
"""What a network is shown of a framed scan: ``(I, J, K)``."""


def flat_maps(
    network: nn.Module,
    embed: Callable[[Tensor], Tensor],
    files: Sequence[Path],
    view: View,
    folder: Path,
    *,
    train_mode: bool = False,
) -> list[Map]:
    """Return the flattened map of every scan, computing those that are not kept yet.

    Parameters
    ----------
    network : Module
        Whose map it is.
    embed : callable
        Volumes ``(1, 1, I, J, K)`` to their map.
    files : sequence of Path
        Framed scans.
    view : callable
        What the network is shown of a scan.
    folder : Path
        Where maps are kept, by the network's weights.
    train_mode : bool
        Whether batch norms use the statistics of the one scan shown, as published by mistake,
        instead of those learnt.
    """
    digest = hashlib.sha256(str(train_mode).encode())
    for name, value in network.state_dict().items():
        digest.update(name.encode() + np.ascontiguousarray(value.cpu().numpy()).tobytes())
    kept = folder / digest.hexdigest()[:16]
    return [_kept(kept / f"{f.stem}.npy", network, embed, f, view, train_mode) for f in files]


def _kept(
    target: Path,
    network: nn.Module,
    embed: Callable[[Tensor], Tensor],
    file: Path,
    view: View,
    train_mode: bool,
) -> Map:
    kept = kept_array(target)
    if kept is not None:
        return kept
    found = _computed(network, embed, view(file), train_mode)
    save_array(target, found)
    return found


def _computed(
    network: nn.Module, embed: Callable[[Tensor], Tensor], volume: Map, train_mode: bool
) -> Map:
    before = {name: value.clone() for name, value in network.named_buffers()}
    network.train(train_mode)
    with torch.inference_mode():
        features = embed(torch.from_numpy(volume[np.newaxis, np.newaxis]))
    network.eval()
    with torch.no_grad():
        for name, value in network.named_buffers():
            value.copy_(before[name])
    found: Map = features.flatten().numpy()
    return found


class Views(Sequence[Map]):
    """What a network is shown of scans, ``(1, I, J, K)`` each, read when asked for."""

    def __init__(self, files: Sequence[Path], view: View) -> None:
        self.files, self.view = files, view

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Map:  # type: ignore[override]
        return self.view(self.files[index])[np.newaxis]
