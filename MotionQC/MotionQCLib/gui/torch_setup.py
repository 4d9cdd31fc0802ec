"""PyTorch, which a GPU needs: whether it is there, and how it gets there.

PyTorch is never imported in Slicer's own process but by the PyTorch extension's installer, which
knows which build fits the machine.
"""

from __future__ import annotations

from importlib import metadata
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.errors import InputError

FLOOR = ">=2.4"


def torch_is_there() -> bool:
    """Whether PyTorch is installed, whole or in part, without importing it."""
    try:
        metadata.distribution("torch")
    except metadata.PackageNotFoundError:
        return False
    return True


def install_torch() -> None:
    """Have the PyTorch extension install PyTorch; it asks before it does.

    Raises
    ------
    InputError
        The extension is absent, the user declined, or it did not work; the message says what to do.
    """
    try:
        import PyTorchUtils
    except ModuleNotFoundError as error:
        raise InputError(
            "pytorch-extension-missing",
            _(
                "A GPU needs the extension PyTorch: install it by View > Extension Manager, "
                "restart Slicer and try again. Scores on the CPU need nothing of this."
            ),
        ) from error
    try:
        torch: Any = PyTorchUtils.PyTorchUtilsLogic().installTorch(
            askConfirmation=True, torchVersionRequirement=FLOOR
        )
    except Exception as error:
        raise InputError("pytorch-failed", repair_text(str(error))) from error
    if torch is None:
        raise InputError("pytorch-declined", _("PyTorch was not installed; scores run on the CPU."))


def repair_text(why: str) -> str:
    """Return what to do about a PyTorch that is there in part only."""
    reason = why.strip().splitlines()[0].rstrip(".") if why.strip() else _("it cannot be loaded")
    return _(
        "PyTorch could not be set up ({reason}). Check the network connection and the free space "
        "of the disk. If an installation broke off: choose the module PyTorch, press Uninstall, "
        "restart Slicer and try again; on Windows keep the path of Slicer's folder short."
    ).format(reason=reason)
