"""The system of Loizillon et al. 2023 (SPIE), from scans to its tables.

Read top-down: networks learn to detect synthetic motion of three severities (Table 2); the fully
connected layers of one are fitted to ratings, beside the same network as it is and one from scratch
(Table 3). Whatever is complete is found again, so the same command goes on where a run was stopped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.models import ModelBundle
from MotionQCLib.network import Conv5FC3
from MotionQCTraining.data.framed import frame_scans, load_framed
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.splits import Part, folds, require_no_leak, split
from MotionQCTraining.running.session import Session
from MotionQCTraining.slug import slug
from MotionQCTraining.synthesis.published.draws import Draws, pregenerate
from MotionQCTraining.synthesis.published.loizillon2023 import plain
from MotionQCTraining.systems.classing import Contest, Fitted, mean_of
from MotionQCTraining.systems.cohorts import Cohorts, by_row, class_scans, cohorts, divide, turns
from MotionQCTraining.systems.compared import frozen_maps, models_to_compare, own_folder
from MotionQCTraining.systems.embedding import Map, Views, flat_maps
from MotionQCTraining.systems.fit_config import FitConfig
from MotionQCTraining.systems.fitting import class_weights, fit, outputs
from MotionQCTraining.systems.learning import ClassLearning
from MotionQCTraining.systems.loizillon2023_config import Loizillon2023Config
from MotionQCTraining.systems.resources import Resources
from MotionQCTraining.systems.tables import (
    figure_columns,
    plain_figures,
    resource_row,
    write_confusion,
    write_table,
)

PUBLISHED = {
    "synthetic": {"severe": 0.9822, "moderate": 0.9706, "mild": 0.9551},
    "severe": {"fine-tuned": 0.8452, "synthetic only": 0.6026, "from scratch": 0.7375},
    "mild": {"fine-tuned": 0.6261, "synthetic only": 0.5318, "from scratch": 0.5831},
}
"""Balanced accuracies of the paper's Tables 2 and 3, on cohorts that cannot be had."""
_CLASSES = ("without", "with")
_TEST = "test"
_Framed = dict[Row, Path]
_Judged = dict[str, tuple[dict[str, Any], Resources]]
"""Figures by system, and what its fits took."""


@dataclass(frozen=True)
class _Detected:
    """Networks of one severity, and how they fare on draws that they have not seen.

    Parameters
    ----------
    networks : list of Conv5FC3
        One a fold.
    validation, test : list of float
        Balanced accuracies on the fold's own draws left out, and on the independent set.
    resources : Resources
        Of a fold.
    """

    networks: list[Conv5FC3]
    validation: list[float]
    test: list[float]
    resources: Resources


def reproduce(
    config: Loizillon2023Config, rows: Sequence[Row], output: Path, run: Session
) -> dict[str, Any]:
    """Run the whole system and write its tables.

    Parameters
    ----------
    config : Loizillon2023Config
        The system.
    rows : sequence of Row
        All scans.
    output : Path
        The run folder. ``table2.csv``: synthetic motion; ``table3.csv``: ratings;
        ``confusion-*``; ``resources.csv``; ``results.json``: all.
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
    contests = _contests(config, divided.rated, run)
    sums = divided.images(config.framing, output / "framed", run.say)
    for contest in contests.values():
        contest.require_no_image_twice(sums)
    files = frame_scans(divided.moved, output / "framed", config.framing, run.say)
    framed = dict(zip(divided.moved, files, strict=True))
    detected = {
        severity: _detected(config, severity, framed, sums, output, run)
        for severity in config.severities
    }
    first = detected[config.severities[0]]
    # Of the folds' networks the one that its own validation likes best.
    start = first.networks[int(np.argmax(first.validation))]
    tasks = {
        task: _judged_task(config, task, contest, start, others, output)
        for task, contest in contests.items()
    }
    return _written(divided, detected, tasks, output)


def summary(results: dict[str, Any]) -> str:
    """Return the results in a few lines."""
    lines = ["balanced accuracy on synthetic motion, test set of all severities:"]
    for severity, figures in results["synthetic"].items():
        lines.append(f"  trained on {severity}: {np.mean(figures['test']):.2f}")
    lines.append(f"on {results['rated_scans']} scans ({results['ratings']}):")
    for task, systems in results["tasks"].items():
        for name, figures in systems.items():
            lines.append(f"  {task}, {name}: {figures['balanced_accuracy']['value']:.2f}")
    return "\n".join(lines)


def _require_enough(config: Loizillon2023Config, rows: Sequence[Row]) -> None:
    """Divide the scans, which fails where they are too few, before anything takes time."""
    moved, rated = divide(rows, config.cohorts)
    folds(_synthetic_parts(config, moved)["train"], config.folds, seed=config.seed)
    turns(rated, config.clinical_folds, config.seed)


def _synthetic_parts(config: Loizillon2023Config, rows: Sequence[Row]) -> dict[Part, list[Row]]:
    """The independent test set, and those to cross-validate."""
    return split(rows, seed=config.seed, validation=0.0, test=config.test)


def _contests(
    config: Loizillon2023Config, rated: Sequence[Row], run: Session
) -> dict[str, Contest]:
    """The two tasks: severe motion against all else, and mild motion against none."""
    none, mild, severe = config.scale
    tasks: dict[str, tuple[dict[str, tuple[str, ...]], tuple[str, ...]]] = {
        "severe": ({_CLASSES[0]: (none, mild), _CLASSES[1]: (severe,)}, config.scale),
        "mild": ({_CLASSES[0]: (none,), _CLASSES[1]: (mild,)}, (none, mild)),
    }
    made = {}
    for task, (classes, ratings) in tasks.items():
        # Ratings off the scale are left in, for an error to name them.
        own = [row for row in rated if row.rating in ratings or row.rating not in config.scale]
        scans = class_scans(own, classes)
        divided = turns(scans.rows, config.clinical_folds, config.seed)
        made[task] = Contest(scans, divided, config.balanced, run)
        made[task].require_classes()
    return made


def _detected(
    config: Loizillon2023Config,
    severity: str,
    framed: _Framed,
    sums: Mapping[str, str],
    output: Path,
    run: Session,
) -> _Detected:
    """Cross-validate on one severity; test every network on the independent set of all."""
    parts = _synthetic_parts(config, list(framed))
    test = _draws(config, _TEST, [framed[row] for row in parts["test"]], output, run)
    networks, taken = [], []
    accuracies: dict[str, list[float]] = {"validation": [], "test": []}
    for fold in folds(parts["train"], config.folds, seed=config.seed):
        divided = {"train": fold.train, "validation": fold.test, "test": parts["test"]}
        require_no_leak(divided, by_row(list(framed), sums))
        train, validation = (
            _draws(config, severity, [framed[row] for row in part], output, run)
            for part in (fold.train, fold.test)
        )
        moved = np.array([number % 2 for _, number in train.items])
        weights = class_weights(moved, 2, balanced=config.balanced)
        learning = _learning(_new_network(config, config.fit), config.fit, config.seed, weights)
        folder = output / "synthetic" / f"{severity}-fold{fold.name}"
        who = {
            name: [f"{row.person} {framed[row].stem}" for row in part]
            for name, part in divided.items()
        }
        taken.append(fit(learning, train, validation, folder, who, config.fit, config.seed, run))
        assert isinstance(learning.network, Conv5FC3)
        networks.append(learning.network)
        for name, draws in (("validation", validation), ("test", test)):
            logits, truth = outputs(learning.network, draws, config.fit, run)
            accuracies[name].append(_balanced_accuracy(truth, logits.argmax(axis=1)))
    return _Detected(networks, accuracies["validation"], accuracies["test"], mean_of(taken))


def _draws(
    config: Loizillon2023Config, severity: str, files: Sequence[Path], output: Path, run: Session
) -> Draws:
    """Samples of some framed scans, half of them moved."""
    # Odd numbers are moved; every other scan of a random order begins with one.
    first = np.random.default_rng(config.seed).permutation(len(files)) % 2
    items = [
        (which, number + int(first[which]))
        for which in range(len(files))
        for number in range(config.draws)
    ]
    folder = output / "draws" if config.pregenerate else None
    synthesis = replace(config.synthesis, severity=severity)
    draws = Draws(files, items, synthesis, config.seed, folder)
    if config.pregenerate:
        pregenerate(draws, config.fit.workers, run.say)
    return draws


def _judged_task(
    config: Loizillon2023Config,
    task: str,
    contest: Contest,
    start: Conv5FC3,
    others: Sequence[ModelBundle],
    output: Path,
) -> _Judged:
    """Figures of the fine-tuned network, of both baselines, and of layers on others' maps."""
    files = frame_scans(contest.scans.rows, output / "framed", config.framing, contest.run.say)
    grid = config.synthesis.grid
    shown = Views(files, lambda file: plain(load_framed(file), grid))
    maps = flat_maps(
        start, start.embed, files, lambda file: plain(load_framed(file), grid), output / "maps"
    )
    with torch.inference_mode():
        logits = start.eval().classifier(torch.from_numpy(np.stack(maps)))
    said = logits.argmax(dim=1).numpy()[np.newaxis, contest.tested]
    systems = {
        "fine-tuned": _fine_tuned(config, task, contest, start, maps, shown, output),
        "synthetic only": (said, Resources()),
        "from scratch": _from_scratch(config, task, contest, shown, output),
        **{
            f"fitted on {other.metadata.name}": _fitted_on(config, task, contest, other, output)
            for other in others
        },
    }
    return {
        name: (contest.figures(predicted, config.seed), took)
        for name, (predicted, took) in systems.items()
    }


def _fine_tuned(
    config: Loizillon2023Config,
    task: str,
    contest: Contest,
    start: Conv5FC3,
    maps: Sequence[Map],
    shown: Sequence[Map],
    output: Path,
) -> Fitted:
    """Fit the fully connected layers, on kept maps where the trunk stays one function."""
    keep = config.keep_statistics

    def new(seed: int, weights: Tensor) -> ClassLearning:
        network = _new_network(config, config.fine_tuning)
        network.load_state_dict(start.state_dict())
        network.freeze_trunk(keep_statistics=keep)
        learner = network.classifier if keep else network
        return _learning(learner, config.fine_tuning, seed, weights)

    arrays = maps if keep else shown
    folder = output / "fine-tuning" / task
    return contest.fitted(arrays, new, config.fine_tuning, [config.seed], folder)


def _from_scratch(
    config: Loizillon2023Config, task: str, contest: Contest, shown: Sequence[Map], output: Path
) -> Fitted:
    def new(seed: int, weights: Tensor) -> ClassLearning:
        return _learning(_new_network(config, config.scratch), config.scratch, seed, weights)

    folder = output / "scratch" / task
    return contest.fitted(shown, new, config.scratch, [config.seed], folder)


def _fitted_on(
    config: Loizillon2023Config, task: str, contest: Contest, bundle: ModelBundle, output: Path
) -> Fitted:
    """Fit the fully connected layers to another model's maps, from random weights."""
    maps = frozen_maps(bundle, contest, output / "maps")

    def new(seed: int, weights: Tensor) -> ClassLearning:
        layers = _new_layers(config, maps[0].size)
        return _learning(layers, config.fine_tuning, seed, weights)

    folder = output / "fine-tuning" / f"{task}-{own_folder(bundle.metadata)}"
    return contest.fitted(maps, new, config.fine_tuning, [config.seed], folder)


def _new_layers(config: Loizillon2023Config, values: int) -> nn.Module:
    """The fully connected layers, the first of them for a map of so many values."""
    torch.manual_seed(config.seed)
    dropout = config.fine_tuning.dropout
    layers = Conv5FC3(len(_CLASSES), (1, 1, 1), dropout=dropout).classifier
    first = layers.get_submodule("fc1")
    assert isinstance(first, nn.Linear)
    layers.add_module("fc1", nn.Linear(values, first.out_features))
    return layers


def _new_network(config: Loizillon2023Config, fitting: FitConfig) -> Conv5FC3:
    torch.manual_seed(config.seed)
    return Conv5FC3(len(_CLASSES), config.synthesis.grid, dropout=fitting.dropout)


def _learning(network: nn.Module, fitting: FitConfig, seed: int, weights: Tensor) -> ClassLearning:
    return ClassLearning(network, fitting, seed, class_weights=weights, loss_of="binary")


def _balanced_accuracy(truth: NDArray[Any], predicted: NDArray[np.intp]) -> float:
    return float(np.mean([(predicted[truth == label] == label).mean() for label in set(truth)]))


def _written(
    divided: Cohorts,
    detected: Mapping[str, _Detected],
    tasks: Mapping[str, _Judged],
    output: Path,
) -> dict[str, Any]:
    """Write the tables and figures, and return what ``results.json`` holds."""
    synthetic = {
        severity: {"validation": each.validation, "test": each.test}
        for severity, each in detected.items()
    }
    _write_table_2(output, synthetic)
    _write_table_3(output, tasks, divided.ratings)
    taken = [resource_row(f"synthetic, {name}", each.resources) for name, each in detected.items()]
    for task, systems in tasks.items():
        for name, (figures, took) in systems.items():
            path = output / f"confusion-{task}-{slug(name)}"
            title = f"{task} motion, {name}\n{divided.ratings.partition(':')[0]}"
            write_confusion(path, figures["confusion"], _CLASSES, title)
            taken += [resource_row(f"{task}, {name}", took)] if took.duration_s else []
    write_table(output / "resources.csv", taken)
    results = {
        "ratings": divided.ratings,
        "moved_scans": len(divided.moved),
        "rated_scans": len(divided.rated),
        "synthetic": synthetic,
        "tasks": {
            task: {name: plain_figures(figures) for name, (figures, _) in systems.items()}
            for task, systems in tasks.items()
        },
        "published": PUBLISHED,
    }
    write_atomically(output / "results.json", json.dumps(results, indent=1, ensure_ascii=False))
    return results


def _write_table_2(output: Path, synthetic: dict[str, dict[str, list[float]]]) -> None:
    rows = []
    for severity, figures in synthetic.items():
        row: dict[str, Any] = {"trained_on": severity, "folds": len(figures["test"])}
        for name, values in figures.items():
            row[f"{name}_balanced_accuracy"] = float(np.mean(values))
            row[f"{name}_sd"] = float(np.std(values))
        rows.append({**row, "published_test": PUBLISHED["synthetic"].get(severity)})
    write_table(output / "table2.csv", rows)


def _write_table_3(output: Path, tasks: Mapping[str, _Judged], ratings: str) -> None:
    rows = []
    for task, systems in tasks.items():
        for name, (figures, _) in systems.items():
            rows.append(
                {
                    "task": task,
                    "system": name,
                    **figure_columns("balanced_accuracy", figures["balanced_accuracy"]),
                    "specificity": figures["recall"][_CLASSES[0]]["value"],
                    "sensitivity": figures["recall"][_CLASSES[1]]["value"],
                    "published_balanced_accuracy": PUBLISHED[task].get(name),
                    "ratings": ratings,
                }
            )
    write_table(output / "table3.csv", rows)
