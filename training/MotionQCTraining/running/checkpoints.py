"""Checkpoints that appear whole or not at all: an older one stays until a newer one is complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins import TorchCheckpointIO

from MotionQCLib.atomic_file import replacing
from MotionQCLib.errors import InputError
from MotionQCTraining.running.full_disk import FULL


class AtomicCheckpoints(TorchCheckpointIO):
    """Lightning's checkpoints, written beside the older one and renamed at the end."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None
    ) -> None:
        """Write a checkpoint.

        Raises
        ------
        InputError
            ``disk-full``; the older checkpoint is still there.
        """
        try:
            with replacing(Path(path)) as stream:
                torch.save(checkpoint, stream)
        except (OSError, RuntimeError) as error:
            # torch wraps what the system said.
            said = error if isinstance(error, OSError) else error.__context__ or error.__cause__
            if isinstance(said, OSError):
                raise not_written(Path(path), said) from error
            raise


def not_written(path: Path, error: OSError) -> InputError:
    """Return the fault of a checkpoint that the system did not let be written."""
    kept = "the older checkpoint is kept" if path.exists() else "there is no older one"
    code = "disk-full" if error.errno in FULL else "not-writable"
    return InputError(
        code,
        f"{path}: the checkpoint could not be written ({error.strerror}); {kept}. Make room or "
        "allow writing, and the same command goes on",
    )
