"""Compiled kernels give the same, and their absence is told and survived."""

from __future__ import annotations

import shutil
import warnings

import pytest
import torch
from torch._inductor import config as inductor

from MotionQCTraining.synthesis.device.compiling import maybe_compiled
from MotionQCTraining.synthesis.device.resample import Resampler

PULL = torch.eye(4)[:3] + torch.linspace(-0.1, 0.1, 12).view(3, 4)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler is at hand")
def test_compiled_and_eager_agree(a_volume) -> None:
    posed = []
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="kernels run uncompiled")
        for compiled in (False, True):
            resampler = Resampler("linear", compiled=compiled)
            posed.append(resampler.posed(resampler.prepared(torch.from_numpy(a_volume)), PULL))
    torch.testing.assert_close(*posed, atol=1e-6, rtol=0)


@pytest.mark.slow
def test_without_a_compiler_the_function_runs_as_it_is(monkeypatch) -> None:
    monkeypatch.setattr(inductor.cpp, "cxx", (None, "no-such-compiler"))
    monkeypatch.setattr(inductor, "force_disable_caches", True)
    doubled = maybe_compiled(lambda values: (2 * values).sin(), compiled=True)
    values = torch.linspace(0, 1, 50)
    with pytest.warns(UserWarning, match=r"kernels run uncompiled, .* as slow: .*compiler"):
        first = doubled(values)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = doubled(values)
    assert torch.equal(first, (2 * values).sin())
    assert torch.equal(again, first)
