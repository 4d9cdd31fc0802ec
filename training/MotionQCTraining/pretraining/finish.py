"""From trained weights to a model that may ship: last layer, temperature, figures, file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.models import MotionBins
from MotionQCLib.models.bundle import save_bundle
from MotionQCLib.models.metadata import Architecture, ModelMetadata
from MotionQCLib.network import SFCN
from MotionQCLib.scoring.calibration import (
    calibrated_probability,
    fit_temperature,
    interval_coverage,
)
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.provenance import describe_base, describe_scans
from MotionQCTraining.data.splits import Part
from MotionQCTraining.judging.metrics import MOVED_MM, agreement, pair_order
from MotionQCTraining.pretraining.last_layer import embeddings, fit_head, volume_logits
from MotionQCTraining.synthesis.fixed_set import FixedSet


def finish(
    network: SFCN,
    config: PretrainConfig,
    train: FixedSet | None,
    validation: FixedSet,
    report: Callable[[str], None] = lambda _: None,
) -> tuple[float, dict[str, Any]]:
    """Fit what is fitted at the end.

    Parameters
    ----------
    network : SFCN
        The trained network; its last layer changes.
    config : PretrainConfig
        The run.
    train : FixedSet or None
        Whole volumes of training subjects, to fit the last layer on; None leaves it as it is.
    validation : FixedSet
        Volumes of subjects held out, to set the temperature on.
    report : callable
        Told now and then how far it is.

    Returns
    -------
    tuple
        The temperature, and figures on the validation set.
    """
    if train is not None:
        embedded = embeddings(network, train.volumes, report)
        fit_head(network, embedded, train.scores_mm, config.bins)
    logits = volume_logits(network, validation.volumes, report)
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
    sums: Mapping[Row, str],
    path: Path,
    *,
    name: str,
    version: str,
    base: ModelMetadata | None = None,
) -> ModelMetadata:
    """Write the model file and its metadata.

    ``sums`` are the checksums of all scans, ``base`` is what its training started from.
    """
    state = {key: value.cpu().numpy() for key, value in network.state_dict().items()}
    metadata = ModelMetadata(
        name=name,
        version=version,
        architecture=Architecture("sfcn", config.grid, config.bins.count),
        bins=config.bins,
        temperature=temperature,
        label=config.label,
        training={
            **describe_scans(parts, config, sums),
            **({"base": describe_base(base)} if base is not None else {}),
            "configuration": _configuration(config),
        },
        metrics=metrics,
    )
    return save_bundle(path, state, metadata)


def _configuration(config: PretrainConfig) -> dict[str, Any]:
    """The configuration but for what the description of the scans says already."""
    told = ("public_sites", "licence")
    return {name: value for name, value in asdict(config).items() if name not in told}
