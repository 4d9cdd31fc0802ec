"""The network in training: its loss, its optimiser, and what is told of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from MotionQCLib.models import ModelBundle
from MotionQCLib.network import SFCN
from MotionQCLib.network.encoder import BLOCK_CHANNELS
from MotionQCLib.scoring.calibration import calibrated_probability
from MotionQCTraining.config import Input, PretrainConfig
from MotionQCTraining.judging.metrics import agreement
from MotionQCTraining.pretraining.data import Volume
from MotionQCTraining.pretraining.identity import Identity, require_same_run
from MotionQCTraining.pretraining.labels import soft_labels
from MotionQCTraining.pretraining.last_layer import volume_logits
from MotionQCTraining.running.step import Samples, SteadyTraining
from MotionQCTraining.synthesis.device.compiling import maybe_compiled
from MotionQCTraining.synthesis.sample_config import ARTEFACT_CELL

_EARLY_BLOCKS = 3
_SEE_BRIGHTNESS: dict[Input, int] = {"plain": 4, "high-pass": 0}
"""How many filters of the first layer are not made blind to constant brightness."""
ARTEFACT_CHANNELS = BLOCK_CHANNELS[_EARLY_BLOCKS - 1]
assert ARTEFACT_CELL == 2**_EARLY_BLOCKS, "an artefact cell is what one voxel of that block sees"


class Pretraining(SteadyTraining):
    """The network, its loss and its optimiser.

    Parameters
    ----------
    config : PretrainConfig
        The run.
    base : ModelBundle or None
        The model from whose encoder it starts.
    say : callable
        Told what a user should know.
    identity : callable
        Gives what makes this run the run that it is, see :mod:`.identity`.
    """

    def __init__(
        self,
        config: PretrainConfig,
        base: ModelBundle | None = None,
        say: Callable[[str], None] = lambda _: None,
        identity: Callable[[], Identity] = dict,
    ) -> None:
        super().__init__(seed=config.seed, clip=config.clip, pieces=config.pieces)
        self.config, self._say, self._identity = config, say, identity
        self.network = SFCN(config.bins.count, config.grid, dropout=config.dropout)
        balance_first_layer(self.network, _SEE_BRIGHTNESS[config.input])
        if base is not None:
            own = self.network.encoder.state_dict()
            begun = {name: base.weights.get(f"encoder.{name}") for name in own}
            # The last layer was fitted on whole volumes; what it says of crops would cost hundreds
            # of steps to unlearn. Model files lack the counts of batches, which nothing here reads.
            self.network.encoder.load_state_dict(
                {
                    name: own[name] if array is None else torch.from_numpy(array.copy())
                    for name, array in begun.items()
                }
            )
            self.stepped()
        self.artefact_head = nn.Conv3d(ARTEFACT_CHANNELS, 1, kernel_size=1)
        self.network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        self._see: Callable[[Tensor], tuple[Tensor, Tensor]] = self.pass_through

    def samples(self, batch: Sequence[Tensor]) -> Samples:
        """Return images ``(N, I, J, K)``, scores ``(N,)`` and artefact maps as they were fed."""
        return tuple(batch)

    def losses(self, samples: Samples) -> dict[str, Tensor]:
        """Return the divergence of scores, the error of artefact maps, and what is minimised."""
        images, scores, artefacts = samples
        logits, local = self._see(_channels_last(images[:, None]))
        score_loss = self.score_loss(logits, scores)
        artefact_loss = nn.functional.mse_loss(local, artefacts)
        return {
            "kl": score_loss,
            "artefact": artefact_loss,
            "loss": score_loss + self.config.artefact_weight * artefact_loss,
        }

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add which run it is."""
        super().on_save_checkpoint(checkpoint)
        checkpoint["identity"] = self._identity()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up where the checkpoint was written.

        Raises
        ------
        InputError
            ``run-folder``: it is another run's.
        """
        now = self._identity()
        require_same_run(checkpoint.get("identity", now), now)
        super().on_load_checkpoint(checkpoint)

    def stepped(self) -> None:
        """Keep a high-pass network blind to constant brightness."""
        if self.config.input == "high-pass":
            balance_first_layer(self.network, 0)

    def memory_ran_out(self, pieces: int) -> None:
        """Tell that batches are divided from now on."""
        self._say(
            f"memory ran out: batches pass in {pieces} pieces from here on, with the same gradient"
        )

    def pass_through(self, volumes: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of the bins, and the artefact map read off the third block on the way.

        Parameters
        ----------
        volumes : (N, 1, I, J, K) tensor
            Crops or whole volumes.

        Returns
        -------
        (N, bins) and (N, I/8, J/8, K/8) tensors
        """
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
        """Compile; let the configuration's rates count where a checkpoint has brought others."""
        compiled = self.config.compiled and self.device.type == "cuda"
        self._see = maybe_compiled(self.pass_through, compiled)
        (optimizer,), (schedule,) = self.trainer.optimizers, self.trainer.lr_scheduler_configs
        scheduler, config = schedule.scheduler, self.config
        for group in optimizer.param_groups:
            group["weight_decay"] = config.weight_decay
            group["initial_lr"] = config.learning_rate
            group["lr"] = config.learning_rate * self._rate(scheduler.last_epoch)
        scheduler.base_lrs = [config.learning_rate]

    def score_loss(self, logits: Tensor, scores_mm: Tensor) -> Tensor:
        """Kullback-Leibler divergence of the predicted distribution from the soft label."""
        target = soft_labels(self.config.bins, scores_mm.to(logits.device))
        return nn.functional.kl_div(logits.float().log_softmax(1), target, reduction="batchmean")

    def configure_optimizers(self) -> Any:
        """AdamW with warm-up and cosine."""
        config = self.config
        optimizer = torch.optim.AdamW(
            self.parameters(),
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True if self.device.type == "cuda" else None,
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._rate)
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]

    def _rate(self, step: int) -> float:
        config = self.config
        if step < config.warmup:
            return (step + 1) / config.warmup
        done = (step - config.warmup) / max(1, config.steps - config.warmup)
        return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def balance_first_layer(network: SFCN, spared: int) -> None:
    """Make all filters of the first layer but the first few blind to constant brightness.

    Motion shows in edges and ripples a few per cent as strong as the anatomy's contrast; filters
    that sum to zero let the first normalisation bring those up instead of brightness.
    """
    weight = network.encoder.block1.conv.weight  # type: ignore[union-attr]
    with torch.no_grad():
        weight[spared:] -= weight[spared:].mean(dim=(2, 3, 4), keepdim=True)  # type: ignore[index,operator]


def _channels_last(volumes: Tensor) -> Tensor:
    return volumes.contiguous(memory_format=torch.channels_last_3d)
