"""What the host offers to tests, and how it makes them fail."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

HOST = Path(__file__).resolve().parents[1]

FAILING_TESTS = """
from slicerhost.fixtures import host, host_of_the_process

def test_a_slot_raises(host):
    import qt
    button = qt.QPushButton("a")
    button.connect("clicked()", lambda: 1 / 0)
    button.click()

def test_a_signal_is_misspelt(host):
    import qt
    qt.QPushButton("a").connect("pressedHard()", print)

def test_nothing_is_wrong(host):
    import qt
    qt.QPushButton("a").click()
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Output of a test run of its own, in which tests provoke what must fail them."""
    folder = tmp_path_factory.mktemp("failing")
    (folder / "test_failing.py").write_text(FAILING_TESTS)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(HOST)},
    )
    return run.stdout


def test_an_exception_in_a_slot_fails_the_test(outcome: str) -> None:
    assert "ERROR test_failing.py::test_a_slot_raises" in outcome
    assert "ZeroDivisionError" in outcome


def test_a_complaint_of_pythonqt_fails_the_test(outcome: str) -> None:
    assert "ERROR test_failing.py::test_a_signal_is_misspelt" in outcome


def test_a_test_without_either_passes(outcome: str) -> None:
    assert "PASSED test_failing.py::test_nothing_is_wrong" in outcome
    assert "ERROR test_failing.py::test_nothing_is_wrong" not in outcome


def test_a_test_begins_with_nothing(host: Any, slicer: Any) -> None:
    assert slicer.util.getNodesByClass("vtkMRMLVolumeNode") == []
    assert (host.messages, host.slot_errors, host.printed) == ([], [], [])


def test_waiting_ends_when_it_may_or_in_time(host: Any, qt: Any) -> None:
    heard: list[int] = []
    qt.QTimer.singleShot(30, lambda: heard.append(1))
    host.wait_until(lambda: heard, 5)
    with pytest.raises(TimeoutError):
        host.wait_until(lambda: False, 0.05)


def test_waiting_is_idle(host: Any) -> None:
    begin = time.process_time()
    with pytest.raises(TimeoutError):
        host.wait_until(lambda: False, 1.0)
    assert time.process_time() - begin < 0.4


def test_the_longest_block_is_measured(host: Any, qt: Any) -> None:
    host.reset_block_meter()
    qt.QTimer.singleShot(20, lambda: time.sleep(0.2))
    host.wait(0.5)
    assert host.longest_block() == pytest.approx(0.2, abs=0.15)
    assert host.longest_block() >= 0.19
    assert host.longest_block_computing() < 0.1, "it slept"


def test_of_a_block_it_is_told_how_much_was_computed(host: Any, qt: Any) -> None:
    def compute() -> None:
        end = time.thread_time() + 0.2
        while time.thread_time() < end:
            pass

    host.reset_block_meter()
    qt.QTimer.singleShot(20, compute)
    host.wait(0.5)
    assert 0.2 <= host.longest_block_computing() < 0.3


def test_a_block_that_lasts_still_counts(host: Any) -> None:
    host.reset_block_meter()
    time.sleep(0.1)
    assert host.longest_block() >= 0.09


def test_a_plain_slider_is_dragged_too(host: Any, qt: Any) -> None:
    heard: list[int] = []
    slider = qt.QSlider()
    slider.connect("valueChanged(int)", heard.append)
    host.drag(slider, [3, 8])
    assert (heard, slider.value) == ([3, 8], 8)


def test_a_picture_says_that_it_is_not_slicer(
    host: Any, a_panel: Any, a_scan_file: Path, tmp_path: Path
) -> None:
    from PySide6.QtWidgets import QLabel

    host.load_scan(a_scan_file)
    path = host.screenshot(tmp_path / "pictures" / "window.png")
    texts = [label.text for label in host.window.findChildren(QLabel) if label.visible]
    assert path.stat().st_size > 10_000
    assert any("not 3D Slicer" in text for text in texts)
    assert "not 3D Slicer" in host.window.windowTitle


def test_a_widget_is_photographed_alone(host: Any, a_panel: Any, tmp_path: Path) -> None:
    assert host.grab(a_panel.ui.applyButton, tmp_path / "button.png").is_file()


def test_a_script_runs_off_screen_and_imports_what_it_needs_itself(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom slicerhost.host import start\n"
        "host = start()\nimport slicer\n"
        "print(sys.argv[1], host.window.windowTitle, hasattr(slicer, 'packaging'), sep='|')\n"
    )
    run = subprocess.run(
        [sys.executable, str(HOST), "--script", str(script), "with this"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == "with this|MotionQC test host - not 3D Slicer|False\n"
