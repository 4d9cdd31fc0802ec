"""Pretraining on synthetic motion: from a manifest to a model file that scores scans.

Read top-down: prepare the scans, build the network, fit, calibrate, save. Lightning owns the loop,
the checkpoints and the logs; a run that was cut short goes on from its last checkpoint with the
very samples it would have drawn.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from MotionQCLib.network import SFCN
from MotionQCLib.network.sfcn import BLOCK_CHANNELS
from MotionQCLib.scoring.calibration import calibrated_probability
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.splits import Part, require_no_leak, split
from MotionQCTraining.data.volumes import content_of, prepare
from MotionQCTraining.finish import finish, ship, volume_logits
from MotionQCTraining.judging.metrics import agreement
from MotionQCTraining.running.callbacks import StopWhenAsked, TellProgress
from MotionQCTraining.running.checkpoints import AtomicCheckpoints
from MotionQCTraining.running.curves import write_curves
from MotionQCTraining.running.devices import end_other_processes, is_first_process
from MotionQCTraining.running.session import Session
from MotionQCTraining.running.step import Samples, SteadyTraining
from MotionQCTraining.running.stopping import Stopped
from MotionQCTraining.synthesis.fixed_set import FixedSet, fixed_set, whole_volumes
from MotionQCTraining.synthesis.samples import ARTEFACT_CELL, Group, SampleSource

MODEL_NAME = "motionqc-t1w-preview"
MODEL_VERSION = "0.1.0"
_NEWEST = "last"
_EARLY_BLOCKS = 3
ARTEFACT_CHANNELS = BLOCK_CHANNELS[_EARLY_BLOCKS - 1]
assert ARTEFACT_CELL == 2**_EARLY_BLOCKS, "an artefact cell is what one voxel of that block sees"


class Groups(Dataset[Group]):
    """What a process draws of a source's endless sequence of sample groups.

    Of every ``processes * batch`` groups that follow each other, which make one step, the process
    ``rank`` takes ``batch``.

    Parameters
    ----------
    source : SampleSource
        The sequence.
    first_step, steps : int
        The stretch.
    batch, rank, processes : int
        The share.
    """

    def __init__(
        self,
        source: SampleSource,
        first_step: int,
        steps: int,
        batch: int,
        *,
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        self.source, self.first_step, self.steps = source, first_step, steps
        self.batch, self.rank, self.processes = batch, rank, processes

    def __len__(self) -> int:
        return self.steps * self.batch

    def __getitem__(self, index: int) -> Group:
        step, own = divmod(index, self.batch)
        before = (self.first_step + step) * self.processes + self.rank
        return self.source.group(before * self.batch + own)


Volume = NDArray[np.float16]


class Volumes(Dataset[tuple[Volume, float]]):
    """A fixed set, one volume ``(I, J, K)`` and its score a time."""

    def __init__(self, fixed: FixedSet) -> None:
        self.fixed = fixed

    def __len__(self) -> int:
        return len(self.fixed)

    def __getitem__(self, index: int) -> tuple[Volume, float]:
        return self.fixed.volumes[index], float(self.fixed.scores_mm[index])


@dataclass(frozen=True)
class Scans:
    """The scans of a run, prepared.

    Parameters
    ----------
    parts : dict
        Their rows, by part.
    source : SampleSource
        Draws samples from those to train on.
    validation : FixedSet
        Volumes of those held out.
    """

    parts: dict[Part, list[Row]]
    source: SampleSource
    validation: FixedSet


class ScanData(pl.LightningDataModule):
    """Prepares scans, once for all processes, and feeds each step the groups of its number."""

    def __init__(
        self,
        config: PretrainConfig,
        rows: Sequence[Row],
        output: Path,
        say: Callable[[str], None],
    ) -> None:
        super().__init__()
        self.config, self._rows, self._output, self._say = config, rows, output, say
        self._scans: Scans | None = None
        # The run folder is one for all machines.
        self.prepare_data_per_node = False

    def prepare_data(self) -> None:
        """Prepare all scans; the other processes wait, and then find them on disk."""
        self._scans = prepare_scans(self.config, self._rows, self._output, self._say)

    @property
    def scans(self) -> Scans:
        """The prepared scans."""
        if self._scans is None:
            self.prepare_data()
        assert self._scans is not None
        return self._scans

    def train_dataloader(self) -> DataLoader[Any]:
        """Groups from the next step on, so that a run that goes on sees what is next."""
        config, trainer = self.config, self.trainer
        assert trainer is not None
        return DataLoader(
            Groups(
                self.scans.source,
                trainer.global_step,
                config.epoch,
                config.batch,
                rank=trainer.global_rank,
                processes=trainer.world_size,
            ),
            batch_size=config.batch,
            num_workers=config.workers,
            # A forked child would inherit threads that its interpolation kernels cannot use.
            multiprocessing_context="spawn" if config.workers else None,
            prefetch_factor=4 if config.workers else None,
        )

    def val_dataloader(self) -> DataLoader[Any]:
        """The whole set as one batch, for the figures of a set are not the mean of its parts'."""
        fixed = self.scans.validation
        return DataLoader(Volumes(fixed), batch_size=len(fixed), collate_fn=_unstacked)


class Pretraining(SteadyTraining):
    """The network, its loss and its optimiser."""

    def __init__(self, config: PretrainConfig, say: Callable[[str], None] = lambda _: None) -> None:
        super().__init__(seed=config.seed, clip=config.clip, pieces=config.pieces)
        self.config, self._say = config, say
        self.network = SFCN(config.bins.count, config.grid, dropout=config.dropout)
        balance_first_layer(self.network)
        self.artefact_head = nn.Conv3d(ARTEFACT_CHANNELS, 1, kernel_size=1)
        self.network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]

    def samples(self, batch: Sequence[Tensor]) -> Samples:
        """Return crops ``(N, I, J, K)``, scores ``(N,)`` and artefact maps of a batch of groups."""
        return tuple(part.flatten(0, 1) for part in batch)

    def losses(self, samples: Samples) -> dict[str, Tensor]:
        """Return the divergence of scores, the error of artefact maps, and what is minimised."""
        crops, scores, artefacts = samples
        logits, local = self._see(_channels_last(crops[:, None]))
        score_loss = self.score_loss(logits, scores)
        artefact_loss = nn.functional.mse_loss(local, artefacts)
        return {
            "kl": score_loss,
            "artefact": artefact_loss,
            "loss": score_loss + self.config.artefact_weight * artefact_loss,
        }

    def memory_ran_out(self, pieces: int) -> None:
        """Tell that batches are divided from now on."""
        self._say(
            f"memory ran out: batches pass in {pieces} pieces from here on, with the same gradient"
        )

    def _see(self, volumes: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the bins, and the artefact map read off the third block on the way."""
        encoder = self.network.encoder
        early = encoder[:_EARLY_BLOCKS](volumes)
        logits = self.network.head(encoder[_EARLY_BLOCKS:](early))
        return logits, self.artefact_head(early)[:, 0]

    def validation_step(self, batch: tuple[list[Volume], list[float]], _: int) -> None:
        """Log how predictions of whole volumes agree with true scores.

        Here and not at the end of the epoch, by when the running average has left the network.
        """
        volumes, scores = batch
        logits = volume_logits(self.network, volumes)
        predicted = self.config.bins.decode(calibrated_probability(logits, 1.0))
        for name, value in agreement(predicted, scores).items():
            self.log(f"val_{name}", value, prog_bar=name == "r2", batch_size=len(scores))

    def on_train_start(self) -> None:
        """Let the configuration's rates count, where a checkpoint has brought older ones."""
        (optimizer,), (schedule,) = self.trainer.optimizers, self.trainer.lr_scheduler_configs
        scheduler, config = schedule.scheduler, self.config
        for group in optimizer.param_groups:
            group["weight_decay"] = config.weight_decay
            group["initial_lr"] = config.learning_rate
            group["lr"] = config.learning_rate * self._rate(scheduler.last_epoch)
        scheduler.base_lrs = [config.learning_rate]

    def score_loss(self, logits: Tensor, scores_mm: Tensor) -> Tensor:
        """Kullback-Leibler divergence of the predicted distribution from the soft label."""
        labels = self.config.bins.soft_labels(scores_mm.cpu().numpy())
        target = torch.as_tensor(labels, dtype=torch.float32, device=logits.device)
        return nn.functional.kl_div(logits.float().log_softmax(1), target, reduction="batchmean")

    def configure_optimizers(self) -> Any:
        """AdamW with warm-up and cosine."""
        config = self.config
        optimizer = torch.optim.AdamW(
            self.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._rate)
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]

    def _rate(self, step: int) -> float:
        config = self.config
        if step < config.warmup:
            return (step + 1) / config.warmup
        done = (step - config.warmup) / max(1, config.steps - config.warmup)
        return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def balance_first_layer(network: SFCN) -> None:
    """Start all but four filters of the first layer blind to constant brightness.

    Motion shows in edges and ripples a few per cent as strong as the anatomy's contrast; filters
    that sum to zero let the first normalisation bring those up instead of brightness.
    """
    weight = network.encoder.block1.conv.weight  # type: ignore[union-attr]
    with torch.no_grad():
        weight[4:] -= weight[4:].mean(dim=(2, 3, 4), keepdim=True)  # type: ignore[index,operator]


def pretrain(
    config: PretrainConfig,
    rows: Sequence[Row],
    output: Path,
    session: Session | None = None,
    *,
    scans: Path | None = None,
) -> Path | None:
    """Train, or go on training, in a run folder, and write the model once the run is complete.

    Parameters
    ----------
    config : PretrainConfig
        The run.
    rows : sequence of Row
        All scans; they are split by subject.
    output : Path
        The run folder: logs, ``metrics.csv``, ``curves.png``,
        ``checkpoints/last.ckpt``, ``model/``.
    session : Session or None
        Who is told, who may stop the run, and what it trains on.
    scans : Path or None
        Where prepared scans and volumes are kept, which several runs may share; by default the run
        folder.

    Returns
    -------
    Path or None
        The model file; None where the run was stopped before its last step, and in processes that
        only help another one.

    Raises
    ------
    InputError
        Scans cannot be used; one image is under two names in training and in validation; the
        training diverged, memory or the disk did not suffice: then a checkpoint is kept, and the
        same command goes on from it.
    """
    session, scans = session or Session(), scans or output
    pl.seed_everything(config.seed, verbose=False)
    module = Pretraining(config, session.events.say)
    # Several processes stop together, at a step.
    say = session.events.say if session.devices.several else session.say
    data = ScanData(config, rows, scans, say)
    try:
        if not _trained(module, data, config, output, session) or not is_first_process():
            return None
        train = whole_volumes(config, data.scans.parts["train"], scans, session.say)
        return _finished(module, config, train, data.scans, output, session.say)
    except Stopped:
        return None


def prepare_scans(
    config: PretrainConfig, rows: Sequence[Row], output: Path, say: Callable[[str], None]
) -> Scans:
    """Split the scans of a run and prepare those to train and to validate on."""
    parts = split(rows, seed=config.seed, validation=config.validation, test=config.test)
    used = [*parts["train"], *parts["validation"]]
    # All at once, so that every scan at fault is named before anything is simulated.
    files = prepare(used, output / "prepared", config.grid, say)
    require_no_leak(
        {"train": parts["train"], "validation": parts["validation"]},
        {row: content_of(file) for row, file in zip(used, files, strict=True)},
    )
    trained = len(parts["train"])
    validation = fixed_set(
        files[trained:],
        parts["validation"],
        output / "validation",
        config.grid,
        config.samples,
        draws=config.validation_draws,
        seed=config.seed,
        displaced=True,
        report=say,
    )
    source = SampleSource(files[:trained], parts["train"], config.samples, config.seed)
    return Scans(parts, source, validation)


def _trained(
    module: Pretraining, data: ScanData, config: PretrainConfig, output: Path, session: Session
) -> bool:
    """Train to the last step and leave the averaged weights in the module; False if cut short."""
    last = output / "checkpoints" / f"{_NEWEST}.ckpt"
    if _steps_done(last) >= config.steps:
        # What ships is the running average, which the checkpoint holds as the module's weights.
        module.load_state_dict(_checkpoint(last)["state_dict"])
        return True
    trainer = _trainer(config, output, last, session)
    try:
        _fit(trainer, module, data, last)
    except Stopped:
        return False
    except BaseException:
        end_other_processes(trainer)
        raise
    module.to(trainer.strategy.root_device)
    return trainer.global_step >= config.steps


def _fit(trainer: pl.Trainer, module: Pretraining, data: ScanData, last: Path) -> None:
    try:
        with warnings.catch_warnings():
            # The loader begins at the next step by itself.
            warnings.filterwarnings("ignore", message=".*your dataloader is not resumable")
            trainer.fit(
                module,
                datamodule=data,
                ckpt_path=str(last) if last.exists() else None,
                weights_only=False,
            )
    finally:
        if is_first_process():
            write_curves(Path(trainer.default_root_dir))


def _steps_done(checkpoint: Path) -> int:
    return int(_checkpoint(checkpoint)["global_step"]) if checkpoint.exists() else 0


def _checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of this very run; Lightning's own format, never a model file."""
    loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=False)
    return loaded


def _finished(
    module: Pretraining,
    config: PretrainConfig,
    train: FixedSet,
    scans: Scans,
    output: Path,
    say: Callable[[str], None],
) -> Path:
    say(f"fitting the last layer on {len(train)} whole volumes")
    temperature, validated = finish(module.network, config, train, scans.validation)
    say(f"validation: {json.dumps(validated)}")
    path = output / "model" / f"{MODEL_NAME}.safetensors"
    ship(
        module.network,
        config,
        temperature,
        {"validation": validated},
        {"train": scans.parts["train"], "validation": scans.parts["validation"]},
        path,
        name=MODEL_NAME,
        version=MODEL_VERSION,
    )
    return path


def _trainer(config: PretrainConfig, output: Path, last: Path, session: Session) -> pl.Trainer:
    devices = session.devices.trainer_arguments()
    devices["plugins"] = [*devices["plugins"], AtomicCheckpoints()]
    return pl.Trainer(
        **devices,
        max_steps=min(config.steps, config.stop_after or config.steps),
        reload_dataloaders_every_n_epochs=1,
        num_sanity_val_steps=0,
        log_every_n_steps=min(10, config.epoch),
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=output,
        logger=[
            CSVLogger(output, name="logs"),
            TensorBoardLogger(output, name="tensorboard", version=""),
        ],
        callbacks=[
            EMAWeightAveraging(decay=config.average),
            # The newest, under one name. Lightning's own ``save_last`` writes once more after the
            # running average has replaced the weights, and a run cannot go on from that.
            ModelCheckpoint(last.parent, last.stem, enable_version_counter=False),
            TellProgress(session.events, config.steps),
            StopWhenAsked(session.stop, last),
        ],
    )


def _channels_last(volumes: Tensor) -> Tensor:
    return volumes.contiguous(memory_format=torch.channels_last_3d)


def _unstacked(pairs: list[tuple[Volume, float]]) -> tuple[list[Volume], list[float]]:
    """Keep the volumes of a batch the memory maps that they are."""
    return [volume for volume, _ in pairs], [score for _, score in pairs]
