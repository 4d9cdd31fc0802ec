"""Scoring a volume node in a child process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer

from MotionQCLib.gui.interpreter import ensure_scoring_packages
from MotionQCLib.gui.scan_volume import scan_of
from MotionQCLib.jobs import Exchange, JobClient, Listener


class Scoring:
    """Scores one volume at a time.

    Parameters
    ----------
    client : JobClient
        Runs the jobs.
    begun : callable
        Told when a job has been submitted.
    """

    def __init__(self, client: JobClient, begun: Callable[[], None]) -> None:
        self._client = client
        self._begun = begun
        self._exchange: Exchange | None = None

    @property
    def pid(self) -> int | None:
        """Process number of the child, if there is one."""
        return self._client.pid

    @property
    def busy(self) -> bool:
        """Whether a volume is being scored."""
        return self._exchange is not None

    def start(
        self,
        node: slicer.vtkMRMLScalarVolumeNode,
        model: str,
        device: str,
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
        exchange = self._exchange = Exchange()
        arguments = {
            "folder": str(exchange.folder),
            "volume": exchange.put("scan", scan.data, scan.affine),
            "model": model,
            "device": device,
        }

        def ended(tell: Callable[..., None]) -> Callable[..., None]:
            def close_and_tell(*said: Any) -> None:
                exchange.close()
                self._exchange = None
                tell(*said)

            return close_and_tell

        self._begun()
        self._client.submit(
            "score",
            arguments,
            Listener(
                ended(listener.finished),
                ended(listener.failed),
                ended(listener.stopped),
                listener.stage,
            ),
        )

    def stop(self) -> None:
        """Stop; the listener hears ``stopped`` once the child is gone."""
        self._client.stop()

    def abandon(self) -> None:
        """End a running job and its child at once."""
        if self.busy:
            self._client.close()
