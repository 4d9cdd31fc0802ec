"""A checkpoint that cannot be written leaves the older one; the disk is really full here."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from MotionQCLib.errors import InputError
from MotionQCTraining.running.checkpoints import AtomicCheckpoints

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no limits on files there")


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """A system that lets no file grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_the_older_checkpoint_stays_where_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "last.ckpt"
    checkpoints = AtomicCheckpoints()
    checkpoints.save_checkpoint({"weights": torch.zeros(10)}, path)
    with room_for(100_000), pytest.raises(InputError) as caught:
        checkpoints.save_checkpoint({"weights": torch.ones(1_000_000)}, path)
    assert caught.value.code == "disk-full"
    for words in (str(path), "File too large", "older checkpoint is kept", "Make room"):
        assert words in caught.value.message
    assert torch.equal(checkpoints.load_checkpoint(path)["weights"], torch.zeros(10))
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"], "nothing half written"


def test_where_there_is_no_older_one_that_is_said(tmp_path: Path) -> None:
    with room_for(1000), pytest.raises(InputError, match="there is no older one"):
        AtomicCheckpoints().save_checkpoint({"w": torch.ones(10_000)}, tmp_path / "last.ckpt")


def test_a_folder_that_is_a_file_is_told_as_another_fault(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("")
    with pytest.raises(InputError) as caught:
        AtomicCheckpoints().save_checkpoint({}, tmp_path / "in-the-way" / "last.ckpt")
    assert caught.value.code == "not-writable"


def test_a_defect_of_ours_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises((AttributeError, TypeError)):
        AtomicCheckpoints().save_checkpoint({"f": lambda: 0}, tmp_path / "last.ckpt")
