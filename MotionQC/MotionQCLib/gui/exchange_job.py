"""One job at a time on a volume: its image goes to the child, and is always deleted after."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.gui.later import Later
from MotionQCLib.jobs import Exchange, Failure, JobClient, Listener
from MotionQCLib.scan.scan import Scan

_TURN_S = 0.01
"""How long a scan is written in one turn of the event loop."""


@dataclass(frozen=True)
class _Handover:
    """A job whose scan is still being written."""

    strips: Generator[None, None, None]
    task: str
    arguments: dict[str, Any]
    listener: Listener


class ExchangeJob:
    """Hands a scan to a child process and what comes back to a listener.

    A large scan takes a while to write: it is written in several turns of the event loop, and the
    child begins once all of it is there.

    Parameters
    ----------
    client : JobClient
        Runs the jobs.
    begun : callable
        Told when a child is about to begin.
    """

    def __init__(self, client: JobClient, begun: Callable[[], None]) -> None:
        self._client, self._begun = client, begun
        self._exchange: Exchange | None = None
        self._handover: _Handover | None = None
        self._write_later = Later(0, self._write)

    @property
    def pid(self) -> int | None:
        """Process number of the child, if there is one."""
        return self._client.pid

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return self._exchange is not None

    def submit(
        self,
        task: str,
        scan: Scan,
        arguments: Callable[[Exchange], dict[str, Any]],
        listener: Listener,
    ) -> None:
        """Begin.

        Parameters
        ----------
        task : str
            A name of ``jobs.tasks.TASKS``.
        scan : Scan
            Becomes the argument ``volume``.
        arguments : callable
            Gives the others; told the exchange, whose files are there until the listener has heard.
        listener : Listener
            Hears the outcome, never before this returns; by then the job is not busy any more. A
            scan that could not be written is a failure ``no-space``.

        Raises
        ------
        InputError
            ``no-space``: there can be no temporary folder.
        """
        try:
            exchange = Exchange()
        except OSError as error:
            folder = _("the folder of temporary files")
            raise InputError("no-space", _no_space(error, folder)) from error
        self._exchange = exchange
        self._handover = _Handover(
            exchange.strips("scan", scan.data),
            task,
            {
                "folder": str(exchange.folder),
                "volume": exchange.describe("scan", scan.affine),
                **arguments(exchange),
            },
            Listener(
                self._last(listener.finished),
                self._last(listener.failed),
                self._last(listener.stopped),
                listener.stage,
            ),
        )
        self._write_later.request()

    def stop(self) -> None:
        """Stop; the listener hears ``stopped``, at the latest once the child is gone."""
        if self._handover is not None:
            self._give_up(self._handover)
        else:
            self._client.stop()

    def abandon(self) -> None:
        """End a running job and its child at once; the listener hears ``stopped``."""
        if self._handover is not None:
            self._give_up(self._handover)
        elif self.busy:
            self._client.close()

    def _write(self) -> None:
        """Write for a moment, and come back for the rest; then it is the child's turn."""
        handover = self._handover
        if handover is None:
            return
        until = time.monotonic() + _TURN_S
        try:
            for _strip in handover.strips:
                if time.monotonic() > until:
                    self._write_later.request()
                    return
        except OSError as error:
            assert self._exchange is not None
            folder = str(self._exchange.folder.parent)
            self._handover = None
            handover.listener.failed(Failure("no-space", _no_space(error, folder)))
            return
        self._handover = None
        self._begun()
        self._client.submit(handover.task, handover.arguments, handover.listener)

    def _give_up(self, handover: _Handover) -> None:
        """Write no more; no child has heard of the job yet."""
        self._handover = None
        self._write_later.cancel()
        handover.strips.close()
        handover.listener.stopped()

    def _last(self, tell: Callable[..., None]) -> Callable[..., None]:
        """The last that a listener hears of a job: after it the images are deleted."""

        def tell_and_delete(*said: Any) -> None:
            exchange, self._exchange = self._exchange, None
            try:
                tell(*said)
            finally:
                if exchange is not None:
                    # A busy disk may take long to delete a large image.
                    exchange.close_aside()

        return tell_and_delete


def _no_space(error: OSError, folder: str) -> str:
    return _("The scan could not be handed over: {reason}; free space in {folder}.").format(
        reason=error.strerror or error, folder=folder
    )
