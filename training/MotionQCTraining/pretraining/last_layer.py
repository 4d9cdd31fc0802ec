"""The last layer of a network on whole volumes: their embeddings, its fit, its logits.

Training sees crops, scoring sees whole grids, whose map is larger and partly air. So the last layer
is fitted once more on whole volumes of the training subjects: a convex problem over embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from MotionQCLib.models import Architecture, ModelBundle, ModelMetadata, MotionBins
from MotionQCLib.models.architecture import SFCN_LAYERS
from MotionQCLib.network import SFCN
from MotionQCLib.scoring.runtimes import Device, open_encoder
from MotionQCTraining.running.tally import Tally

Volumes = Sequence[NDArray[np.float16]]
_TOLD_EVERY_S = 5.0


def embeddings(
    network: SFCN, volumes: Volumes, report: Callable[[str], None] = lambda _: None
) -> NDArray[np.float32]:
    """Return the averaged feature map ``(V, 64)`` of every volume, by the route that scores.

    Parameters
    ----------
    network : SFCN
        Taken in evaluation mode, whatever it is in.
    volumes : sequence of (I, J, K) arrays
        Conformed intensities, all on one grid.
    report : callable
        Told now and then how far it is.
    """
    weights = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    i, j, k = volumes[0].shape
    architecture = Architecture("sfcn", (i, j, k), len(weights["head.conv.bias"]))
    bundle = ModelBundle(weights, ModelMetadata("in-training", "0", architecture))
    encoder = open_encoder(bundle, len(SFCN_LAYERS), _route(network))
    tally, rows = Tally(len(volumes), report, every_s=_TOLD_EVERY_S), []
    for volume in volumes:
        tally.next()
        tally.tell("embedding whole volumes")
        rows.append(encoder.encode(np.asarray(volume, np.float32)).mean(axis=(1, 2, 3)))
    return np.stack(rows)


def _route(network: SFCN) -> Device:
    """The network's own GPU; on a CPU OpenVINO, several times as fast as torch, if it is there."""
    if next(network.parameters()).is_cuda:
        return "cuda"
    return "cpu" if find_spec("openvino") else "torch-cpu"


def fit_head(
    network: SFCN,
    embedded: NDArray[np.float32],
    scores_mm: NDArray[np.float64],
    bins: MotionBins,
    *,
    weight_decay: float = 1e-3,
) -> None:
    """Fit the last layer on embeddings ``(V, 64)`` by the training loss, from where it stands."""
    features = torch.from_numpy(embedded)
    # Channels differ in size by orders of magnitude; the decay must not care.
    scale = features.std(dim=0) + 1e-6
    middle = features.mean(dim=0)
    whitened = (features - middle) / scale
    target = torch.as_tensor(bins.soft_labels(scores_mm), dtype=torch.float32)
    layer = nn.Linear(embedded.shape[1], bins.count)
    nn.init.zeros_(layer.weight)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=500, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (
            nn.functional.kl_div(layer(whitened).log_softmax(1), target, reduction="batchmean")
            + weight_decay * layer.weight.pow(2).sum()
        )
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        weight = layer.weight / scale
        network.head.conv.weight.copy_(weight[:, :, None, None, None])
        _bias(network).copy_(layer.bias - weight @ middle)


def head_logits(network: SFCN, embedded: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the logits ``(V, bins)`` of embeddings ``(V, 64)``."""
    # In numpy, because training may have told torch to multiply in half precision.
    weight = _array(network.head.conv.weight)[:, :, 0, 0, 0]
    logits: NDArray[np.float64] = embedded @ weight.T + _array(_bias(network))
    return logits


def volume_logits(
    network: SFCN, volumes: Volumes, report: Callable[[str], None] = lambda _: None
) -> NDArray[np.float64]:
    """Return the logits ``(V, bins)`` of whole volumes, in evaluation mode."""
    return head_logits(network, embeddings(network, volumes, report))


def _array(parameter: torch.Tensor) -> NDArray[np.float64]:
    return parameter.detach().double().cpu().numpy()


def _bias(network: SFCN) -> torch.Tensor:
    bias = network.head.conv.bias
    assert bias is not None
    return bias
