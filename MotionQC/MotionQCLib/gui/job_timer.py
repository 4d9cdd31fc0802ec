"""A timer that lets job clients hear their children while Slicer's event loop runs."""

from __future__ import annotations

import qt

from MotionQCLib.jobs import JobClient

_BUSY_MS, _IDLE_MS = 50, 1000


class JobTimer:
    """Polls clients: often while a job runs, now and then while a warm child waits."""

    def __init__(self, *clients: JobClient) -> None:
        self._clients = clients
        self._timer = qt.QTimer()
        self._timer.setInterval(_IDLE_MS)
        self._timer.connect("timeout()", self._poll)
        self._timer.start()

    def hurry(self) -> None:
        """A job has begun: listen often."""
        self._timer.setInterval(_BUSY_MS)

    def close(self) -> None:
        """Stop listening and end all children."""
        self._timer.stop()
        self._timer.disconnect("timeout()", self._poll)
        for client in self._clients:
            client.close()

    def _poll(self) -> None:
        for client in self._clients:
            client.poll()
        busy = any(client.state.value != "idle" for client in self._clients)
        wanted = _BUSY_MS if busy else _IDLE_MS
        if self._timer.interval != wanted:
            self._timer.setInterval(wanted)
