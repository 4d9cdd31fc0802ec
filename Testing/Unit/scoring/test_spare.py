"""Where a GPU's memory is full, the CPU scores and says so."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from MotionQCLib.models import ModelBundle
from MotionQCLib.scan import Scan
from MotionQCLib.scoring import Scorer, spare
from MotionQCLib.scoring.runtimes import open_runtime
from MotionQCLib.scoring.runtimes.torch_runtime import TorchRuntime
from MotionQCLib.scoring.spare import SpareRuntime

FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


class FullGpu:
    """A GPU whose memory is taken by somebody else."""

    name = "torch cuda float32"

    def __init__(self, error: Exception) -> None:
        self.error, self.asked = error, 0

    def outputs(self, _: object) -> object:
        self.asked += 1
        raise self.error


def with_gpu(monkeypatch: pytest.MonkeyPatch, gpu: FullGpu | Exception) -> None:
    """Let `cuda` be a GPU that fails when it runs, or when it is opened."""

    def opened(bundle: ModelBundle, device: str, *, threads: int) -> object:
        if device != "cuda":
            return open_runtime(bundle, "cpu", threads=threads)
        if isinstance(gpu, Exception):
            raise gpu
        return gpu

    monkeypatch.setattr(spare, "open_runtime", opened)


@pytest.mark.parametrize(
    "gpu",
    [FullGpu(FULL), FULL, FullGpu(RuntimeError("CUDNN_STATUS_ALLOC_FAILED"))],
    ids=["running", "opening", "library"],
)
def test_the_cpu_scores_with_a_warning_and_goes_on_doing_so(
    a_model: ModelBundle,
    a_head_scan: Scan,
    monkeypatch: pytest.MonkeyPatch,
    gpu: FullGpu | Exception,
) -> None:
    with_gpu(monkeypatch, gpu)
    scorer = Scorer(a_model, "cuda")
    first, second = scorer.score(a_head_scan), scorer.score(a_head_scan)
    plain = Scorer(a_model, "cpu").score(a_head_scan)
    assert [warning.code for warning in first.warnings].count("gpu-memory") == 1
    assert first.warnings == second.warnings
    assert first.motion_score_mm == second.motion_score_mm == plain.motion_score_mm
    assert first.runtime == "openvino cpu float32"
    assert "gpu-memory" not in [warning.code for warning in plain.warnings]
    if isinstance(gpu, FullGpu):
        assert gpu.asked == 1


def test_another_fault_of_a_gpu_is_not_hidden(
    a_model: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gpu(monkeypatch, FullGpu(RuntimeError("device-side assert triggered")))
    runtime = SpareRuntime(a_model, "cuda", threads=1)
    with pytest.raises(RuntimeError, match="device-side assert"):
        runtime.outputs(np.zeros((64, 96, 64), np.float32))


def test_a_gpu_that_is_really_full_leaves_the_cpu(a_model: ModelBundle, a_head_scan: Scan) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA GPU on this machine")
    plain = Scorer(a_model, "cpu").score(a_head_scan)
    TorchRuntime(a_model, "cuda")
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1e-6)
    try:
        result = Scorer(a_model, "cuda").score(a_head_scan)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert "gpu-memory" in [warning.code for warning in result.warnings]
    assert result.motion_score_mm == plain.motion_score_mm
