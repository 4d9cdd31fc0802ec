"""The writers of scans and reports that the unit tests have, for sound files to start from."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

_TESTS = Path(__file__).resolve().parents[1] / "Unit"


@cache
def of_tests(path: str) -> ModuleType:
    """The module in a file of ``Testing/Unit``."""
    file = _TESTS / path
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
