"""A run is asked to stop by a file, a signal or a call."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from MotionQCTraining.running.stopping import Stopped, StopRequest


def test_nobody_asks_at_first() -> None:
    StopRequest().check()


def test_a_file_asks_and_is_gone_once_the_run_has_ended(tmp_path: Path) -> None:
    stop = StopRequest(tmp_path / "stop")
    stop.check()
    (tmp_path / "stop").touch()
    with pytest.raises(Stopped):
        stop.check()
    stop.settle()
    assert not StopRequest(tmp_path / "stop").asked


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_and_later_ones_are_others(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    stop = StopRequest()
    with stop.listening():
        os.kill(os.getpid(), number)
        assert stop.asked
    assert signal.getsignal(number) is before


def test_a_second_interrupt_does_not_wait() -> None:
    with StopRequest().listening():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_other_threads_do_without_signals() -> None:
    faults: list[BaseException] = []

    def run() -> None:
        try:
            with StopRequest().listening():
                pass
        except BaseException as error:
            faults.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert faults == []


def test_a_run_is_asked_to_stop_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [50.0]
    monkeypatch.setattr("MotionQCTraining.running.stopping.time.monotonic", lambda: now[0])
    stop = StopRequest()
    stop.ask_in(540)
    now[0] += 539
    stop.check()
    now[0] += 1
    with pytest.raises(Stopped):
        stop.check()
