"""Networks fitted to classes turn by turn, each tested on persons whom it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from MotionQCLib.errors import InputError
from MotionQCTraining.data.splits import require_no_leak
from MotionQCTraining.ratings.rated_scans import RatedScans
from MotionQCTraining.running.session import Session
from MotionQCTraining.systems.cohorts import Indices, Turn, by_row
from MotionQCTraining.systems.fit_config import FitConfig
from MotionQCTraining.systems.fitting import Labelled, class_weights, fit, outputs
from MotionQCTraining.systems.learning import ClassLearning
from MotionQCTraining.systems.resources import Resources
from MotionQCTraining.systems.tables import judged

NewLearning = Callable[[int, Tensor], ClassLearning]
"""A network to be fitted, of a seed and the weights of the classes."""
Fitted = tuple[NDArray[np.intp], Resources]
"""Classes predicted ``(R, tested)`` by fits with R seeds, and what one fit took."""


@dataclass(frozen=True)
class Contest:
    """Rated scans and the turns in which systems are fitted to them and tested.

    Parameters
    ----------
    scans : RatedScans
        The scans.
    turns : list of Turn
        Who is trained on and tested when.
    balanced : bool
        Whether classes count alike in the loss.
    run : Session
        Devices, and who is told.
    """

    scans: RatedScans
    turns: list[Turn]
    balanced: bool
    run: Session

    @property
    def tested(self) -> Indices:
        """The scans that are tested in any turn, ascending."""
        return np.unique(np.concatenate([turn.test for turn in self.turns]))

    def require_classes(self) -> None:
        """Make sure that every class can be tested.

        Raises
        ------
        InputError
            ``split``.
        """
        there = set(self.scans.labels[self.tested].tolist())
        absent = [name for index, name in enumerate(self.scans.classes) if index not in there]
        if absent:
            raise InputError(
                "split",
                f"no tested scan is rated {', '.join(absent)}; rate more subjects, or "
                "cross-validate all of them (folds)",
            )

    def require_no_image_twice(self, sums: Mapping[str, str]) -> None:
        """Make sure that no image is in two parts of a turn under two names.

        Parameters
        ----------
        sums : mapping
            Checksums of the images, by path.

        Raises
        ------
        InputError
            ``leak``.
        """
        rows = self.scans.rows
        for turn in self.turns:
            parts = {name: [rows[i] for i in part] for name, part in turn.parts.items()}
            require_no_leak(parts, by_row(rows, sums))

    def figures(self, predicted: NDArray[np.intp], seed: int) -> dict[str, Any]:
        """Return the figures of predictions ``(R, tested)``."""
        persons = [self.scans.persons[index] for index in self.tested]
        truth = self.scans.labels[self.tested]
        return judged(truth, predicted, persons, self.scans.classes, seed)

    def fitted(
        self,
        arrays: Sequence[NDArray[Any]],
        new: NewLearning,
        config: FitConfig,
        seeds: Sequence[int],
        folder: Path,
    ) -> Fitted:
        """Fit a network in every turn with every seed.

        Parameters
        ----------
        arrays : sequence of N arrays
            What the network is shown of every scan.
        new : callable
            The network.
        config : FitConfig
            How to fit it.
        seeds : sequence of R ints
            Seeds.
        folder : Path
            Of these fits.

        Returns
        -------
        (R, tested) array, Resources
            Predicted classes; what one fit took: mean time and power, largest memory.
        """
        predicted = np.zeros((len(seeds), len(self.scans)), np.intp)
        taken = []
        for place, seed in enumerate(seeds):
            for number, turn in enumerate(self.turns):
                train, validation, test = (
                    Labelled(arrays, self.scans.labels, part)
                    for part in (turn.train, turn.validation, turn.test)
                )
                labels = self.scans.labels[turn.train]
                weights = class_weights(labels, len(self.scans.classes), balanced=self.balanced)
                learning = new(seed, weights)
                own = folder / f"seed{seed}-turn{number + 1}"
                who = self._who(turn)
                taken.append(fit(learning, train, validation, own, who, config, seed, self.run))
                said, _ = outputs(learning.network, test, config, self.run)
                predicted[place, turn.test] = said.argmax(axis=1)
        return predicted[:, self.tested], mean_of(taken)

    def _who(self, turn: Turn) -> dict[str, list[str]]:
        """Persons and ratings of the scans in every part."""
        names, classes, labels = self.scans.persons, self.scans.classes, self.scans.labels
        return {
            part: [f"{names[index]} {classes[labels[index]]}" for index in own]
            for part, own in turn.parts.items()
        }


def mean_of(taken: Sequence[Resources]) -> Resources:
    """Return what one of several fits took on average; of memory the most."""
    whole = reduce(Resources.then, taken)
    return Resources(
        whole.duration_s / len(taken), whole.peak_memory_gb, whole.memory_of, whole.power_w
    )
