"""The line that says what the network will run on, and the button that sets up a GPU."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui import torch_setup
from MotionQCLib.gui.parameters import Device
from MotionQCLib.jobs import Failure, JobClient, Listener


class DeviceLine:
    """Tries the GPU in a child of its own, once, where one is wanted and PyTorch is installed.

    Parameters
    ----------
    label, button : widgets
        Of the panel.
    client : JobClient
        Runs the trial.
    begun : callable
        Told when the trial has begun.
    """

    def __init__(self, label: Any, button: Any, client: JobClient, begun: Any) -> None:
        self._label, self._button = label, button
        self._client, self._begun = client, begun
        self._device = Device.AUTO
        self._shown: Device | None = None
        self._found: dict[str, Any] | None = None
        self._trying = False
        button.connect("clicked()", self._on_set_up)

    def show(self, device: Device) -> None:
        """Say what a choice of device comes to; where that is not known yet, find out."""
        if device is self._shown:
            return
        self._device = self._shown = device
        if device is Device.CPU:
            self._say(_("Runs on the CPU."), needs_gpu=False)
        elif self._found is not None:
            self._tell(self._found)
        elif not torch_setup.torch_is_there():
            self._tell({"gpu": None, "why": _("PyTorch is not installed")})
        else:
            self._try()

    def look_again(self) -> None:
        """What is installed has changed: find out anew."""
        self._found = None
        self._show_again()

    def close(self) -> None:
        """Give up a trial."""
        self._trying = False
        self._client.close()

    def _try(self) -> None:
        self._say(_("Looking for a GPU …"), needs_gpu=False)
        if not self._trying:
            self._trying = True
            self._begun()
            self._client.submit("probe", {}, Listener(self._finish, self._fail))

    def _finish(self, found: dict[str, Any]) -> None:
        self._trying = False
        self._found = found
        # PyTorch holds hundreds of megabytes in a child that has no more to do.
        self._client.close()
        self._show_again()

    def _show_again(self) -> None:
        self._shown = None
        self.show(self._device)

    def _fail(self, failure: Failure) -> None:
        self._finish({"gpu": None, "why": failure.message.rstrip(".")})

    def _tell(self, found: dict[str, Any]) -> None:
        gpu, why = found["gpu"], found["why"]
        if found.get("damaged"):
            self._say(torch_setup.repair_text(why), needs_gpu=True)
            return
        if gpu is not None:
            text = _("Runs on the GPU: {gpu}, {why}.").format(gpu=gpu, why=why)
        elif self._device is Device.AUTO:
            text = _("Runs on the CPU; no GPU: {why}.").format(why=why)
        else:
            text = _("No GPU can be used: {why}.").format(why=why)
        self._say(text, needs_gpu=gpu is None and self._device is Device.GPU)

    def _say(self, text: str, *, needs_gpu: bool) -> None:
        self._label.text = text
        self._button.visible = needs_gpu

    def _on_set_up(self) -> None:
        try:
            torch_setup.install_torch()
        except InputError as error:
            slicer.util.warningDisplay(error.message, windowTitle=_("Set up a GPU"))
            return
        self.look_again()
