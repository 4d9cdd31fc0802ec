"""What every test may ask for by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything imports numpy or torch: tests compare runs of this process with those of others,
# and two threads add up otherwise than one. `make test` says the same.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes says how busy the machine is.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real scans: $MOTIONQC_DATA, by default shared/data beside the repository."""
    configured = os.environ.get("MOTIONQC_DATA", str(REPOSITORY.parent / "shared" / "data"))
    folder = Path(configured).expanduser()
    if not folder.is_dir():
        pytest.skip(f"real scans are absent: set MOTIONQC_DATA to their folder ({folder} is none)")
    return folder
