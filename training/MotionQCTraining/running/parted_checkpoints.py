"""Checkpoints in files of a limited size, for places that take no larger ones.

A checkpoint that does not fit one file is a list of parts, under the checkpoint's own name, with
their checksums. Parts are written first and the list last, so that there is a complete checkpoint
at any time; nothing of it is rounded.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCTraining.running.checkpoints import AtomicCheckpoints, not_written

MIB = 1 << 20
_NO_CHECKPOINT = (
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    UnpicklingError,
    ValueError,
)
"""What torch raises for bytes that are no checkpoint, or one with more than tensors and values."""


class PartedCheckpoints(AtomicCheckpoints):
    """Lightning's checkpoints, in parts where they are larger than a limit.

    Parameters
    ----------
    part_mib : int or None
        Largest file, MiB; None sets no limit.
    """

    def __init__(self, part_mib: int | None = None) -> None:
        self._part = None if part_mib is None else part_mib * MIB

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None
    ) -> None:
        """Write a checkpoint, and delete the parts of the one before.

        Raises
        ------
        InputError
            ``disk-full``; the older checkpoint is still there.
        """
        path = Path(path)
        if self._part is None:
            super().save_checkpoint(checkpoint, path, storage_options)
        else:
            self._save_parts(checkpoint, path, self._part)
        wanted = {part["name"] for part in _parts(path) or ()}
        for file in path.parent.glob(f"{path.name}.*.part*"):
            if file.name not in wanted:
                file.unlink()

    def _save_parts(self, checkpoint: dict[str, Any], path: Path, size: int) -> None:
        stream = io.BytesIO()
        torch.save(checkpoint, stream)
        content = stream.getbuffer()
        pieces = [content[begin : begin + size] for begin in range(0, len(content), size)]
        listed = []
        try:
            for number, piece in enumerate(pieces, start=1):
                checksum = hashlib.sha256(piece).hexdigest()
                # Named by content: a part never takes the place of another checkpoint's.
                name = f"{path.name}.{checksum[:12]}.part{number}"
                write_atomically(path.with_name(name), bytes(piece))
                listed.append({"name": name, "sha256": checksum})
            write_atomically(path, json.dumps({"parts": listed}, indent=1) + "\n")
        except OSError as error:
            raise not_written(path, error) from error

    def load_checkpoint(
        self, path: str | Path, map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Return a checkpoint to the CPU, see :func:`read_checkpoint`."""
        return read_checkpoint(Path(path))


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return a checkpoint of one's own run, written in parts or not.

    Only tensors and plain values are read: a checkpoint that holds code is refused, and none runs.

    Raises
    ------
    InputError
        ``checkpoint``: a part is absent or damaged, or it holds more than a run of ours writes.
    """
    try:
        parts = _parts(path)
        source = path if parts is None else io.BytesIO(b"".join(_read(path, p) for p in parts))
        loaded: dict[str, Any] = torch.load(source, map_location="cpu", weights_only=True)
    except InputError:  # of a part
        raise
    except _NO_CHECKPOINT as error:
        raise InputError(
            "checkpoint",
            f"{path}: is damaged, or no checkpoint of a run of MotionQC; delete it to begin anew",
        ) from error
    return loaded


def _parts(path: Path) -> list[dict[str, str]] | None:
    """Return what a list of parts says; None for a checkpoint that is one file."""
    with path.open("rb") as stream:
        if stream.read(1) != b"{":
            return None
    parts: list[dict[str, str]] = json.loads(path.read_text("utf-8"))["parts"]
    return parts


def _read(path: Path, part: dict[str, str]) -> bytes:
    file = path.with_name(part["name"])
    content = file.read_bytes() if file.exists() else b""
    if hashlib.sha256(content).hexdigest() != part["sha256"]:
        fault = "is damaged" if file.exists() else "is absent"
        raise InputError(
            "checkpoint",
            f"{path}: its part {file.name} {fault}; copy all parts beside it again, or delete it "
            "to begin anew",
        )
    return content
