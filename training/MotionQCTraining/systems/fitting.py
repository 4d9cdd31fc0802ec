"""Fitting a network: Lightning's loop, a checkpoint to go on from, and the best weights kept.

A fit has a folder of its own. Once it is complete, ``network.safetensors`` there holds the weights
that validation chose, and the same fit asked for again reads them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import safetensors.torch
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCTraining.running.callbacks import StopWhenAsked, TellProgress
from MotionQCTraining.running.checkpoints import AtomicCheckpoints
from MotionQCTraining.running.parted_checkpoints import read_checkpoint
from MotionQCTraining.running.session import Session
from MotionQCTraining.systems.fit_config import FitConfig
from MotionQCTraining.systems.learning import Learning
from MotionQCTraining.systems.resources import Resources, measured, read_resources

Inputs = Dataset[Any]
WEIGHTS = "network.safetensors"
_DONE = "fitted.json"
_RESOURCES = "resources.json"
_CHECKPOINTS = "checkpoints"
_WHO = "who.sha256"


class Labelled(Dataset[tuple[NDArray[np.float32], np.int64]]):
    """Some of many arrays, each with the index of its class.

    Parameters
    ----------
    arrays : sequence of N arrays
        In memory, or read when asked for.
    labels : (N,) array
        Index of every array's class.
    chosen : (n,) array
        Which of them.
    """

    def __init__(
        self,
        arrays: Sequence[NDArray[Any]],
        labels: NDArray[np.intp],
        chosen: NDArray[np.intp],
    ) -> None:
        self.arrays, self.labels, self.chosen = arrays, labels, chosen

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], np.int64]:
        which = int(self.chosen[index])
        return np.array(self.arrays[which], np.float32), np.int64(self.labels[which])


def fit(
    learning: Learning,
    train: Inputs,
    validation: Inputs,
    folder: Path,
    who: Mapping[str, Sequence[str]],
    config: FitConfig,
    seed: int,
    run: Session,
) -> Resources:
    """Fit a network, or go on fitting it, and leave the best weights in it.

    Parameters
    ----------
    learning : Learning
        The network and what it learns.
    train, validation : Dataset
        Pairs of input and target.
    folder : Path
        Of this fit alone.
    who : mapping
        Names of the samples in every part, also in the one to test on. A fit that was begun with
        others is not gone on with: it may know the subjects that it would be tested on.
    config : FitConfig
        How to fit.
    seed : int
        Seed of the order of samples.
    run : Session
        Devices, and who is told and may stop it.

    Returns
    -------
    Resources
        What the fit took, over all of its sessions.

    Raises
    ------
    InputError
        ``run-folder``: the folder holds a fit of others.
    """
    told = _checksum(who)
    _require_same(folder, told)
    weights = folder / WEIGHTS
    if not (folder / _DONE).exists():
        counts = f"{len(train)} samples, {len(validation)} to validate"  # type: ignore[arg-type]
        run.say(f"fitting {folder.parent.name}/{folder.name}: {counts}")
        (folder / _CHECKPOINTS).mkdir(parents=True, exist_ok=True)
        write_atomically(folder / _CHECKPOINTS / _WHO, told)
        with measured(folder / _RESOURCES, on_gpu=_accelerator(run) == "cuda"):
            best = _run(learning, train, validation, folder, config, seed, run)
        learning.load_state_dict(best["state_dict"])
        state = {name: value.contiguous() for name, value in learning.network.state_dict().items()}
        write_atomically(weights, safetensors.torch.save(state))
        chosen = {"epoch": best["epoch"], "seed": seed, "who": told}
        write_atomically(folder / _DONE, json.dumps(chosen))
        shutil.rmtree(folder / _CHECKPOINTS)
    learning.network.load_state_dict(safetensors.torch.load_file(weights))
    learning.network.eval()
    return read_resources(folder / _RESOURCES)


def outputs(
    network: nn.Module, inputs: Inputs, config: FitConfig, run: Session
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a network's outputs ``(N, ...)`` in evaluation mode, and the targets ``(N,)``."""
    device = torch.device(_accelerator(run))
    network.eval().to(device)
    loader = DataLoader(inputs, config.batch, **_workers(config))
    said, targets = [], []
    with torch.inference_mode():
        for volumes, target in loader:
            said.append(network(volumes.to(device)).float().cpu())
            targets.append(target)
    network.cpu()
    return torch.cat(said).numpy(), torch.cat(targets).numpy()


def class_weights(labels: NDArray[np.intp], classes: int, *, balanced: bool) -> Tensor:
    """Return a weight for every class: all 1, or such that classes count alike."""
    counts = np.bincount(labels, minlength=classes)
    weights = len(labels) / (classes * np.maximum(counts, 1)) if balanced else np.ones(classes)
    return torch.tensor(weights, dtype=torch.float32)


def _checksum(who: Mapping[str, Sequence[str]]) -> str:
    """Checksum of who is in which part, whatever their order."""
    parts = {part: sorted(names) for part, names in who.items()}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _require_same(folder: Path, told: str) -> None:
    """Make sure that what lies in the folder, complete or not, was fitted to the same."""
    done, begun = folder / _DONE, folder / _CHECKPOINTS / _WHO
    if done.exists():
        before = json.loads(done.read_text("utf-8")).get("who")
    elif begun.exists():
        before = begun.read_text("utf-8")
    else:
        return
    if before != told:
        raise InputError(
            "run-folder",
            f"{folder}: was fitted when other scans were in train, validation or test; give "
            "another --output",
        )


def _run(
    learning: Learning,
    train: Inputs,
    validation: Inputs,
    folder: Path,
    config: FitConfig,
    seed: int,
    run: Session,
) -> dict[str, Any]:
    """Let Lightning fit, and return the best checkpoint."""
    samples = len(train)  # type: ignore[arg-type]
    order = _Order(samples, config.batch, seed, learning)
    loader = DataLoader(
        train, config.batch, sampler=order, drop_last=order.drops_last, **_workers(config)
    )
    steps = config.epochs * order.steps
    last = folder / _CHECKPOINTS / "last.ckpt"
    devices = run.devices.trainer_arguments()
    devices["plugins"] = [*devices["plugins"], AtomicCheckpoints()]
    trainer = pl.Trainer(
        **devices,
        max_steps=steps,
        num_sanity_val_steps=0,
        log_every_n_steps=min(10, order.steps),
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
        logger=CSVLogger(folder, name="logs", version=""),
        callbacks=[
            *_stopping(config),
            *_checkpoints(last.parent, config),
            TellProgress(run.events, steps),
            StopWhenAsked(run.stop, last),
        ],
    )
    trainer.fit(
        learning,
        loader,
        DataLoader(validation, config.batch, **_workers(config)),
        ckpt_path=str(last) if last.exists() else None,
        weights_only=True,
    )
    return read_checkpoint(last.with_name("best.ckpt"))


class _Order(Sampler[int]):
    """Samples in the order of seed and epoch, from the step on that training has come to.

    Lightning goes on within an epoch, but begins to read at its first sample; so the samples of
    steps that have been taken are left out here.
    """

    def __init__(self, samples: int, batch: int, seed: int, learning: Learning) -> None:
        self._samples, self._batch, self._seed = samples, batch, seed
        self._learning = learning
        # A batch norm cannot take a single sample.
        self.drops_last = samples > batch and samples % batch == 1
        self.steps = samples // batch if self.drops_last else -(-samples // batch)

    def __len__(self) -> int:
        return self._samples

    def __iter__(self) -> Iterator[int]:
        epoch, taken = divmod(self._learning.global_step, self.steps)
        shuffled = np.random.default_rng((self._seed, epoch)).permutation(self._samples)
        return iter(shuffled[taken * self._batch :].tolist())


def _stopping(config: FitConfig) -> list[Callback]:
    if not config.patience:
        return []
    return [EarlyStopping("val_loss", patience=config.patience, check_finite=False)]


def _checkpoints(folder: Path, config: FitConfig) -> list[Callback]:
    """The best so far, and the newest, to go on from."""
    chosen = {"figure": ("val_figure", "max"), "loss": ("val_loss", "min")}[config.best]
    best = ModelCheckpoint(
        folder,
        "best",
        monitor=chosen[0],
        mode=chosen[1],
        save_weights_only=True,
        enable_version_counter=False,
    )
    return [best, ModelCheckpoint(folder, "last", enable_version_counter=False)]


def _accelerator(run: Session) -> str:
    on_gpu = run.devices.accelerator != "cpu" and torch.cuda.is_available()
    return "cuda" if on_gpu else "cpu"


def _workers(config: FitConfig) -> dict[str, Any]:
    return {
        "num_workers": config.workers,
        # A forked child would inherit threads that interpolation cannot use.
        "multiprocessing_context": "spawn" if config.workers else None,
        "persistent_workers": config.workers > 0,
    }
