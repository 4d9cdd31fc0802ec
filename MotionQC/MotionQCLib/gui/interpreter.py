"""Which Python runs the jobs, and what it needs before it can."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.jobs import Child, child_environment

SLICERS_OWN = ("numpy", "scipy", "SimpleITK")
"""Packages that Slicer ships and would not survive another version of."""
REQUIREMENTS = Path(__file__).parents[2] / "Resources" / "requirements.txt"


def start_child() -> Child:
    """Start a worker in Slicer's own Python, outside Slicer's process."""
    return Child(_python(), child_environment())


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
    if not missing_packages():
        return
    try:
        from slicer import packaging
    except ImportError as error:
        raise InputError(
            "slicer-too-old", _("Installing OpenVINO from here takes 3D Slicer 5.12 or newer.")
        ) from error
    try:
        with _constraints() as constraints:
            packaging.pip_ensure(
                packaging.load_requirements(str(REQUIREMENTS)),
                constraints=str(constraints),
                requester="MotionQC",
                prompt_restart=False,
            )
    except RuntimeError as error:
        raise InputError(
            "packages-declined",
            _("Scoring needs the package OpenVINO; press Score again and accept to install it."),
        ) from error
    except Exception as error:
        raise InputError(
            "packages-failed",
            _(
                "OpenVINO could not be installed. Check the network connection (or ask for the "
                "packages listed in {file}), then press Score again."
            ).format(file=REQUIREMENTS.name),
        ) from error
    if missing := missing_packages():
        raise InputError(
            "packages-missing",
            _("{names}: still not installed; restart Slicer and press Score again.").format(
                names=", ".join(missing)
            ),
        )


def missing_packages() -> list[str]:
    """Return the scoring packages that are not installed, without importing any."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
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
