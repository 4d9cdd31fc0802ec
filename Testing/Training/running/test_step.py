"""A step holds where memory runs out, and ends where numbers cease to be numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from MotionQCLib.errors import InputError
from MotionQCTraining.running.step import is_out_of_memory

Fit = Callable[..., Any]
Hook = Callable[[Any, torch.Tensor], None]


def only(samples: int, error: Exception) -> Hook:
    """A machine whose memory holds so many samples."""

    def hook(_: Any, x: torch.Tensor) -> None:
        if len(x) > samples:
            raise error

    return hook


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory"), MemoryError()])
def test_where_memory_runs_out_batches_are_divided_and_the_result_stays(
    a_line: Any, fit: Fit, tmp_path: Path, error: Exception
) -> None:
    whole, divided = a_line(), a_line(only(2, error))
    fit(whole)
    (tmp_path / "last.ckpt").unlink()
    assert fit(divided).global_step == 6
    assert divided.told == [2, 4]
    for one, other in zip(whole.parameters(), divided.parameters(), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-5, atol=1e-6)


def test_a_run_that_goes_on_remembers_the_pieces(a_line: Any, fit: Fit) -> None:
    fit(a_line(only(2, MemoryError())), steps=2)
    later = a_line(only(2, MemoryError()))
    fit(later, steps=4)
    assert (later.pieces, later.told) == (4, [])


def test_where_one_sample_is_too_much_the_user_is_told(a_line: Any, fit: Fit) -> None:
    with pytest.raises(InputError, match="does not hold even one sample") as caught:
        fit(a_line(only(0, MemoryError())))
    assert caught.value.code == "out-of-memory"


def test_another_fault_is_not_taken_for_it(a_line: Any, fit: Fit) -> None:
    with pytest.raises(RuntimeError, match="something else"):
        fit(a_line(only(0, RuntimeError("something else"))))


def test_the_processors_own_words_for_it_are_known() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 50)
    assert is_out_of_memory(caught.value)
    assert not is_out_of_memory(RuntimeError("size mismatch"))


def at_step(step: int, change: Hook) -> Hook:
    def hook(module: Any, x: torch.Tensor) -> None:
        if module.global_step == step - 1:
            change(module, x)

    return hook


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_the_run_and_a_good_checkpoint_stays(
    a_line: Any, fit: Fit, tmp_path: Path, number: float
) -> None:
    module = a_line(at_step(4, lambda _, x: x.fill_(number)))
    with pytest.raises(InputError, match="at step 4; the checkpoint of step 2 is kept") as caught:
        fit(module)
    assert caught.value.code == "diverged"
    assert "learning rate" in caught.value.message
    kept = torch.load(tmp_path / "last.ckpt", weights_only=False)
    assert kept["global_step"] == 2
    assert all(torch.isfinite(weight).all() for weight in kept["state_dict"].values())


def test_weights_that_are_no_numbers_replace_no_checkpoint(
    a_line: Any, fit: Fit, tmp_path: Path
) -> None:
    def spoil(module: Any, _: torch.Tensor) -> None:
        module.network[0].weight.register_hook(lambda gradient: gradient * float("nan"))

    with pytest.raises(InputError, match=r"network\.0\.weight is not finite at step 4"):
        fit(a_line(at_step(4, spoil)))
    assert torch.load(tmp_path / "last.ckpt", weights_only=False)["global_step"] == 2


def test_before_the_first_checkpoint_the_message_says_so(a_line: Any, fit: Fit) -> None:
    with pytest.raises(InputError, match="there is no checkpoint yet"):
        fit(a_line(at_step(1, lambda _, x: x.fill_(float("nan")))))


def test_gradients_are_clipped_to_a_norm(a_line: Any, fit: Fit) -> None:
    norms: list[float] = []

    class Watched(a_line):  # type: ignore[misc]
        def on_before_optimizer_step(self, _: Any) -> None:
            parts = [p.grad.norm() for p in self.parameters()]
            norms.append(float(torch.stack(parts).norm()))

    fit(Watched(clip=0.1))
    assert max(norms) <= 0.1 + 1e-6
    norms.clear()
    fit(Watched(), steps=8)
    assert max(norms) > 0.1, "it had something to clip"
