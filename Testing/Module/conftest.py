"""What the module's tests share: the host, and the module's panel opened in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slicerhost.fixtures import host, host_of_the_process  # noqa: F401

MODULE = Path(__file__).resolve().parents[2] / "MotionQC" / "MotionQC.py"


@pytest.fixture
def module_widget(host: Any) -> Any:  # noqa: F811
    """The opened panel of MotionQC: the Python widget."""
    return host.open_module(MODULE)
