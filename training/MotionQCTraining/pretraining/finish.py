"""From trained weights to a model that may ship: last layer, temperature, figures, file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

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
from MotionQCTraining.pretraining.familiarity import Known, measure_familiarity
from MotionQCTraining.pretraining.last_layer import embeddings, fit_head, head_logits
from MotionQCTraining.synthesis.fixed_set import FixedSet


class Finished(NamedTuple):
    """What is fitted and measured at the end.

    Parameters
    ----------
    temperature : float
        Divisor of the logits.
    figures : dict
        Figures on the validation set.
    known : Known
        What the model knows.
    """

    temperature: float
    figures: dict[str, Any]
    known: Known


def finish(
    network: SFCN,
    config: PretrainConfig,
    train: FixedSet,
    validation: FixedSet,
    report: Callable[[str], None] = lambda _: None,
) -> Finished:
    """Fit what is fitted at the end.

    Parameters
    ----------
    network : SFCN
        The trained network; its last layer changes.
    config : PretrainConfig
        The run.
    train : FixedSet
        Whole volumes of training subjects: what the network knows. The last layer is fitted on
        them, unless it was trained on whole volumes already, or is to stay as it is.
    validation : FixedSet
        Volumes of subjects held out, to set the temperature on and the limit of what is known.
    report : callable
        Told now and then how far it is.
    """
    embedded = embeddings(network, train.volumes, report)
    if config.whole is None and config.fit_last_layer:
        fit_head(network, embedded, train.scores_mm, config.bins)
    held_out = embeddings(network, validation.volumes, report)
    logits = head_logits(network, held_out)
    temperature = fit_temperature(logits, validation.scores_mm, config.bins)
    return Finished(
        temperature,
        figures(logits, temperature, validation, config.bins),
        measure_familiarity(embedded, held_out, validation.persons),
    )


def figures(
    logits: NDArray[np.float64], temperature: float, on: FixedSet, bins: MotionBins
) -> dict[str, Any]:
    """Return agreement, order of still and moved, and interval coverage on a fixed set.

    On the set by which the temperature was set, the coverage is a little better than elsewhere:
    ``motionqc evaluate`` measures it on subjects who set nothing.
    """
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
    finished: Finished,
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
        temperature=finished.temperature,
        label=config.label,
        training={
            **describe_scans(parts, config, sums),
            **({"base": describe_base(base)} if base is not None else {}),
            "configuration": _configuration(config),
        },
        metrics={"validation": finished.figures},
        familiarity=finished.known.familiarity,
    )
    return save_bundle(path, state | finished.known.arrays, metadata)


def _configuration(config: PretrainConfig) -> dict[str, Any]:
    """The configuration but for what the description of the scans says already."""
    told = ("public_sites", "licence")
    return {name: value for name, value in asdict(config).items() if name not in told}
