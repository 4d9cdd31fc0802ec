"""From trained weights to a model that may ship: last layer on whole volumes, temperature, file.

Training sees crops, scoring sees whole grids, whose map is larger and partly air. So the last layer
is fitted once more on whole volumes of the training subjects (a convex problem over their
embeddings), and the temperature on those of the validation subjects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from MotionQCLib.models import MotionBins
from MotionQCLib.models.bundle import ModelBundle, save_bundle
from MotionQCLib.models.metadata import Architecture, ModelMetadata
from MotionQCLib.network import SFCN
from MotionQCLib.scoring.calibration import (
    calibrated_probability,
    fit_temperature,
    interval_coverage,
)
from MotionQCLib.scoring.runtimes import open_runtime
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.provenance import describe_scans
from MotionQCTraining.data.splits import Part
from MotionQCTraining.judging.metrics import MOVED_MM, agreement, pair_order
from MotionQCTraining.synthesis.fixed_set import FixedSet


def embeddings(network: SFCN, volumes: Sequence[NDArray[np.float16]]) -> NDArray[np.float32]:
    """Return the averaged feature map ``(V, 64)`` of every volume, in evaluation mode.

    Without a GPU the scoring route computes them, several times faster than torch: a last layer
    that is the identity hands the embedding through.
    """
    network.eval()
    embed = _embed_on_gpu if next(network.parameters()).is_cuda else _embed_on_cpu
    return np.stack([row.astype(np.float32) for row in embed(network, volumes)])


def _embed_on_gpu(
    network: SFCN, volumes: Sequence[NDArray[np.float16]]
) -> Iterator[NDArray[np.generic]]:
    with torch.inference_mode():
        for volume in volumes:
            x = torch.from_numpy(np.asarray(volume, np.float32))[None, None].cuda()
            yield network.embed(x).mean(dim=(2, 3, 4))[0].float().cpu().numpy()


def _embed_on_cpu(
    network: SFCN, volumes: Sequence[NDArray[np.float16]]
) -> Iterator[NDArray[np.generic]]:
    weights = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    channels = weights["head.conv.weight"].shape[1]
    weights["head.conv.weight"] = np.eye(channels, dtype=np.float32)[:, :, None, None, None]
    weights["head.conv.bias"] = np.zeros(channels, np.float32)
    i, j, k = volumes[0].shape
    metadata = ModelMetadata(
        name="embedding",
        version="0",
        architecture=Architecture("sfcn", (i, j, k), channels),
        bins=MotionBins(count=channels),
    )
    runtime = open_runtime(ModelBundle(weights, metadata), "cpu")
    return (runtime.logits(np.asarray(volume, np.float32)) for volume in volumes)


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


def volume_logits(network: SFCN, volumes: Sequence[NDArray[np.float16]]) -> NDArray[np.float64]:
    """Return the logits ``(V, bins)`` of whole volumes, in evaluation mode."""
    return head_logits(network, embeddings(network, volumes))


def _array(parameter: torch.Tensor) -> NDArray[np.float64]:
    return parameter.detach().double().cpu().numpy()


def _bias(network: SFCN) -> torch.Tensor:
    bias = network.head.conv.bias
    assert bias is not None
    return bias


def finish(
    network: SFCN, config: PretrainConfig, train: FixedSet, validation: FixedSet
) -> tuple[float, dict[str, Any]]:
    """Fit last layer and temperature; return the temperature and figures on the validation set."""
    fit_head(network, embeddings(network, train.volumes), train.scores_mm, config.bins)
    logits = volume_logits(network, validation.volumes)
    temperature = fit_temperature(logits, validation.scores_mm, config.bins)
    return temperature, figures(logits, temperature, validation, config.bins)


def figures(
    logits: NDArray[np.float64], temperature: float, on: FixedSet, bins: MotionBins
) -> dict[str, Any]:
    """Return agreement, order of still and moved, and interval coverage on a fixed set."""
    probability = calibrated_probability(logits, temperature)
    predicted = np.maximum(bins.decode(probability), 0.0)
    return {
        "volumes": len(on),
        "persons": len(set(on.persons)),
        **agreement(predicted, on.scores_mm),
        "still_below_moved": pair_order(predicted, on.scores_mm, on.scans, MOVED_MM),
        "interval_coverage": interval_coverage(probability, on.scores_mm, bins),
    }


def ship(
    network: SFCN,
    config: PretrainConfig,
    temperature: float,
    metrics: dict[str, Any],
    parts: Mapping[Part, Sequence[Row]],
    path: Path,
    *,
    name: str,
    version: str,
) -> ModelMetadata:
    """Write the model file and its metadata.

    Raises
    ------
    InputError
        A scan of ``parts`` cannot be read any more.
    """
    state = {key: value.cpu().numpy() for key, value in network.state_dict().items()}
    metadata = ModelMetadata(
        name=name,
        version=version,
        architecture=Architecture("sfcn", config.grid, config.bins.count),
        bins=config.bins,
        temperature=temperature,
        training={**describe_scans(parts, config), "configuration": _configuration(config)},
        metrics=metrics,
    )
    return save_bundle(path, state, metadata)


def _configuration(config: PretrainConfig) -> dict[str, Any]:
    """The configuration but for what the description of the scans says already."""
    told = ("public_sites", "licence")
    return {name: value for name, value in asdict(config).items() if name not in told}
