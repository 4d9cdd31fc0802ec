"""Fitting a head of ratings, and the encoder's last layers if they are unfrozen, to cached maps.

A plain loop: a head is fitted in about a second, and a cross-validation fits fifty of them, so that
setting up a trainer for each would take longer than the training.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from MotionQCLib.models import ModelBundle, RatingHead
from MotionQCLib.models.architecture import SFCN_LAYERS
from MotionQCLib.models.ratings import OWN_LAYERS
from MotionQCLib.network import RatingBranch
from MotionQCLib.network.heads import StepLayer
from MotionQCLib.scoring.runtimes.torch_runtime import build_head
from MotionQCTraining.data.splits import folds
from MotionQCTraining.embeddings import Map
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.ratings.rated_scans import RatedScans

Indices = NDArray[np.intp]
_AT_ONCE = 64
# Channels that hardly vary among few scans may vary among others: their scale is not to be trusted.
_LEAST_VARIANCE = 0.01


def frozen_layers(head: RatingHead) -> int:
    """Return how many layers of the encoder stay as they are."""
    return len(SFCN_LAYERS) - len(OWN_LAYERS[head.own_layers])


@dataclass(frozen=True)
class HeadFitting:
    """All that fitting a head takes, whichever of the scans it is fitted to.

    Parameters
    ----------
    head : RatingHead
        What is fitted.
    base : ModelBundle
        The model whose encoder made the maps; unfrozen layers begin as its.
    maps : sequence of N maps
        Of the last frozen layer, as ``embed`` gives them.
    scans : RatedScans
        The N scans.
    config : FinetuneConfig
        How to fit.
    """

    head: RatingHead
    base: ModelBundle
    maps: Sequence[Map]
    scans: RatedScans
    config: FinetuneConfig

    def fit(self, chosen: Indices, *, seed: int) -> RatingBranch:
        """Return a branch fitted to some of the scans.

        The number of passes is the one that serves scans of other persons best: one part of the
        persons is held out to find it, and then all are trained on.
        """
        epochs = self.config.epochs
        inner = self._inner_split(chosen, seed)
        with _threads_for(self.head):
            if inner is not None:
                epochs = self._train(inner[0], epochs, seed, watched=inner[1])[1]
            return self._train(chosen, epochs, seed)[0]

    def outputs(self, branch: RatingBranch, chosen: Indices) -> NDArray[np.float64]:
        """Return the outputs ``(n, outputs)`` of a branch on some of the scans."""
        branch.eval()
        with torch.inference_mode():
            parts = [branch(self._batch(part, branch)) for part in _parts(chosen, _AT_ONCE)]
        found: NDArray[np.float64] = torch.cat(parts).double().cpu().numpy()
        return found

    def _inner_split(self, chosen: Indices, seed: int) -> tuple[Indices, Indices] | None:
        """Scans to train on and to watch, by person; None where the persons are too few."""
        rows = [self.scans.rows[index] for index in chosen]
        if len({row.person for row in rows}) < self.config.inner:
            return None
        place = {id(row): index for row, index in zip(rows, chosen, strict=True)}
        fold = folds(rows, self.config.inner, seed=seed)[0]
        train, watched = (
            np.array([place[id(row)] for row in part]) for part in (fold.train, fold.test)
        )
        return train, watched

    def _train(
        self, chosen: Indices, epochs: int, seed: int, watched: Indices | None = None
    ) -> tuple[RatingBranch, int]:
        """Train for some epochs, or until the watched scans gain no more.

        Returns the branch and the number of epochs that served the watched scans best.
        """
        branch = self._new_branch(seed)
        self._set_input_norm(branch, chosen)
        weights = self._class_weights(chosen)
        optimizer = _optimizer(branch, self.config)
        order = torch.Generator().manual_seed(seed)
        best, best_epoch = float("inf"), epochs
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)  # of the dropout
            for epoch in range(1, epochs + 1):
                _training_mode(branch, self.head)
                shuffled = chosen[torch.randperm(len(chosen), generator=order).numpy()]
                for part in _parts(shuffled, self.config.batch):
                    optimizer.zero_grad()
                    self._loss(branch, part, weights).backward()
                    optimizer.step()
                if watched is None:
                    continue
                branch.eval()
                with torch.inference_mode():
                    loss = float(self._loss(branch, watched, weights))
                if loss < best:
                    best, best_epoch = loss, epoch
                elif epoch - best_epoch >= self.config.patience:
                    break
        return branch.eval(), best_epoch

    def _new_branch(self, seed: int) -> RatingBranch:
        grid = self.base.metadata.architecture.grid
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            head = build_head(self.head, grid, dropout=self.config.dropout)
            branch = RatingBranch(OWN_LAYERS[self.head.own_layers], head)
        own = tuple(f"encoder.{name}." for name, _ in branch.encoder.named_children())
        state = branch.encoder.state_dict()
        for name, array in self.base.weights.items():
            if name.startswith(own):
                state[name.removeprefix("encoder.")] = torch.from_numpy(array.astype(np.float32))
        branch.encoder.load_state_dict(state)
        # What is frozen is in the maps already; a head alone is not worth a GPU's latency.
        unfrozen = len(branch.encoder) > 0
        return branch.to("cuda" if unfrozen and torch.cuda.is_available() else "cpu")

    def _set_input_norm(self, branch: RatingBranch, chosen: Indices) -> None:
        """Let a head without a layer between bring its inputs to one scale: that of these scans."""
        if self.head.hidden:
            return
        branch.eval()
        flatten, norm = (branch.head.get_submodule(name) for name in ("flatten", "norm"))
        assert isinstance(norm, nn.BatchNorm1d)
        with torch.inference_mode():
            parts = [
                flatten(branch.encoder(self._batch(part, branch)))
                for part in _parts(chosen, _AT_ONCE)
            ]
        inputs = torch.cat(parts).clone()
        variance = inputs.var(dim=0, unbiased=False)
        norm.running_mean = inputs.mean(dim=0)
        norm.running_var = variance.clamp(min=_LEAST_VARIANCE * float(variance.mean()) + 1e-12)

    def _class_weights(self, chosen: Indices) -> Tensor:
        """Weight of each class in the loss; their mean over these scans does not matter."""
        counts = np.bincount(self.scans.labels[chosen], minlength=len(self.scans.classes))
        balance = 1 / np.maximum(counts, 1) if self.config.balanced else np.ones(len(counts))
        factors = [self.config.weights.get(name, 1.0) for name in self.scans.classes]
        return torch.tensor(balance * factors, dtype=torch.float32)

    def _loss(self, branch: RatingBranch, chosen: Indices, weights: Tensor) -> Tensor:
        """Cross-entropy of the classes, or of being above each step, weighted by class."""
        outputs = branch(self._batch(chosen, branch))
        labels = torch.from_numpy(self.scans.labels[chosen]).to(outputs.device)
        weight = weights.to(outputs.device)[labels]
        if self.head.ordinal:
            steps = torch.arange(self.head.outputs, device=outputs.device)
            above = (labels[:, None] > steps).float()
            losses = nn.functional.binary_cross_entropy_with_logits(
                outputs, above, reduction="none"
            ).sum(dim=1)
        else:
            losses = nn.functional.cross_entropy(outputs, labels, reduction="none")
        return (weight * losses).sum() / weight.sum()

    def _batch(self, chosen: Indices, branch: RatingBranch) -> Tensor:
        maps = np.stack([self.maps[index] for index in chosen])
        return torch.from_numpy(maps).to(next(branch.parameters()).device)


def reduced(maps: Sequence[Map], head: RatingHead) -> Sequence[Map]:
    """Return what a head reads of maps that no layer comes after; others stay on disk.

    Averages ``(64,)`` or flat maps, held in memory: a few kilobytes a scan.
    """
    if head.own_layers != "none":
        return maps
    if head.features == "average":
        return [np.asarray(each.mean(axis=(1, 2, 3)), np.float32) for each in maps]
    return [np.array(each, np.float32).reshape(-1) for each in maps]


def branch_weights(branch: RatingBranch) -> dict[str, NDArray[np.generic]]:
    """Return a branch's arrays by the names that they have in a model file."""
    fitted = copy.deepcopy(branch).cpu()
    output = fitted.head.get_submodule("output")
    weights = {f"ratings.{name}": value.numpy() for name, value in fitted.state_dict().items()}
    if isinstance(output, StepLayer):
        weights["ratings.head.output.bias"] = output.thresholds().detach().numpy()
    return weights


@contextmanager
def _threads_for(head: RatingHead) -> Iterator[None]:
    """One thread for a head alone: its matrices are so small that more wait for each other."""
    before = torch.get_num_threads()
    if head.own_layers == "none":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _optimizer(branch: RatingBranch, config: FinetuneConfig) -> torch.optim.Optimizer:
    """AdamW that lets biases and norms be."""
    matrices = [p for p in branch.parameters() if p.ndim > 1]
    vectors = [p for p in branch.parameters() if p.ndim == 1]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate)


def _training_mode(branch: RatingBranch, head: RatingHead) -> None:
    """Train, but leave the statistics of norms that came with the encoder or from the inputs."""
    branch.train()
    branch.encoder.eval()
    if not head.hidden:
        branch.head.get_submodule("norm").eval()


def _parts(chosen: Indices, size: int) -> list[Indices]:
    """Cut into parts of about a size, none of which is a single scan unless there is but one."""
    return np.array_split(chosen, max(1, round(len(chosen) / size)))
