"""One training step that holds: where memory runs out, and where numbers cease to be numbers."""

from __future__ import annotations

import gc
from abc import abstractmethod
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler

from MotionQCLib.errors import InputError

Samples = tuple[Tensor, ...]


class SteadyTraining(pl.LightningModule):
    """A training whose step is taken in pieces where the whole batch does not fit into memory.

    The gradient is that of the whole batch in any case; batch normalisation sees the pieces. When
    memory runs out the pieces are halved and the step is taken again, with the random numbers and
    the running statistics that it began with. Dropout is drawn by seed and step, so that a run that
    goes on draws what it would have drawn.

    Parameters
    ----------
    seed : int
        Seed of what is drawn on the device.
    clip : float
        Largest norm of the gradient; 0 leaves it as it is.
    pieces : int
        Pieces of a batch to begin with.
    """

    def __init__(self, *, seed: int, clip: float = 0.0, pieces: int = 1) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.pieces = pieces
        self._seed, self._clip = seed, clip
        self._saved_step = 0
        self._unchecked: tuple[int, Tensor] | None = None

    @abstractmethod
    def samples(self, batch: Any) -> Samples:
        """Return a batch as tensors with one sample a row, which can be divided anywhere."""

    @abstractmethod
    def losses(self, samples: Samples) -> dict[str, Tensor]:
        """Return means over samples by name; ``loss`` is what the step makes smaller."""

    def training_step(self, batch: Any, _: int) -> None:
        """Take one optimiser step on a batch."""
        samples = self.samples(batch)
        figures = self._gradient(samples)
        while figures is None:
            self._divide(len(samples[0]))
            figures = self._gradient(samples)
        # Of all processes, so that they find the same and fail together.
        reduce = self.trainer.strategy.reduce
        figures = {name: reduce(value, reduce_op="mean") for name, value in figures.items()}
        self._check_finite(figures["loss"])
        optimizer = self._optimizer()
        if self._clip:
            self.clip_gradients(optimizer.optimizer, self._clip, gradient_clip_algorithm="norm")
        optimizer.step()
        self.stepped()
        for schedule in self.trainer.lr_scheduler_configs:
            if isinstance(schedule.scheduler, LRScheduler) and schedule.interval == "step":
                schedule.scheduler.step()
        self.log_dict({f"train_{name}": value for name, value in figures.items()})
        self.log("learning_rate", optimizer.param_groups[0]["lr"])

    def _optimizer(self) -> LightningOptimizer:
        optimizer = self.optimizers()
        assert isinstance(optimizer, LightningOptimizer), "one optimiser, by this class's design"
        return optimizer

    def _gradient(self, samples: Samples) -> dict[str, Tensor] | None:
        """Leave the gradient of a batch in the parameters; None where memory ran out."""
        before = [buffer.clone() for buffer in self.buffers()]
        torch.manual_seed(self._seed + self.global_step + 1_000_003 * self.global_rank)
        try:
            return self._gradient_in_pieces(samples)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
        for buffer, value in zip(self.buffers(), before, strict=True):
            buffer.copy_(value)
        return None

    def _gradient_in_pieces(self, samples: Samples) -> dict[str, Tensor]:
        self._optimizer().zero_grad()
        total = len(samples[0])
        figures: dict[str, Tensor] = {}
        for piece in zip(*(part.tensor_split(self.pieces) for part in samples), strict=True):
            share = len(piece[0]) / total
            losses = self.losses(piece)
            self.manual_backward(losses["loss"] * share)
            for name, value in losses.items():
                figures[name] = figures.get(name, 0) + value.detach() * share
        return figures

    def _divide(self, samples: int) -> None:
        """Halve the pieces.

        Raises
        ------
        InputError
            ``out-of-memory``: a piece is a single sample, or other processes wait for this one.
        """
        self._optimizer().zero_grad()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if self.pieces >= samples:
            raise InputError(
                "out-of-memory", "memory does not hold even one sample; give smaller crops or grids"
            )
        pieces = min(samples, 2 * self.pieces)
        if self.trainer.world_size > 1:
            raise InputError(
                "out-of-memory",
                f"memory does not hold a batch; give --set pieces={pieces}, and the same command "
                "goes on",
            )
        self.pieces = pieces
        self.memory_ran_out(pieces)

    def stepped(self) -> None:
        """Keep what is to hold of the weights after every step."""

    def memory_ran_out(self, pieces: int) -> None:
        """Tell that batches are divided from now on."""

    def _check_finite(self, loss: Tensor) -> None:
        """Check the loss; on a GPU that of the step before, so that no step waits for its own."""
        at_hand = (self.global_step + 1, loss)
        self._require_finite(self._unchecked if loss.is_cuda else at_hand)
        self._unchecked = at_hand if loss.is_cuda else None

    def _require_finite(self, entry: tuple[int, Tensor] | None) -> None:
        if entry is not None and not torch.isfinite(entry[1]):
            raise self._diverged(f"the loss is {float(entry[1])} at step {entry[0]}")

    def _diverged(self, what: str) -> InputError:
        kept = f"the checkpoint of step {self._saved_step} is kept" if self._saved_step else ""
        return InputError(
            "diverged",
            f"{what}; {kept or 'there is no checkpoint yet'}. Give a lower learning rate or clip "
            "gradients (--set clip=1), and the same command goes on",
        )

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what a resumed run needs; let nothing that is not finite take a good one's place.

        Raises
        ------
        InputError
            ``diverged``.
        """
        self._require_finite(self._unchecked)
        for name, value in checkpoint["state_dict"].items():
            if value.is_floating_point() and not torch.isfinite(value).all():
                raise self._diverged(f"{name} is not finite at step {self.global_step}")
        self._saved_step = self.global_step
        checkpoint["pieces"] = self.pieces

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up where the checkpoint was written."""
        self._saved_step = checkpoint["global_step"]
        self.pieces = max(self.pieces, checkpoint.get("pieces", 1))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or on the CPU."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # The CPU's allocator has no class of its own.
    return "DefaultCPUAllocator" in str(error) and "memory" in str(error)
