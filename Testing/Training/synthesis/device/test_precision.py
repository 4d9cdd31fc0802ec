"""Full precision for a while, and then what was there before."""

from __future__ import annotations

import pytest
import torch

from MotionQCTraining.synthesis.device.precision import exact_arithmetic

CPU = torch.device("cpu")


@pytest.fixture
def fast_matmuls():
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    yield
    torch.set_float32_matmul_precision(before)


def test_no_shortcut_is_taken_inside_and_all_are_back_outside(fast_matmuls) -> None:
    with exact_arithmetic(CPU):
        assert torch.get_float32_matmul_precision() == "highest"
        assert not torch.is_grad_enabled()
    assert torch.get_float32_matmul_precision() == "medium"
    assert torch.is_grad_enabled()


def test_an_error_inside_leaves_nothing_switched(fast_matmuls) -> None:
    with pytest.raises(KeyError), exact_arithmetic(CPU):
        raise KeyError
    assert torch.get_float32_matmul_precision() == "medium"


def test_training_in_bf16_does_not_reach_inside() -> None:
    values = torch.rand(4, 4)
    with torch.autocast("cpu", torch.bfloat16):
        assert (values @ values).dtype == torch.bfloat16
        with exact_arithmetic(CPU):
            assert (values @ values).dtype == torch.float32
