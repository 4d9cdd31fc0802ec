"""Pretraining on synthetic motion: from a manifest to a model file that scores scans.

Read top-down: prepare the scans, build the network, fit, calibrate, save. Lightning owns the loop,
the checkpoints and the logs; a run that was cut short goes on from its last checkpoint with the
very samples it would have drawn.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import lightning.pytorch as pl
from lightning.pytorch.callbacks import EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, find_model
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.pretraining.data import ScanData
from MotionQCTraining.pretraining.finish import finish, ship
from MotionQCTraining.pretraining.identity import run_identity
from MotionQCTraining.pretraining.module import Pretraining
from MotionQCTraining.pretraining.scans import training_set
from MotionQCTraining.pretraining.wholes import synthesis_device
from MotionQCTraining.running.callbacks import StopWhenAsked, TellProgress
from MotionQCTraining.running.curves import write_curves
from MotionQCTraining.running.devices import end_other_processes, is_first_process
from MotionQCTraining.running.parted_checkpoints import PartedCheckpoints, read_checkpoint
from MotionQCTraining.running.session import Session
from MotionQCTraining.running.stopping import Stopped

MODEL_VERSION = "0.1.0"
_NEWEST, _BEST = "last", "best"


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
        ``checkpoints/last.ckpt``, ``model/``; ``checkpoints/best.ckpt`` where the best is chosen.
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
        Scans cannot be used; one image is under two names in training and in validation; the run
        folder holds another run's checkpoint; the training diverged, memory or the disk did not
        suffice: then a checkpoint is kept, and the same command goes on from it.
    """
    session, scans = session or Session(), scans or output
    pl.seed_everything(config.seed, verbose=False)
    base = _base(config)
    # Several processes stop together, at a step.
    say = session.events.say if session.devices.several else session.say
    data = ScanData(config, rows, scans, say, synthesis_device(session.devices))
    module = Pretraining(
        config, base, session.events.say, lambda: run_identity(config, data.scans, base)
    )
    try:
        if not _trained(module, data, config, output, session) or not is_first_process():
            return None
        if config.chosen == "best":
            _take_best(module, output, session)
        return _finished(module, config, base, data, scans, output, session)
    except Stopped:
        return None


def newest_checkpoint(output: Path) -> Path:
    """Return where the newest checkpoint of a run folder is, if there is one."""
    return output / "checkpoints" / f"{_NEWEST}.ckpt"


def _base(config: PretrainConfig) -> ModelBundle | None:
    """Open the model that the weights start from.

    Raises
    ------
    InputError
        ``config``: its bins are not the run's, so that its last layer means other scores.
    """
    if not config.base:
        return None
    base = find_model(config.base)
    if base.metadata.bins != config.bins:
        raise InputError(
            "config", f"base {base.metadata.name} has other bins; give its own, or another base"
        )
    return base


def _trained(
    module: Pretraining, data: ScanData, config: PretrainConfig, output: Path, session: Session
) -> bool:
    """Train to the last step and leave the averaged weights in the module; False if cut short."""
    last = newest_checkpoint(output)
    if _steps_done(last) >= config.steps:
        # What ships is the running average, which the checkpoint holds as the module's weights.
        checkpoint = read_checkpoint(last)
        module.on_load_checkpoint(checkpoint)
        module.load_state_dict(checkpoint["state_dict"])
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


def _take_best(module: Pretraining, output: Path, session: Session) -> None:
    """Leave the weights in the module that ranked the volumes to validate on best."""
    best = output / "checkpoints" / f"{_BEST}.ckpt"
    if not best.exists():
        session.say(f"{best} is absent: no look at the validation set; the last weights ship")
        return
    checkpoint = read_checkpoint(best)
    module.load_state_dict(checkpoint["state_dict"])
    session.say(f"step {checkpoint['global_step']} ranked the volumes to validate on best")


def _fit(trainer: pl.Trainer, module: Pretraining, data: ScanData, last: Path) -> None:
    try:
        with warnings.catch_warnings():
            # The loader begins at the next step by itself, and may need no process beside it.
            warnings.filterwarnings("ignore", message=".*your dataloader is not resumable")
            warnings.filterwarnings("ignore", message=".*does not have many workers")
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
    return int(read_checkpoint(checkpoint)["global_step"]) if checkpoint.exists() else 0


def _finished(
    module: Pretraining,
    config: PretrainConfig,
    base: ModelBundle | None,
    data: ScanData,
    folder: Path,
    output: Path,
    session: Session,
) -> Path:
    say = session.say
    device = synthesis_device(session.devices)
    module.to(device)
    train = training_set(config, data.scans, folder, say, device)
    say(f"finishing the model on {len(train)} whole volumes")
    finished = finish(module.network, config, train, data.validation, say)
    say(f"validation: {json.dumps(finished.figures)}")
    parts = data.scans.parts
    path = output / "model" / f"{config.name}.safetensors"
    ship(
        module.network,
        config,
        finished,
        {"train": parts["train"], "validation": parts["validation"]},
        data.scans.checksums(),
        path,
        name=config.name,
        version=MODEL_VERSION,
        base=None if base is None else base.metadata,
    )
    return path


def _trainer(config: PretrainConfig, output: Path, last: Path, session: Session) -> pl.Trainer:
    devices = session.devices.trainer_arguments()
    devices["plugins"] = [*devices["plugins"], PartedCheckpoints(config.checkpoint_mib)]
    return pl.Trainer(
        **devices,
        max_steps=min(config.steps, config.stop_after or config.steps),
        reload_dataloaders_every_n_epochs=1,
        num_sanity_val_steps=0,
        log_every_n_steps=min(10, config.epoch),
        # Crops and volumes have one shape throughout a run, so the search pays.
        benchmark=True,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=output,
        logger=[
            CSVLogger(output, name="logs"),
            TensorBoardLogger(output, name="tensorboard", version=""),
        ],
        callbacks=[
            EMAWeightAveraging(decay=config.average),
            # Before the newest, which then holds what the best was so far.
            *_best(config, last.parent),
            # The newest, under one name. Lightning's own ``save_last`` writes once more after the
            # running average has replaced the weights, and a run cannot go on from that.
            ModelCheckpoint(last.parent, last.stem, enable_version_counter=False),
            TellProgress(session.events, config.steps),
            StopWhenAsked(session.stop, last),
        ],
    )


def _best(config: PretrainConfig, folder: Path) -> list[ModelCheckpoint]:
    if config.chosen == "last":
        return []
    return [
        ModelCheckpoint(
            folder, _BEST, monitor="val_spearman", mode="max", enable_version_counter=False
        )
    ]
