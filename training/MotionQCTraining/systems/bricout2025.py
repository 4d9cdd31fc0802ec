"""The system of Bricout et al. 2025 (arXiv 2502.00160), from scans to its tables and figures.

Read top-down: a network learns synthetic motion; its frozen map carries a head of classes; the same
network learns the classes from scratch; tables compare. Whatever is complete is found again, so the
same command goes on where a run was stopped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.models import ModelBundle, normalise
from MotionQCLib.network import SFCN, QCHead
from MotionQCTraining.data.framed import center_crop, frame_scans, load_framed
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.splits import Part, require_no_leak, split
from MotionQCTraining.judging.calibration_figure import calibration_curve, calibration_figure
from MotionQCTraining.judging.metrics import agreement
from MotionQCTraining.running.session import Session
from MotionQCTraining.slug import slug
from MotionQCTraining.synthesis.published.draws import Draws, pregenerate
from MotionQCTraining.systems.bricout2025_config import Bricout2025Config
from MotionQCTraining.systems.classing import Contest, Fitted
from MotionQCTraining.systems.cohorts import Cohorts, by_row, class_scans, cohorts, divide, turns
from MotionQCTraining.systems.compared import frozen_maps, models_to_compare, own_folder
from MotionQCTraining.systems.embedding import Views, flat_maps
from MotionQCTraining.systems.fitting import fit, outputs
from MotionQCTraining.systems.learning import ClassLearning, ScoreLearning
from MotionQCTraining.systems.resources import Resources, measured, read_resources
from MotionQCTraining.systems.tables import (
    figure_columns,
    plain_figures,
    resource_row,
    write_confusion,
    write_table,
)

PUBLISHED = {
    "transfer": {"balanced_accuracy": 0.41, "f1": (0.13, 0.34, 0.68)},
    "from scratch": {"balanced_accuracy": 0.35, "f1": (0.0, 0.20, 0.70)},
}
"""Table 3 of the paper, on cohorts that cannot be had."""
_TOP_MM = 4.0
_PARTS: tuple[Part, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class _Pretrained:
    network: SFCN
    predicted_mm: NDArray[np.float64]
    true_mm: NDArray[np.float64]
    resources: Resources


def reproduce(
    config: Bricout2025Config, rows: Sequence[Row], output: Path, run: Session
) -> dict[str, Any]:
    """Run the whole system and write its tables and figures.

    Parameters
    ----------
    config : Bricout2025Config
        The system.
    rows : sequence of Row
        All scans.
    output : Path
        The run folder. ``table3.csv``: balanced accuracy and F1; ``table4.csv``: resources;
        ``figure3``: calibration of the score; ``figure4-*``: confusion; ``results.json``: all.
    run : Session
        Devices, and who is told and may stop it.

    Returns
    -------
    dict
        What ``results.json`` holds.

    Raises
    ------
    InputError
        Scans cannot be used, or are too few to divide.
    """
    _require_enough(config, rows)
    others = models_to_compare(config.compared, divide(rows, config.cohorts)[1])
    divided = cohorts(rows, config.cohorts, output / "rated", run.say)
    contest = _contest(config, divided, run)
    sums = divided.images(config.framing, output / "framed", run.say)
    contest.require_no_image_twice(sums)
    pretrained = _pretrained(config, divided.moved, sums, output, run)
    fitted = _fitted(config, contest, pretrained.network, others, output)
    return _written(config, divided, contest, pretrained, fitted, output)


def summary(results: dict[str, Any]) -> str:
    """Return the results in a few lines."""
    lines = [
        f"synthetic motion: R² {results['score']['r2']:.2f} on subjects held out",
        f"classes of {results['rated_scans']} scans ({results['ratings']}):",
    ]
    for name, figures in results["classes"].items():
        median = np.median(figures["each"]["balanced_accuracy"])
        lines.append(f"  {name}: balanced accuracy {median:.2f}, median of seeds")
    return "\n".join(lines)


def _require_enough(config: Bricout2025Config, rows: Sequence[Row]) -> None:
    """Divide the scans, which fails where they are too few, before anything takes time."""
    moved, rated = divide(rows, config.cohorts)
    split(moved, seed=config.seed, validation=config.validation, test=config.test)
    turns(rated, config.folds, config.seed)


def _contest(config: Bricout2025Config, divided: Cohorts, run: Session) -> Contest:
    classes = config.classes or {name: (name,) for name in divided.scale}
    scans = class_scans(divided.rated, classes)
    contest = Contest(scans, turns(scans.rows, config.folds, config.seed), config.balanced, run)
    contest.require_classes()
    return contest


def _pretrained(
    config: Bricout2025Config,
    rows: Sequence[Row],
    sums: Mapping[str, str],
    output: Path,
    run: Session,
) -> _Pretrained:
    """Learn synthetic motion, and score the draws of subjects held out."""
    parts = split(rows, seed=config.seed, validation=config.validation, test=config.test)
    files = {
        part: frame_scans(parts[part], output / "framed", config.framing, run.say)
        for part in _PARTS
    }
    require_no_leak({part: parts[part] for part in _PARTS}, by_row(rows, sums))
    train, validation, test = (_draws(config, files[part], output, run) for part in _PARTS)
    torch.manual_seed(config.seed)
    fitting = config.pretraining
    network = SFCN(config.bins.count, config.synthesis.grid, dropout=fitting.dropout)
    learning = ScoreLearning(network, fitting, config.seed, bins=config.bins)
    who: dict[str, list[str]] = {
        part: [f"{row.person} {f.stem}" for row, f in zip(parts[part], files[part], strict=True)]
        for part in _PARTS
    }
    folder = output / "pretraining"
    took = fit(learning, train, validation, folder, who, fitting, config.seed, run)
    logits, true = outputs(network, test, fitting, run)
    probability = torch.from_numpy(logits).double().softmax(1).numpy()
    return _Pretrained(network, config.bins.decode(probability), true.astype(float), took)


def _draws(config: Bricout2025Config, files: Sequence[Path], output: Path, run: Session) -> Draws:
    items = [(which, number) for which in range(len(files)) for number in range(config.draws)]
    folder = output / "draws" if config.pregenerate else None
    draws = Draws(files, items, config.synthesis, config.seed, folder)
    if config.pregenerate:
        pregenerate(draws, config.pretraining.workers, run.say)
    return draws


def _fitted(
    config: Bricout2025Config,
    contest: Contest,
    network: SFCN,
    others: Sequence[ModelBundle],
    output: Path,
) -> dict[str, Fitted]:
    """Fit every system of Table 3, by row."""
    rows, framing = contest.scans.rows, config.framing
    files = frame_scans(rows, output / "framed", framing, contest.run.say)
    return {
        "transfer": _transferred(config, contest, network, files, output),
        "from scratch": _from_scratch(config, contest, files, output),
        **{
            f"transfer from {other.metadata.name}": _transferred_from(
                config, contest, other, output
            )
            for other in others
        },
    }


def _transferred(
    config: Bricout2025Config,
    contest: Contest,
    network: SFCN,
    files: Sequence[Path],
    output: Path,
) -> Fitted:
    """Fit a head to the frozen network's maps."""
    with measured(output / "embeddings" / "resources.json"):
        maps = flat_maps(
            network,
            network.embed,
            files,
            lambda file: _seen(config, file),
            output / "embeddings",
            train_mode=config.embed_in_train_mode,
        )
    return _headed(config, contest, maps, config.synthesis.grid, output / "transfer")


def _transferred_from(
    config: Bricout2025Config, contest: Contest, bundle: ModelBundle, output: Path
) -> Fitted:
    """Fit the same head to another model's maps."""
    maps = frozen_maps(bundle, contest, output / "embeddings")
    folder = output / f"transfer-{own_folder(bundle.metadata)}"
    return _headed(config, contest, maps, bundle.metadata.architecture.grid, folder)


def _headed(
    config: Bricout2025Config,
    contest: Contest,
    maps: Sequence[NDArray[np.float32]],
    grid: tuple[int, int, int],
    folder: Path,
) -> Fitted:
    """Fit a head to the flattened maps of a network with this grid."""

    def new(seed: int, weights: Tensor) -> ClassLearning:
        torch.manual_seed(seed)
        head = QCHead(len(weights), grid, hidden=config.hidden, dropout=config.transfer.dropout)
        return ClassLearning(head, config.transfer, seed, class_weights=weights)

    return contest.fitted(maps, new, config.transfer, config.seeds, folder)


def _from_scratch(
    config: Bricout2025Config, contest: Contest, files: Sequence[Path], output: Path
) -> Fitted:
    """Fit a whole network that knows nothing of motion."""

    def new(seed: int, weights: Tensor) -> ClassLearning:
        torch.manual_seed(seed)
        dropout = config.scratch.dropout
        network = SFCN(len(weights), config.synthesis.grid, dropout=dropout)
        return ClassLearning(network, config.scratch, seed, class_weights=weights)

    shown = Views(files, lambda file: _seen(config, file))
    return contest.fitted(shown, new, config.scratch, config.seeds, output / "scratch")


def _seen(config: Bricout2025Config, file: Path) -> NDArray[np.float32]:
    """A rated scan as the network is shown it: nothing is drawn."""
    return normalise(center_crop(load_framed(file).image, config.synthesis.grid), "min-max")


def _written(
    config: Bricout2025Config,
    divided: Cohorts,
    contest: Contest,
    pretrained: _Pretrained,
    fitted: Mapping[str, Fitted],
    output: Path,
) -> dict[str, Any]:
    """Write the tables and figures, and return what ``results.json`` holds."""
    scans = contest.scans
    score = agreement(pretrained.predicted_mm, pretrained.true_mm)
    systems = {name: contest.figures(said, config.seed) for name, (said, _) in fitted.items()}
    _write_figure_3(output, pretrained, score)
    _write_table_3(output, systems, divided.ratings, contest)
    took = {
        "pretraining": pretrained.resources,
        "embeddings": read_resources(output / "embeddings" / "resources.json"),
        **{name: resources for name, (_, resources) in fitted.items()},
    }
    write_table(output / "table4.csv", [resource_row(*item) for item in took.items()])
    for name, figures in systems.items():
        title = f"{name}, mean of {len(config.seeds)} seeds\n{divided.ratings.partition(':')[0]}"
        path = output / f"figure4-{slug(name)}"
        write_confusion(path, figures["confusion"], scans.classes, title)
    results = {
        "ratings": divided.ratings,
        "moved_scans": len(divided.moved),
        "rated_scans": len(scans),
        "rated_subjects": len(set(scans.persons)),
        "score": score,
        "classes": {name: plain_figures(figures) for name, figures in systems.items()},
        "published": PUBLISHED,
    }
    write_atomically(output / "results.json", json.dumps(results, indent=1, ensure_ascii=False))
    return results


def _write_figure_3(output: Path, pretrained: _Pretrained, score: dict[str, float]) -> None:
    predicted, true = pretrained.predicted_mm, pretrained.true_mm
    title = f"synthetic motion of {len(true)} volumes held out, R² {score['r2']:.3f}"
    picture = calibration_figure(predicted, true, title, top_mm=_TOP_MM)
    write_atomically(output / "figure3.png", picture)
    curve = calibration_curve(predicted, true, top_mm=_TOP_MM)
    write_table(output / "figure3.csv", [{**each, "r2": score["r2"]} for each in curve])


def _write_table_3(
    output: Path, systems: dict[str, dict[str, Any]], ratings: str, contest: Contest
) -> None:
    """One row a system: medians of the seeds, and the interval over subjects of their mean."""
    rows = []
    for name, figures in systems.items():
        each = figures["each"]
        f1 = np.median(each["f1"], axis=0)
        rows.append(
            {
                "system": name,
                "balanced_accuracy": float(np.median(each["balanced_accuracy"])),
                **{f"f1_{c}": float(f) for c, f in zip(contest.scans.classes, f1, strict=True)},
                **figure_columns("mean_balanced_accuracy", figures["balanced_accuracy"]),
                "seeds": len(each["balanced_accuracy"]),
                "scans": len(contest.tested),
                "ratings": ratings,
            }
        )
    write_table(output / "table3.csv", rows)
