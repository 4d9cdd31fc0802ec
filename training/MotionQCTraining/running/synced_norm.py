"""Batch normalisation over the batches of all processes, so that N of them train as one would.

torch has it for GPUs alone (``SyncBatchNorm``). What is here does it wherever processes can add up
numbers, and is used on a CPU.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from lightning.pytorch.plugins import LayerSync, TorchSyncBatchNorm
from torch import Tensor, nn


class _Total(torch.autograd.Function):
    """The sum over all processes; the gradient is the sum of theirs."""

    @staticmethod
    def forward(_: Any, values: Tensor) -> Tensor:
        return _summed(values)

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        return _summed(gradient)


def _summed(values: Tensor) -> Tensor:
    total = values.detach().contiguous().clone()
    dist.all_reduce(total)
    return total


class SyncedNorm3d(nn.BatchNorm3d):
    """``BatchNorm3d`` whose mean and variance are those of all processes' batches of one size."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise volumes ``(B, C, I, J, K)``."""
        if not self.training:
            return super().forward(x)
        axes = (0, 2, 3, 4)
        processes = dist.get_world_size()
        wide = x.float()
        mean = _Total.apply(wide.mean(axes)) / processes
        centred = wide - _by_channel(mean)
        variance = _Total.apply(centred.square().mean(axes)) / processes
        self._remember(mean, variance, processes * x.numel() // x.shape[1])
        scale = self.weight * torch.rsqrt(variance + self.eps)
        normalised = centred * _by_channel(scale) + _by_channel(self.bias)
        return normalised.to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: int) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * count / max(1, count - 1), self.momentum)


class SyncedNorms(LayerSync):
    """Puts synchronised normalisation in the place of a model's own, and back."""

    def apply(self, model: nn.Module) -> nn.Module:
        """Synchronise, on a GPU by torch's own layer."""
        if next(model.parameters()).is_cuda:
            return TorchSyncBatchNorm().apply(model)
        return _exchanged(model, nn.BatchNorm3d, SyncedNorm3d)

    def revert(self, model: nn.Module) -> nn.Module:
        """Go back to each process for itself."""
        model = _exchanged(model, SyncedNorm3d, nn.BatchNorm3d)
        return TorchSyncBatchNorm().revert(model)


def _exchanged(model: nn.Module, old: type[nn.BatchNorm3d], new: type[nn.BatchNorm3d]) -> nn.Module:
    """Exchange all layers of exactly one class; parameters and buffers stay the same objects."""
    for name, child in model.named_children():
        if type(child) is old:
            layer = new(child.num_features, child.eps, child.momentum)
            layer._parameters, layer._buffers = child._parameters, child._buffers
            layer.train(child.training)
            model.add_module(name, layer)
        else:
            _exchanged(child, old, new)
    return model


def _by_channel(values: Tensor) -> Tensor:
    return values[:, None, None, None]
