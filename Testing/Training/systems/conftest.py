"""A silent session on the CPU, and rated scans that exist in name only."""

from __future__ import annotations

import pytest

from MotionQCTraining.data.manifest import Row
from MotionQCTraining.running.devices import Devices
from MotionQCTraining.running.events import Silence
from MotionQCTraining.running.session import Session


@pytest.fixture
def a_session() -> Session:
    return Session(Silence(), devices=Devices("cpu", precision="32"))


@pytest.fixture(scope="session")
def some_rated_rows() -> list[Row]:
    """Two scans each of twelve persons, four of whom are rated alike."""
    return [
        Row(f"{person}-{scan}.nii.gz", f"sub-{person:02d}", "site", str(person % 3))
        for person in range(12)
        for scan in range(2)
    ]
