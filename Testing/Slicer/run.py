"""The module's tests inside a real 3D Slicer: ``Slicer --python-script Testing/Slicer/run.py``."""

from __future__ import annotations

import sys
import types
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent / "Module"


def main(options: Sequence[str] = ()) -> int:
    """Run the suite with Slicer in the place of the test host; options are pytest's."""
    import pytest

    sys.path[:0] = [str(HERE)]
    import real_host

    # The suite's conftest takes its fixtures from the test host; here they are Slicer's.
    package, fixtures = types.ModuleType("slicerhost"), types.ModuleType("slicerhost.fixtures")
    fixtures.host = real_host.host
    fixtures.host_of_the_process = real_host.host_of_the_process
    package.fixtures = fixtures
    sys.modules.setdefault("slicerhost", package)
    sys.modules["slicerhost.fixtures"] = fixtures
    words = [str(TESTS), "-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    # The lint reads files, and the other starts Slicer's stand-in: neither needs Slicer.
    left_out = [f"--ignore={TESTS / name}" for name in ("test_lint.py", "test_in_slicer.py")]
    return int(pytest.main([*words, *left_out, *options]))


if __name__ == "__main__":
    import slicer

    slicer.util.exit(main())
