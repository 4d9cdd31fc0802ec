"""Pretraining on synthetic motion: from a manifest to a model file that scores scans.

Read top-down: prepare the scans, build the network, fit, calibrate, save. Lightning owns the loop,
the checkpoints and the logs; a run that was cut short goes on from its last checkpoint with the
very samples it would have drawn.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EMAWeightAveraging, ModelCheckpoint
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
from MotionQCTraining.synthesis.fixed_set import FixedSet, fixed_set, whole_volumes
from MotionQCTraining.synthesis.samples import ARTEFACT_CELL, Group, SampleSource

MODEL_NAME = "motionqc-t1w-preview"
MODEL_VERSION = "0.1.0"
_NEWEST = "last"
_EARLY_BLOCKS = 3
ARTEFACT_CHANNELS = BLOCK_CHANNELS[_EARLY_BLOCKS - 1]
assert ARTEFACT_CELL == 2**_EARLY_BLOCKS, "an artefact cell is what one voxel of that block sees"


class Groups(Dataset[Group]):
    """A stretch of a source's endless sequence of sample groups."""

    def __init__(self, source: SampleSource, first: int, count: int) -> None:
        self.source, self.first, self.count = source, first, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Group:
        return self.source.group(self.first + index)


Volume = NDArray[np.float16]


class Volumes(Dataset[tuple[Volume, float]]):
    """A fixed set, one volume ``(I, J, K)`` and its score a time."""

    def __init__(self, fixed: FixedSet) -> None:
        self.fixed = fixed

    def __len__(self) -> int:
        return len(self.fixed)

    def __getitem__(self, index: int) -> tuple[Volume, float]:
        return self.fixed.volumes[index], float(self.fixed.scores_mm[index])


class Samples(pl.LightningDataModule):
    """Feeds epoch ``e`` the groups ``e n .. (e+1) n``, so that a resumed run sees what is next."""

    def __init__(self, source: SampleSource, validation: FixedSet, config: PretrainConfig) -> None:
        super().__init__()
        self.source, self.fixed, self.config = source, validation, config

    def train_dataloader(self) -> DataLoader[Any]:
        """Groups of the current epoch."""
        config = self.config
        count = config.batch * config.epoch
        epoch = self.trainer.current_epoch if self.trainer is not None else 0
        return DataLoader(
            Groups(self.source, epoch * count, count),
            batch_size=config.batch,
            num_workers=config.workers,
            # A forked child would inherit threads that its interpolation kernels cannot use.
            multiprocessing_context="spawn" if config.workers else None,
            prefetch_factor=4 if config.workers else None,
        )

    def val_dataloader(self) -> DataLoader[Any]:
        """The whole set as one batch, for the figures of a set are not the mean of its parts'."""
        return DataLoader(Volumes(self.fixed), batch_size=len(self.fixed), collate_fn=_unstacked)


class Pretraining(pl.LightningModule):
    """The network, its loss and its optimiser."""

    def __init__(self, config: PretrainConfig) -> None:
        super().__init__()
        self.config = config
        self.network = SFCN(config.bins.count, config.grid, dropout=config.dropout)
        balance_first_layer(self.network)
        self.artefact_head = nn.Conv3d(ARTEFACT_CHANNELS, 1, kernel_size=1)
        self.network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]

    def training_step(self, batch: Sequence[Tensor], _: int) -> Tensor:
        """Loss of groups: crops ``(B, C, I, J, K)``, scores ``(B, C)``, artefact maps."""
        crops, scores, artefacts = (part.flatten(0, 1) for part in batch)
        logits, local = self._see(_channels_last(crops[:, None]))
        score_loss = self.score_loss(logits, scores)
        artefact_loss = nn.functional.mse_loss(local, artefacts)
        self.log("train_kl", score_loss, prog_bar=True)
        self.log("train_artefact", artefact_loss, prog_bar=True)
        return score_loss + self.config.artefact_weight * artefact_loss

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

    def on_train_epoch_start(self) -> None:
        """Seed the dropout by epoch, so that a resumed run drops what it would have dropped."""
        torch.manual_seed(self.config.seed + self.current_epoch)

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


class Report(Callback):
    """One line an epoch for logs that nobody watches live."""

    def on_validation_end(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        """Print the epoch's figures."""
        if not trainer.sanity_checking:
            shown = {k: f"{float(v):.3f}" for k, v in sorted(trainer.callback_metrics.items())}
            print(
                f"step {trainer.global_step}", *(f"{k}={v}" for k, v in shown.items()), flush=True
            )


def pretrain(
    config: PretrainConfig, rows: Sequence[Row], output: Path, *, progress: bool = True
) -> Path | None:
    """Train, or go on training, in a run folder, and write the model once the run is complete.

    Parameters
    ----------
    config : PretrainConfig
        The run.
    rows : sequence of Row
        All scans; they are split by subject.
    output : Path
        The run folder: prepared scans, logs, ``checkpoints/last.ckpt``, ``model/``.
    progress : bool
        Whether to draw a live progress bar.

    Returns
    -------
    Path or None
        The model file; None where the run was stopped before its last step.

    Raises
    ------
    InputError
        Scans cannot be used, or one image is under two names in training and in validation.
    """
    pl.seed_everything(config.seed, verbose=False)
    parts = split(rows, seed=config.seed, validation=config.validation, test=config.test)
    used = [*parts["train"], *parts["validation"]]
    # All at once, so that every scan at fault is named before anything is simulated.
    files = prepare(used, output / "prepared", config.grid, print)
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
        report=print,
    )
    module = Pretraining(config)
    source = SampleSource(files[:trained], parts["train"], config.samples, config.seed)
    last = output / "checkpoints" / f"{_NEWEST}.ckpt"
    if _steps_done(last) < config.steps:
        trainer = _trainer(config, output, progress)
        trainer.fit(
            module,
            datamodule=Samples(source, validation, config),
            ckpt_path=str(last) if last.exists() else None,
            weights_only=False,
        )
        if trainer.interrupted or trainer.global_step < config.steps:
            return None
    else:
        # What ships is the running average, which the checkpoint holds as the module's weights.
        module.load_state_dict(_checkpoint(last)["state_dict"])
    train = whole_volumes(config, parts["train"], output)
    return _finished(module, config, train, validation, parts, output)


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
    validation: FixedSet,
    parts: dict[Part, list[Row]],
    output: Path,
) -> Path:
    print(f"fitting the last layer on {len(train)} whole volumes", flush=True)
    temperature, validated = finish(module.network, config, train, validation)
    print(f"validation: {json.dumps(validated)}", flush=True)
    path = output / "model" / f"{MODEL_NAME}.safetensors"
    ship(
        module.network,
        config,
        temperature,
        {"validation": validated},
        {"train": parts["train"], "validation": parts["validation"]},
        path,
        name=MODEL_NAME,
        version=MODEL_VERSION,
    )
    return path


def _trainer(config: PretrainConfig, output: Path, progress: bool) -> pl.Trainer:
    return pl.Trainer(
        max_steps=min(config.steps, config.stop_after or config.steps),
        precision="bf16-mixed" if _has_bf16() else "32-true",
        reload_dataloaders_every_n_epochs=1,
        num_sanity_val_steps=0,
        log_every_n_steps=10,
        enable_progress_bar=progress,
        enable_model_summary=False,
        default_root_dir=output,
        logger=[CSVLogger(output, name="logs"), TensorBoardLogger(output, name="tensorboard")],
        callbacks=[
            EMAWeightAveraging(decay=config.average),
            # The newest, under one name. Lightning's own ``save_last`` writes once more after the
            # running average has replaced the weights, and a run cannot go on from that.
            ModelCheckpoint(output / "checkpoints", _NEWEST, enable_version_counter=False),
            Report(),
        ],
    )


def _has_bf16() -> bool:
    """Whether bf16 is computed, not emulated, on the device that Lightning will choose."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _channels_last(volumes: Tensor) -> Tensor:
    return volumes.contiguous(memory_format=torch.channels_last_3d)


def _unstacked(pairs: list[tuple[Volume, float]]) -> tuple[list[Volume], list[float]]:
    """Keep the volumes of a batch the memory maps that they are."""
    return [volume for volume, _ in pairs], [score for _, score in pairs]
