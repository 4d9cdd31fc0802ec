"""What training needs besides the module: whether it is there, and how it gets there."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui import interpreter, torch_setup

REQUIREMENTS = Path(__file__).parents[2] / "Resources" / "requirements-train.txt"


def obstacle() -> str:
    """Return why no installation would let this Slicer train; empty where nothing is in the way."""
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        return _(
            "Training is not available on Macs with Intel processors: there is no current PyTorch "
            "for them. Scoring works."
        )
    if not interpreter.has_training():
        return _("The training package is missing from this installation; reinstall the extension.")
    return ""


def missing() -> list[str]:
    """Return what is still to be installed, without importing any of it."""
    torch = [] if torch_setup.torch_is_there() else ["PyTorch"]
    return [*torch, *interpreter.missing_packages(REQUIREMENTS)]


def install() -> None:
    """Install what is missing; the user is asked first.

    Raises
    ------
    InputError
        The user declined, or it could not be installed; the message says what to do.
    """
    if not torch_setup.torch_is_there():
        try:
            torch_setup.install_torch()
        except InputError as error:
            raise _in_words_of_training(error) from error
    interpreter.ensure_packages(REQUIREMENTS, _("the training packages"), _("press Set up again"))


def _in_words_of_training(error: InputError) -> InputError:
    """A GPU can be done without; PyTorch cannot."""
    messages = {
        "pytorch-extension-missing": _(
            "Training needs the extension PyTorch: install it by View > Extension Manager, restart "
            "Slicer and press Set up again."
        ),
        "pytorch-declined": _(
            "Training needs PyTorch; press Set up again and accept to install it."
        ),
    }
    return InputError(error.code, messages.get(error.code, error.message))
