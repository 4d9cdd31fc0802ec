"""Checkpoints in parts: nothing is lost, and a complete one is there at any time."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from MotionQCLib.errors import InputError
from MotionQCTraining.running.checkpoints import AtomicCheckpoints
from MotionQCTraining.running.parted_checkpoints import MIB, PartedCheckpoints, read_checkpoint

from .test_checkpoints import room_for


def a_checkpoint(seed: int) -> dict[str, object]:
    weights = torch.randn(700_000, generator=torch.Generator().manual_seed(seed))
    return {"weights": weights, "global_step": seed}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "last.ckpt"
    PartedCheckpoints(1).save_checkpoint(a_checkpoint(1), path)
    return path


def test_parts_are_small_and_together_the_very_checkpoint(path: Path) -> None:
    sizes = [file.stat().st_size for file in path.parent.iterdir()]
    assert len(sizes) == 4
    assert max(sizes) <= MIB
    found = PartedCheckpoints(1).load_checkpoint(path)
    assert found["global_step"] == 1
    assert torch.equal(found["weights"], a_checkpoint(1)["weights"])


def test_a_newer_checkpoint_leaves_no_part_of_the_older_one(path: Path) -> None:
    PartedCheckpoints(1).save_checkpoint(a_checkpoint(2), path)
    assert len(list(path.parent.iterdir())) == 4
    assert read_checkpoint(path)["global_step"] == 2
    PartedCheckpoints(None).save_checkpoint(a_checkpoint(3), path)
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]
    assert read_checkpoint(path)["global_step"] == 3


def test_where_a_part_does_not_fit_the_older_checkpoint_is_kept(path: Path) -> None:
    with room_for(100_000), pytest.raises(InputError, match="older checkpoint is kept"):
        PartedCheckpoints(1).save_checkpoint(a_checkpoint(2), path)
    assert read_checkpoint(path)["global_step"] == 1


@pytest.mark.parametrize(("harm", "words"), [("delete", "is absent"), ("change", "is damaged")])
def test_a_part_at_fault_is_named(path: Path, harm: str, words: str) -> None:
    part = next(path.parent.glob("*.part2"))
    part.unlink() if harm == "delete" else part.write_bytes(b"else")
    with pytest.raises(InputError, match=f"{part.name} {words}") as caught:
        read_checkpoint(path)
    assert caught.value.code == "checkpoint"


def test_a_checkpoint_in_one_file_is_read_as_well(tmp_path: Path) -> None:
    AtomicCheckpoints().save_checkpoint(a_checkpoint(5), tmp_path / "last.ckpt")
    assert read_checkpoint(tmp_path / "last.ckpt")["global_step"] == 5


class Bomb:
    """Unpickling one makes a file."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.witness,)


def test_a_checkpoint_with_code_is_refused_and_not_run(tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    torch.save({"global_step": Bomb(witness)}, tmp_path / "last.ckpt")
    with pytest.raises(InputError, match="no checkpoint of a run of MotionQC"):
        read_checkpoint(tmp_path / "last.ckpt")
    assert not witness.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"\x80\x04N.", b"PK\x03\x04" + bytes(99), b"junk" * 99, b'{"parts": [{"na', b"{}"],
)
def test_what_is_no_checkpoint_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "last.ckpt").write_bytes(content)
    with pytest.raises(InputError, match="delete it to begin anew"):
        read_checkpoint(tmp_path / "last.ckpt")
