"""What the module's tests ask of the test host, done by a real 3D Slicer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import slicer

NAME = "MotionQC"


class SlicerItself:
    """Opens the module, loads and waits; dialogs are left to a person."""

    def open_module(self, path: Path | str) -> Any:
        """Select the module and return its Python widget."""
        slicer.util.selectModule(NAME)
        return slicer.modules.motionqc.widgetRepresentation().self()

    def leave_module(self) -> None:
        """Select another module."""
        slicer.util.selectModule("Data")

    def close_module(self) -> None:
        """Skip: a module ends with Slicer."""
        pytest.skip("ends the module, which in a real Slicer only its own end does")

    def show(self) -> None:
        """Do nothing but handle events: Slicer's window is there."""
        self.turn()

    def load_scan(self, path: Path | str, **properties: Any) -> Any:
        """Load a volume and show it."""
        node = slicer.util.loadVolume(str(path), properties)
        self.turn()
        return node

    def close_scene(self) -> None:
        """Close the scene."""
        slicer.mrmlScene.Clear(0)
        self.turn()

    def save_scene(self, path: Path | str) -> None:
        """Save the scene."""
        if not slicer.util.saveScene(str(path)):
            raise OSError(f"the scene could not be saved as {path}")

    def load_scene(self, path: Path | str) -> None:
        """Close the scene and load another."""
        slicer.mrmlScene.Clear(0)
        slicer.util.loadScene(str(path))
        self.turn()

    def turn(self) -> None:
        """Handle the waiting events."""
        slicer.app.processEvents()

    def wait(self, seconds: float) -> None:
        """Handle events for a time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()
            time.sleep(0.005)

    def wait_until(self, predicate: Callable[[], object], seconds: float = 5.0) -> None:
        """Handle events until something is true."""
        end = time.monotonic() + seconds
        while not predicate():
            if time.monotonic() > end:
                raise TimeoutError(f"not within {seconds:g} s")
            self.wait(0.01)

    def answer(self, *answers: Any) -> None:
        """Skip: nobody is there to answer a dialog."""
        pytest.skip("answers a dialog, which in a real Slicer a person does")

    @property
    def messages(self) -> Any:
        """Skip: what a dialog said is not recorded."""
        pytest.skip("reads what a dialog said")

    @property
    def package_requests(self) -> Any:
        """Skip: what was to be installed is not recorded."""
        pytest.skip("reads what was to be installed")

    @property
    def packages(self) -> Any:
        """Skip: what is installed in a real Slicer stays installed."""
        pytest.skip("plays with what is installed")


@pytest.fixture(scope="session")
def host_of_the_process() -> SlicerItself:
    """The running Slicer."""
    return SlicerItself()


@pytest.fixture
def host(host_of_the_process: SlicerItself) -> Iterator[SlicerItself]:
    """Slicer with an empty scene."""
    host_of_the_process.close_scene()
    yield host_of_the_process
    host_of_the_process.close_scene()
