"""The shortest run that goes through every stage of pretraining, and the command that starts it."""

from __future__ import annotations

import io
import shutil
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from MotionQCLib.cli import main
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config

FIELDS = (
    "grid=[64, 64, 64]",
    "samples.crop=[32, 32, 32]",
    "samples.ramp=4",
    "validation=0.25",
    "test=0.25",
    "validation_draws=1",
    "whole_volumes=2",
    "steps=4",
    "batch=1",
    "epoch=2",
    "warmup=1",
    # Close to the weights themselves, so that what four steps do shows in the model.
    "average=0.3",
    # Drawn by process, so that two could not be as one.
    "dropout=0",
    "workers=0",
)
PRESET = "motionqc"
CONFIG = load_config(PRESET, PretrainConfig, FIELDS)
_SHARED = ("prepared", "validation", "whole")


@dataclass(frozen=True)
class TinyRun:
    """A run of four steps that nothing interrupted.

    Parameters
    ----------
    folder : Path
        Its folder.
    told : str
        What it printed.
    """

    folder: Path
    told: str

    @property
    def model(self) -> Path:
        """The model file."""
        return the_model(self.folder)

    def lend_scans(self, folder: Path) -> None:
        """Put what it prepared into another run's folder."""
        for name in _SHARED:
            shutil.copytree(self.folder / name, folder / name)


def run_tiny(manifest: Path, folder: Path) -> TinyRun:
    """Run it from the shell, unless that was done before."""
    printed = folder / "printed.txt"
    if not printed.exists():
        told = io.StringIO()
        with redirect_stdout(told):
            assert main(command(manifest, folder)) == 0
        printed.write_text(told.getvalue())
    return TinyRun(folder, printed.read_text())


def command(
    manifest: Path,
    folder: Path,
    *options: str,
    fields: tuple[str, ...] = (),
    preset: str = PRESET,
) -> list[str]:
    """Return the words for the shell: the tiny run with further options, and fields set anew."""
    start = ["pretrain", "--config", preset, "--data", str(manifest), "--output", str(folder)]
    settings = [word for field in (*FIELDS, *fields) for word in ("--set", field)]
    return [*start, "--accelerator", "cpu", "--precision", "32", *settings, *options]


def the_model(folder: Path) -> Path:
    """Return the one model file of a run folder."""
    (model,) = (folder / "model").glob("*.safetensors")
    return model
