"""Scoring a volume node in a child process."""

from __future__ import annotations

from typing import Any

import slicer

from MotionQCLib.gui.exchange_job import ExchangeJob
from MotionQCLib.gui.interpreter import ensure_scoring_packages
from MotionQCLib.gui.scan_volume import scan_of
from MotionQCLib.jobs import Exchange, Listener


class Scoring(ExchangeJob):
    """Scores one volume at a time."""

    def start(
        self,
        node: slicer.vtkMRMLScalarVolumeNode,
        model: str,
        device: str,
        site_limits: str,
        listener: Listener,
    ) -> None:
        """Begin; the listener hears the JSON form of the result.

        ``site_limits`` names a file, or nothing.

        Raises
        ------
        InputError
            The volume is no scan, or what scoring needs is not installed.
        """
        scan = scan_of(node)
        ensure_scoring_packages()

        def arguments(_: Exchange) -> dict[str, Any]:
            return {"model": model, "device": device, "site_limits": site_limits}

        self.submit("score", scan, arguments, listener)
