"""No home directory and no network: scoring needs neither."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LISTENED = """
import sys

TOUCHED = []

def listen(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.sendmsg"):
        TOUCHED.append(f"{event} {arguments[1:]}")

sys.addaudithook(listen)
from MotionQCLib.cli import main
status = main(sys.argv[1:])
print("\\n".join(TOUCHED), file=sys.stderr)
sys.exit(status)
"""
NOWHERE = str(Path(os.devnull, "nobody"))
"""Where not even an administrator can make a folder."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows homes by other names")
def test_a_scan_is_scored_without_a_home_and_no_connection_is_tried(
    a_head_file: Path, a_model_file: Path, tmp_path: Path
) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment = {
        **kept,
        "HOME": NOWHERE,
        "PYTHONPATH": os.pathsep.join(sys.path),
        # As on a machine whose only way out is closed.
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    environment.pop("MPLCONFIGDIR", None)
    words = ("score", a_head_file, "--model", a_model_file, "--json", "--output", tmp_path / "out")
    done = subprocess.run(
        [sys.executable, "-c", LISTENED, *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["motion_score_mm"] >= 0
    assert len(list((tmp_path / "out").glob("*_motionqc.png"))) == 1
    assert "socket." not in done.stderr


WITHOUT_CACHE = """
import sys
import numba.core.caching as caching
caching.CacheImpl._locator_classes = []
from MotionQCLib.cli import main
sys.exit(main(["simulate", sys.argv[1], "-o", sys.argv[2], "--events", "1"]))
"""


def test_where_numba_can_keep_nothing_scans_are_still_moved(
    a_head_file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("numba", reason="numba is not installed")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_CACHE, str(a_head_file), str(tmp_path / "moved.nii")],
        env={**os.environ, "HOME": NOWHERE, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
