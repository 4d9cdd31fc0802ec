"""One job at a time on a volume: its image goes to the child, and is always deleted after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.errors import InputError
from MotionQCLib.jobs import Exchange, JobClient, Listener
from MotionQCLib.scan.scan import Scan


class ExchangeJob:
    """Hands a scan to a child process and what comes back to a listener.

    Parameters
    ----------
    client : JobClient
        Runs the jobs.
    begun : callable
        Told when a job has been submitted.
    """

    def __init__(self, client: JobClient, begun: Callable[[], None]) -> None:
        self._client, self._begun = client, begun
        self._exchange: Exchange | None = None

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
            Hears the outcome; by then the job is not busy any more.

        Raises
        ------
        InputError
            ``no-space``: the scan could not be written.
        """
        exchange = Exchange()
        try:
            given = {
                "folder": str(exchange.folder),
                "volume": exchange.put("scan", scan.data, scan.affine),
                **arguments(exchange),
            }
        except OSError as error:
            exchange.close()
            raise InputError(
                "no-space",
                _("The scan could not be handed over: {reason}; free space in {folder}.").format(
                    reason=error.strerror or error, folder=exchange.folder.parent
                ),
            ) from error
        self._exchange = exchange
        self._begun()
        self._client.submit(
            task,
            given,
            Listener(
                self._last(listener.finished),
                self._last(listener.failed),
                self._last(listener.stopped),
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
