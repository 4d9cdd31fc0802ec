"""Scoring a volume node in a child process."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import slicer

from MotionQCLib.gui.exchange_job import ExchangeJob
from MotionQCLib.gui.interpreter import ensure_scoring_packages
from MotionQCLib.gui.scan_volume import scan_of
from MotionQCLib.jobs import Exchange, Listener

_OF_ALL = ("model-", "no-gpu", "package", "site-limits", "slicer-too-old")
"""Heads of codes that say what is wrong with other things than the scan."""


@dataclass(frozen=True)
class ScoringChoices:
    """How scans are scored.

    Parameters
    ----------
    model : str
        The model's file.
    device : str
        ``auto``, ``cpu`` or ``cuda``.
    site_limits : str
        A file, or nothing.
    """

    model: str
    device: str
    site_limits: str


def ends_all(code: str) -> bool:
    """Whether a fault, by its code, would keep any other scan from being scored as well."""
    return code.startswith(_OF_ALL)


class Scoring(ExchangeJob):
    """Scores one volume at a time."""

    def start(
        self,
        node: slicer.vtkMRMLScalarVolumeNode,
        choices: ScoringChoices,
        listener: Listener,
    ) -> None:
        """Begin; the listener hears the JSON form of the result.

        Raises
        ------
        InputError
            The volume is no scan, or what scoring needs is not installed.
        """
        scan = scan_of(node)
        ensure_scoring_packages()

        def arguments(_: Exchange) -> dict[str, Any]:
            return asdict(choices)

        self.submit("score", scan, arguments, listener)
