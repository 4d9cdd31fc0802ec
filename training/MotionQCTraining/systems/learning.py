"""What the published networks learn: a distribution over motion bins, or classes."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Literal

import torch
import torchmetrics
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from MotionQCLib.models import MotionBins
from MotionQCTraining.running.step import Samples, SteadyTraining
from MotionQCTraining.systems.fit_config import FitConfig

Loss = Literal["cross-entropy", "binary"]


class Learning(SteadyTraining):
    """A network, its optimiser, and its figures on validation: ``val_loss`` and ``val_figure``.

    Parameters
    ----------
    network : Module
        What learns. Parameters that need no gradient stay as they are.
    config : FitConfig
        How.
    seed : int
        Seed of the dropout.
    """

    def __init__(self, network: nn.Module, config: FitConfig, seed: int) -> None:
        super().__init__(seed=seed, pieces=config.pieces)
        self.network, self.config = network, config
        self.val_loss = torchmetrics.MeanMetric()

    @abstractmethod
    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of a batch."""

    @abstractmethod
    def judge(self, outputs: Tensor, targets: Tensor) -> None:
        """Take a batch of the validation set into account."""

    @abstractmethod
    def figure(self) -> Tensor:
        """Return the figure of the whole validation set, the higher the better, and forget it."""

    def samples(self, batch: Any) -> Samples:
        """Return inputs and targets."""
        inputs, targets = batch
        return inputs, targets

    def losses(self, samples: Samples) -> dict[str, Tensor]:
        """Return the loss of a batch or of a piece of it."""
        inputs, targets = samples
        return {"loss": self.loss(self.network(inputs), targets)}

    def validation_step(self, batch: Any, _: int) -> None:
        """Take a batch into account."""
        inputs, targets = self.samples(batch)
        outputs = self.network(inputs).float()
        self.val_loss.update(self.loss(outputs, targets), weight=len(targets))
        self.judge(outputs, targets)

    def on_validation_epoch_end(self) -> None:
        """Log the figures and let the learning rate follow the loss.

        Here, before checkpoints are written, so that a run that goes on knows of both.
        """
        loss = self.val_loss.compute()
        self.val_loss.reset()
        self.log_dict({"val_loss": loss, "val_figure": self.figure()})
        schedule = self.lr_schedulers()
        if isinstance(schedule, ReduceLROnPlateau) and not self.trainer.sanity_checking:
            schedule.step(float(loss))

    def configure_optimizers(self) -> Any:
        """The optimiser of what is trained, and its plateau."""
        config = self.config
        kind = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}[config.optimiser]
        trained = [p for p in self.network.parameters() if p.requires_grad]
        optimizer = kind(trained, lr=config.learning_rate, weight_decay=config.weight_decay)
        if config.plateau_factor == 1:
            return optimizer
        plateau = ReduceLROnPlateau(
            optimizer, factor=config.plateau_factor, patience=config.plateau_patience
        )
        return [optimizer], [{"scheduler": plateau, "monitor": "val_loss"}]


class ScoreLearning(Learning):
    """Learns a distribution over motion bins; targets are scores ``(B,)`` in mm.

    Parameters
    ----------
    network, config, seed
        As for ``Learning``.
    bins : MotionBins
        The bins.
    """

    def __init__(
        self, network: nn.Module, config: FitConfig, seed: int, *, bins: MotionBins
    ) -> None:
        super().__init__(network, config, seed)
        self.bins = bins
        self.val_r2 = torchmetrics.R2Score()
        self.register_buffer("centers", torch.tensor(bins.centers, dtype=torch.float32))

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Kullback-Leibler divergence of the prediction from the soft label, mean of the batch."""
        soft = torch.as_tensor(self.bins.soft_labels(targets.cpu().numpy()), dtype=torch.float32)
        logarithms = outputs.float().log_softmax(1)
        return nn.functional.kl_div(logarithms, soft.to(outputs.device), reduction="batchmean")

    def judge(self, outputs: Tensor, targets: Tensor) -> None:
        """Decode the scores of a batch."""
        centers = self.get_buffer("centers")
        self.val_r2.update(outputs.softmax(1) @ centers, targets)

    def figure(self) -> Tensor:
        """R² of decoded scores; 0 of a single sample, which has none."""
        enough = int(self.val_r2.total) >= 2
        r2 = self.val_r2.compute() if enough else torch.tensor(0.0)
        self.val_r2.reset()
        return r2


class ClassLearning(Learning):
    """Learns classes; targets are their indices ``(B,)``.

    Parameters
    ----------
    network, config, seed
        As for ``Learning``.
    class_weights : (K,) tensor
        Weight of each class in the loss.
    loss_of : str
        ``cross-entropy`` of the classes, or ``binary``: of each class against the others.
    """

    def __init__(
        self,
        network: nn.Module,
        config: FitConfig,
        seed: int,
        *,
        class_weights: Tensor,
        loss_of: Loss = "cross-entropy",
    ) -> None:
        super().__init__(network, config, seed)
        self.loss_of = loss_of
        self.register_buffer("class_weights", class_weights)
        self.val_confusion = torchmetrics.ConfusionMatrix(
            task="multiclass", num_classes=len(class_weights)
        )

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Weighted mean of a batch."""
        labels, logits = targets.long(), outputs.float()
        weights = self.get_buffer("class_weights")[labels]
        if self.loss_of == "binary":
            one_hot = nn.functional.one_hot(labels, logits.shape[1]).float()
            each = nn.functional.binary_cross_entropy_with_logits(
                logits, one_hot, reduction="none"
            ).mean(dim=1)
        else:
            each = nn.functional.cross_entropy(logits, labels, reduction="none")
        return (weights * each).sum() / weights.sum()

    def judge(self, outputs: Tensor, targets: Tensor) -> None:
        """Count the classes of a batch."""
        self.val_confusion.update(outputs.argmax(1), targets.long())

    def figure(self) -> Tensor:
        """Balanced accuracy over the classes that are there."""
        table = self.val_confusion.compute().float()
        self.val_confusion.reset()
        there = table.sum(dim=1) > 0
        return (table.diagonal()[there] / table.sum(dim=1)[there]).mean()
