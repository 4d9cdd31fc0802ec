"""What work took is measured, kept when it breaks off, and added up."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch

from MotionQCTraining.systems import resources
from MotionQCTraining.systems.resources import Resources, measured, read_resources


def test_sessions_add_up_and_memory_is_the_most() -> None:
    first = Resources(10, 2.0, "GPU", 100.0)
    second = Resources(30, 1.0, "GPU", 300.0)
    assert first.then(second) == Resources(40, 2.0, "GPU", 250.0)
    assert first.then(Resources(10, None, "GPU", None)).power_w == 100
    assert Resources().then(Resources(1.0)).peak_memory_gb is None


def test_work_is_measured_even_where_it_breaks_off(tmp_path: Path) -> None:
    file = tmp_path / "resources.json"
    with pytest.raises(InterruptedError), measured(file):
        broken_off()
    first = read_resources(file)
    assert 0.05 <= first.duration_s < 5
    assert first.peak_memory_gb is None or first.peak_memory_gb > 0.01
    with measured(file):
        time.sleep(0.05)
    assert read_resources(file).duration_s >= first.duration_s + 0.05


def test_work_on_the_processor_is_not_told_as_that_of_a_gpu_which_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with measured(tmp_path / "resources.json"):
        pass
    found = read_resources(tmp_path / "resources.json")
    assert (found.memory_of, found.power_w) == ("process", None)


def broken_off() -> None:
    time.sleep(0.05)
    raise InterruptedError


def test_nothing_measured_is_nothing(tmp_path: Path) -> None:
    assert read_resources(tmp_path / "none.json") == Resources()


class NVMLError(Exception):
    """As in pynvml, where it is no more than an exception."""


@pytest.mark.parametrize("fault", [NVMLError, RuntimeError, ModuleNotFoundError])
def test_a_gpu_that_does_not_tell_its_power_ends_no_watch(
    monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    looks = []

    def silent() -> int:
        looks.append(fault)
        raise fault

    monkeypatch.setattr(torch.cuda, "power_draw", silent)
    monkeypatch.setattr(resources, "_EVERY_S", 0.001)
    watch = resources._Watch(on_gpu=True)
    watch.start()
    while len(looks) < 3:
        assert watch.is_alive()
        time.sleep(0.001)
    watch.stop()
    assert watch.mean_power_w() is None
