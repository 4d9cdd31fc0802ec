"""What a run does between its steps: tell how far it is, and stop where it was asked to."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback

from MotionQCTraining.running.events import Events
from MotionQCTraining.running.stopping import Stopped, StopRequest


class TellProgress(Callback):
    """Tells step, time left and figures: after every validation, and between them now and then.

    Parameters
    ----------
    events : Events
        Who is told.
    steps : int
        Steps of the whole run.
    every_s : float
        Seconds between two tellings.
    clock : callable
        Seconds since whenever.
    """

    def __init__(
        self,
        events: Events,
        steps: int,
        every_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._events, self._steps, self._every, self._clock = events, steps, every_s, clock
        self._begun = self._told = 0.0
        self._first = 0

    def on_train_start(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        """Count from here: a run that goes on knows nothing of its earlier pace."""
        self._begun = self._clock()
        self._told = -float("inf")
        self._first = trainer.global_step

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """Tell, if enough time has passed."""
        if self._clock() - self._told >= self._every:
            self._tell(trainer, judged=False)

    def on_validation_end(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        """Tell the figures of the validation."""
        if not trainer.sanity_checking:
            self._tell(trainer, judged=True)

    def _tell(self, trainer: pl.Trainer, *, judged: bool) -> None:
        self._told = self._clock()
        figures = {name: float(value) for name, value in trainer.callback_metrics.items()}
        left = self.time_left_s(trainer.global_step)
        self._events.progress(trainer.global_step, self._steps, left, figures, judged=judged)

    def time_left_s(self, step: int) -> float:
        """Return the time to the last step, at this session's pace with its validations."""
        done = max(1, step - self._first)
        return (self._clock() - self._begun) / done * (self._steps - step)


class StopWhenAsked(Callback):
    """Looks after every step whether to stop; then writes a checkpoint and raises ``Stopped``.

    All processes of a run stop at the same step. Put it last, when others have done their part.

    Parameters
    ----------
    stop : StopRequest
        Who asks.
    checkpoint : Path
        Where the checkpoint goes.
    """

    def __init__(self, stop: StopRequest, checkpoint: Path) -> None:
        self._stop, self._checkpoint = stop, checkpoint

    def on_train_start(self, *_: Any) -> None:
        """Take the signals back, which Lightning has taken when fitting began."""
        self._stop.hear()

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """Stop, unless this was the last step: then nothing is left to stop."""
        asked = self._stop.asked
        if trainer.world_size > 1:
            asked = trainer.strategy.reduce_boolean_decision(asked, all=False)
        if asked and trainer.global_step < trainer.max_steps:
            trainer.save_checkpoint(self._checkpoint)
            raise Stopped
