"""Images between processes: exact, private, always deleted."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from MotionQCLib.jobs.exchange import PREFIX, Exchange, delete_folder_of, get_volume

AFFINE = np.array([[0, -1.5, 0, 4.0], [0.9, 0, 0, -3.25], [0, 0, 1.1, 1 / 3], [0, 0, 0, 1]])


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64"])
def test_a_volume_comes_back_as_it_was(dtype):
    volume = np.random.default_rng(1).uniform(0, 200, (5, 6, 7)).astype(dtype)
    with Exchange() as exchange:
        voxels, affine = get_volume(exchange.put("scan", volume.transpose(2, 0, 1), AFFINE))
        assert np.array_equal(voxels, volume.transpose(2, 0, 1))
        assert voxels.dtype == volume.dtype
        assert np.array_equal(affine, AFFINE)


def test_a_volume_is_written_in_the_order_in_which_it_lies_in_memory(monkeypatch):
    """Copying one to the other order takes longer than all of the writing."""
    volume = np.random.default_rng(2).integers(0, 999, (7, 60, 50)).astype(np.int16)
    monkeypatch.setattr("MotionQCLib.jobs.exchange.STRIP_BYTES", 9000)
    with Exchange() as exchange:
        for name, given in (("c", volume), ("f", volume.T), ("cut", volume[::-1, ::2])):
            strips = sum(1 for _ in exchange.strips(name, given))
            assert strips == (5 if name != "cut" else 3)
            read = np.load(exchange.path(name), allow_pickle=False)
            assert np.array_equal(read, given)
            assert read.flags.f_contiguous == (name == "f")


def test_the_folder_is_gone_afterwards_even_when_the_job_failed():
    made = []

    def fail() -> None:
        with Exchange() as exchange:
            exchange.put("scan", np.zeros((2, 2, 2)), AFFINE)
            made.append(exchange.folder)
            raise RuntimeError("the job failed")

    with pytest.raises(RuntimeError, match="failed"):
        fail()
    assert not made[0].exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such mode bits")
def test_the_folder_may_go_aside_and_a_process_that_ends_waits_for_it():
    program = (
        "import numpy as np\n"
        "from MotionQCLib.jobs import Exchange\n"
        "exchange = Exchange()\n"
        "exchange.put('scan', np.zeros((200, 200, 200), np.float32), np.eye(4))\n"
        "exchange.close_aside()\n"
        "print(exchange.folder)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    folder = Path(done.stdout.strip())
    assert folder.name.startswith("motionqc-job-")
    assert not folder.exists()


def test_only_its_owner_may_look_into_it():
    with Exchange() as exchange:
        assert stat.S_IMODE(exchange.folder.stat().st_mode) == 0o700


def test_what_a_killed_parent_left_is_deleted_and_a_living_ones_is_not(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    abandoned = tmp_path / f"{PREFIX}{gone.pid}-abc"
    abandoned.mkdir()
    foreign = tmp_path / "somebody-else"
    foreign.mkdir()
    with Exchange() as first, Exchange():
        assert first.folder.exists()
        assert first.folder.name.startswith(f"{PREFIX}{os.getpid()}-")
    assert not abandoned.exists()
    assert foreign.exists()


def test_a_child_deletes_only_folders_of_this_kind(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    delete_folder_of({"folder": str(precious)})
    delete_folder_of({})
    assert precious.exists()
    exchange = Exchange()
    delete_folder_of({"folder": str(exchange.folder)})
    assert not exchange.folder.exists()


def test_a_file_that_holds_objects_is_refused(tmp_path):
    path = tmp_path / "scan.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"(?i)object|pickle"):
        get_volume({"voxels": str(path), "affine": AFFINE.tolist()})
