"""A training that takes no time: a line through numbers, in Lightning like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from MotionQCTraining.running.checkpoints import AtomicCheckpoints
from MotionQCTraining.running.step import Samples, SteadyTraining


class Line(SteadyTraining):
    """Fits a line; a hook sees every piece of a batch before the network does."""

    def __init__(self, hook: Callable[[Line, Tensor], None] = lambda *_: None, **options: Any):
        super().__init__(seed=3, **options)
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.0), nn.Linear(8, 1))
        self.hook = hook
        self.told: list[int] = []

    def samples(self, batch: Sequence[Tensor]) -> Samples:
        return tuple(batch)

    def losses(self, samples: Samples) -> dict[str, Tensor]:
        x, y = samples
        self.hook(self, x)
        return {"loss": nn.functional.mse_loss(self.network(x)[:, 0], y)}

    def memory_ran_out(self, pieces: int) -> None:
        self.told.append(pieces)

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(self.parameters(), lr=0.01)

    def validation_step(self, batch: Any, _: int) -> None:
        self.log("val_r2", 0.5)


class Numbers(pl.LightningDataModule):
    """Two batches that follow each other for ever; step ``n`` always sees the same one."""

    def train_dataloader(self) -> DataLoader[Any]:
        assert self.trainer is not None
        return DataLoader(self.data(self.trainer.global_step), batch_size=6)

    def val_dataloader(self) -> DataLoader[Any]:
        return DataLoader(self.data(0), batch_size=12)

    @staticmethod
    def data(step: int) -> TensorDataset:
        x = torch.randn(12, 4, generator=torch.Generator().manual_seed(1)).roll(6 * step, 0)
        return TensorDataset(x, x.sum(1))


@pytest.fixture
def a_line() -> type[Line]:
    return Line


@pytest.fixture
def fit(tmp_path: Path) -> Callable[..., pl.Trainer]:
    """Fit for some steps, two an epoch, with a checkpoint after each epoch."""

    def run(module: Line, steps: int = 6, callbacks: Sequence[pl.Callback] = ()) -> pl.Trainer:
        last = tmp_path / "last.ckpt"
        trainer = pl.Trainer(
            max_steps=steps,
            accelerator="cpu",
            logger=False,
            num_sanity_val_steps=0,
            reload_dataloaders_every_n_epochs=1,
            enable_progress_bar=False,
            enable_model_summary=False,
            plugins=[AtomicCheckpoints()],
            callbacks=[
                pl.callbacks.ModelCheckpoint(tmp_path, "last", enable_version_counter=False),
                *callbacks,
            ],
        )
        path = str(last) if last.exists() else None
        trainer.fit(module, datamodule=Numbers(), ckpt_path=path, weights_only=False)
        return trainer

    return run
