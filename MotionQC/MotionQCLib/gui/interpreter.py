"""Which Python runs the jobs, and what it needs before it can."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.jobs import Child, child_environment
from MotionQCLib.jobs.command import Command

SLICERS_OWN = ("numpy", "scipy", "SimpleITK")
"""Packages that Slicer ships and would not survive another version of."""
TRAINING = "MotionQCTraining"
RESOURCES = Path(__file__).parents[2] / "Resources"
REQUIREMENTS = RESOURCES / "requirements.txt"
FOLDER_REQUIREMENTS = RESOURCES / "requirements-folder.txt"


def start_child() -> Child:
    """Start a worker in Slicer's own Python, outside Slicer's process."""
    return Child(_python(), child_environment())


def start_command(folder: str, words: Sequence[str], said: Path, errors: Path) -> Command:
    """Start a command of the shell, see :class:`~MotionQCLib.jobs.command.Command`."""
    return Command(_python(), child_environment(_training_parent()), folder, words, said, errors)


def has_training() -> bool:
    """Whether the training package came with the module."""
    return bool(_training_parent())


def _training_parent() -> list[Path]:
    """Where the training package lies: beside this one, or in a folder of its own in a checkout.

    What Slicer imports from is not what a child of it does.
    """
    spec = find_spec(TRAINING)
    if spec is not None and spec.origin is not None:
        return [Path(spec.origin).parents[1]]
    folder = Path(__file__).parents[3] / "training"
    return [folder] if (folder / TRAINING).is_dir() else []


def _python() -> str:
    """Slicer's `PythonSlicer` is a launcher: killing it would leave the worker behind."""
    return shutil.which("python-real") or sys.executable


def ensure_scoring_packages() -> None:
    """Have what scoring on a CPU needs installed, asking first; at once where it is there.

    Raises
    ------
    InputError
        The user declined, or it could not be installed; the message says what to do.
    """
    ensure_packages(REQUIREMENTS, _("OpenVINO"), _("press Score again"))


def ensure_folder_packages() -> None:
    """Have what reading files and writing reports needs installed as well, asking first.

    Raises
    ------
    InputError
        As of :func:`ensure_scoring_packages`.
    """
    ensure_packages(
        FOLDER_REQUIREMENTS,
        _("OpenVINO, and what reads files and draws reports"),
        _("press Score folder again"),
    )


def ensure_packages(requirements: Path, what: str, again: str) -> None:
    """Have the packages of a file installed, asking first; at once where they are there.

    Parameters
    ----------
    requirements : Path
        The file.
    what : str
        What messages call the packages.
    again : str
        What the user does to try once more.

    Raises
    ------
    InputError
        The user declined, or it could not be installed; the message says what to do.
    """
    if not missing_packages(requirements):
        return
    try:
        from slicer import packaging
    except ImportError as error:
        text = _("Installing {what} from here takes 3D Slicer 5.12 or newer.")
        raise InputError("slicer-too-old", text.format(what=what)) from error
    try:
        with _constraints() as constraints:
            packaging.pip_ensure(
                packaging.load_requirements(str(requirements)),
                constraints=str(constraints),
                requester="MotionQC",
                prompt_restart=False,
            )
    except RuntimeError as error:
        text = _("This needs {what}; {again} and accept to install it.")
        raise InputError("packages-declined", text.format(what=what, again=again)) from error
    except Exception as error:
        text = _(
            "{what} could not be installed. Check the network connection (or ask for the "
            "packages listed in {file}), then {again}."
        )
        raise InputError(
            "packages-failed", text.format(what=what, file=requirements.name, again=again)
        ) from error
    if missing := missing_packages(requirements):
        text = _("{names}: still not installed; restart Slicer and {again}.")
        raise InputError("packages-missing", text.format(names=", ".join(missing), again=again))


def missing_packages(requirements: Path = REQUIREMENTS) -> list[str]:
    """Return the packages of a file that are not installed, without importing any."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    names = [line.partition(">")[0].strip() for line in lines if line and not line.startswith("#")]
    return [name for name in names if not _is_installed(name)]


@contextmanager
def _constraints() -> Iterator[Path]:
    """A file that keeps pip from replacing what Slicer comes with, for as long as it is needed."""
    kept = [f"{name}=={metadata.version(name)}" for name in SLICERS_OWN if _is_installed(name)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "constraints.txt"
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
        yield path


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
