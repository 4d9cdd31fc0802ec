"""On what a run trains: accelerator, number of devices and machines, precision."""

from __future__ import annotations

import logging
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

# Lightning and torch take seconds to load: a command that is given a wrong file says so before.
if TYPE_CHECKING:
    import lightning.pytorch as pl

Accelerator = Literal["auto", "cpu", "gpu"]
Precision = Literal["auto", "32", "bf16"]
# What launchers tell a process of its place among the others.
_PLACES = ("RANK", "LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "SLURM_PROCID")


@dataclass(frozen=True)
class Devices:
    """Devices of a run.

    Parameters
    ----------
    accelerator : str
        ``cpu``, ``gpu``, or ``auto``: a GPU where there is one.
    devices : int
        Processes on each machine, with a device each. Every one takes a batch of its own, so that
        two train as one with the doubled batch would.
    nodes : int
        Machines.
    precision : str
        ``32``, ``bf16``, or ``auto``: bf16 where the device computes it.
    """

    accelerator: Accelerator = "auto"
    devices: int = 1
    nodes: int = 1
    precision: Precision = "auto"

    @property
    def several(self) -> bool:
        """Whether more than one process trains."""
        return self.devices * self.nodes > 1

    def trainer_arguments(self) -> dict[str, Any]:
        """Return the keywords of Lightning's ``Trainer``; from now on it tells warnings alone."""
        from MotionQCTraining.running.synced_norm import SyncedNorms

        for part in ("lightning.pytorch", "lightning.fabric"):
            logging.getLogger(part).setLevel(logging.WARNING)
        return {
            "accelerator": self.accelerator,
            "devices": self.devices,
            "num_nodes": self.nodes,
            "strategy": "ddp" if self.several else "auto",
            "precision": "bf16-mixed" if self._in_bf16() else "32-true",
            "plugins": [SyncedNorms()] if self.several else [],
            # Every process draws its own share of the numbered samples.
            "use_distributed_sampler": False,
        }

    def _in_bf16(self) -> bool:
        if self.precision != "auto":
            return self.precision == "bf16"
        import torch

        if self.accelerator != "cpu" and torch.cuda.is_available():
            return torch.cuda.is_bf16_supported(including_emulation=False)
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def is_first_process() -> bool:
    """Whether this process is the one of its run that writes and tells."""
    return all(int(os.environ.get(place) or 0) == 0 for place in _PLACES)


def end_other_processes(trainer: pl.Trainer) -> None:
    """End the processes that a trainer has started on this machine, which wait for a failed one."""
    launcher = trainer.strategy.launcher
    if launcher is not None:
        launcher.kill(signal.SIGKILL)
