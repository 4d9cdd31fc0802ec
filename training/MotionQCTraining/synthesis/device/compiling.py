"""Kernels compiled where a compiler is at hand, and run as they are where there is none."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch._dynamo.exc import TorchDynamoException

TensorFunction = Callable[..., Any]


def maybe_compiled(function: TensorFunction, compiled: bool) -> TensorFunction:
    """Return the function, compiled for fixed shapes at its first call if so asked.

    Compiling needs a C++ compiler on a CPU and Triton on a GPU. Where it fails, the function runs
    eagerly from then on, with a warning: the result is the same, and comes later.
    """
    return _Compiled(function) if compiled else function


class _Compiled:
    def __init__(self, function: TensorFunction) -> None:
        self._eager = function
        self._run: TensorFunction = torch.compile(function, dynamic=False)

    def __call__(self, *arguments: Tensor) -> Any:
        try:
            return self._run(*arguments)
        except TorchDynamoException as error:
            reason = str(error).strip().partition("\n")[0]
            warnings.warn(f"kernels run uncompiled, several times as slow: {reason}", stacklevel=2)
            self._run = self._eager
            return self._eager(*arguments)
