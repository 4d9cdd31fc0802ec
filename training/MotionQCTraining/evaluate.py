"""How good a model is on subjects it was not trained on, beside the floor of a simple regression.

Every test scan is moved on its own grid and conformed after, as a user's scan would be; the motion
is drawn with another seed than any that was trained on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCLib.models import MotionBins, normalise
from MotionQCLib.models.bundle import ModelBundle, metadata_path
from MotionQCLib.scoring.calibration import calibrated_probability, interval_coverage
from MotionQCLib.scoring.runtimes import open_runtime
from MotionQCTraining.card import model_card
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.provenance import checksums, public_names, require_unseen
from MotionQCTraining.data.splits import split
from MotionQCTraining.data.volumes import prepare
from MotionQCTraining.judging.floor import floor_predictions
from MotionQCTraining.judging.metrics import MOVED_MM, agreement, pair_order
from MotionQCTraining.ratings.rating_card import rating_section
from MotionQCTraining.synthesis.fixed_set import FixedSet, fixed_set, whole_volumes

TEST_SEED = 77


def evaluate(
    bundle: ModelBundle,
    config: PretrainConfig,
    rows: Sequence[Row],
    unseen: Sequence[Row],
    output: Path,
    *,
    draws: int,
    floor: bool,
) -> dict[str, Any]:
    """Return figures by site and over all, of the model and of the floor.

    Parameters
    ----------
    bundle : ModelBundle
        The model.
    config : PretrainConfig
        What it was trained with: its split names the test subjects.
    rows : sequence of Row
        The manifest it was trained from.
    unseen : sequence of Row
        Scans of sites that had no part in training.
    output : Path
        Where test volumes and figures are kept.
    draws : int
        Moved versions of every test scan.
    floor : bool
        Whether to fit and judge the regression, on volumes of the training subjects.

    Raises
    ------
    InputError
        There is nothing to judge it on, the model has seen a scan that it would be judged on, or
        scans cannot be read.
    """
    parts = split(rows, seed=config.seed, validation=config.validation, test=config.test)
    tested = [*parts["test"], *unseen]
    if not tested:
        raise InputError(
            "no-test-scans", "no subject is held out and --unseen lists none; set test or give it"
        )
    if config.grid != bundle.metadata.architecture.grid:
        raise InputError(
            "config",
            f"grid is {config.grid}, the model's {bundle.metadata.architecture.grid}; "
            "give the --config that it was trained with",
        )
    sums = checksums(tested)
    require_unseen(bundle.metadata, tested, sums)
    files = prepare(tested, output / "prepared-native", None, print)
    test = fixed_set(
        files,
        tested,
        output / "test",
        config.grid,
        config.samples,
        draws=draws,
        seed=TEST_SEED,
        displaced=False,
        report=print,
    )
    bins = bundle.metadata.bins
    probability = calibrated_probability(logits(bundle, test), bundle.metadata.temperature)
    predicted = np.maximum(bins.decode(probability), 0.0)
    held_out = {row.site for row in parts["test"]}
    report: dict[str, Any] = {"model": by_site(predicted, test, held_out, probability, bins)}
    if floor:
        train = whole_volumes(config, parts["train"], output)
        report["floor"] = by_site(floor_predictions(train, test), test, held_out)
    report["tested"] = {
        "draws": draws,
        "seed": TEST_SEED,
        "scans": {checksum: row.site for checksum, row in zip(sums, tested, strict=True)},
        "names": public_names(tested, sums, config),
    }
    report["volumes"] = [
        {"person": person, "true_mm": float(true), "predicted_mm": float(score)}
        for person, true, score in zip(test.persons, test.scores_mm, predicted, strict=True)
    ]
    return report


def logits(bundle: ModelBundle, volumes: FixedSet) -> NDArray[np.float64]:
    """Return the network's logits ``(V, bins)`` by the route that scoring takes."""
    runtime = open_runtime(bundle)
    method = bundle.metadata.normalisation
    return np.stack(
        [runtime.logits(normalise(np.asarray(v, np.float32), method)) for v in volumes.volumes]
    )


def by_site(
    predicted: NDArray[np.float64],
    test: FixedSet,
    held_out: set[str],
    probability: NDArray[np.float64] | None = None,
    bins: MotionBins | None = None,
) -> dict[str, Any]:
    """Return figures for each site, and for all held-out subjects of the trained sites."""
    sites = np.array(test.sites)
    chosen = {site: sites == site for site in sorted(set(test.sites))}
    if held_out:
        chosen["held-out subjects"] = np.isin(sites, sorted(held_out))
    report = {}
    for name, mask in chosen.items():
        true = test.scores_mm[mask]
        persons, scans = (np.array(names)[mask].tolist() for names in (test.persons, test.scans))
        figures: dict[str, Any] = {
            "persons": len(set(persons)),
            "volumes": int(mask.sum()),
            **agreement(predicted[mask], true),
            "still_below_moved": pair_order(predicted[mask], true, scans, MOVED_MM),
            "still_mean_mm": float(predicted[mask][true == 0].mean()),
            # What unmodified scans score: programs show it behind a user's own score.
            "still_mm": np.sort(predicted[mask][true == 0]).round(3).tolist(),
        }
        if probability is not None and bins is not None:
            figures["interval_coverage"] = interval_coverage(probability[mask], true, bins)
        report[name] = figures
    return report


def table(report: dict[str, Any]) -> str:
    """Return the figures as aligned text."""
    head = f"{'':8} {'site':20} {'subjects':>8} {'R2':>6} {'corr2':>6} {'rho':>6} {'MAE mm':>7}"
    lines = [head + f" {'ordered':>8} {'still mm':>8} {'covered':>8}"]
    for who in ("model", "floor"):
        for site, f in report.get(who, {}).items():
            lines.append(
                f"{who:8} {site:20} {f['persons']:8d} {f['r2']:6.2f} {f['r2_correlation']:6.2f} "
                f"{f['spearman']:6.2f} {f['mae_mm']:7.2f} {_share(f['still_below_moved'])} "
                f"{f['still_mean_mm']:8.2f} {_share(f.get('interval_coverage'))}"
            )
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return f"{'-':>8}" if value is None else f"{value:8.0%}"


def require_file(path: Path) -> None:
    """Refuse to record figures in a model given by name: shipped ones stay as they are."""
    if not path.is_file():
        raise InputError("model", f"{path}: --record needs the model's file; give --model its path")


def record(path: Path, bundle: ModelBundle, report: dict[str, Any]) -> None:
    """Write the figures into a model's metadata, and its card beside it."""
    figures = {key: report[key] for key in ("model", "floor", "tested") if key in report}
    metadata = replace(bundle.metadata, metrics={**bundle.metadata.metrics, "test": figures})
    write_atomically(metadata_path(path), json.dumps(metadata.to_json(), indent=2) + "\n")
    card = "\n".join([model_card(metadata, report), *rating_section(metadata)])
    write_atomically(path.with_suffix(".md"), card)
