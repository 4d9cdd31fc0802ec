"""A child process and all that it starts: begun apart from its parent, ended together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import Any


def own_group() -> dict[str, Any]:
    """Return how ``Popen`` starts a child at the head of a process group, without a console."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {"creationflags": flags}
    return {"start_new_session": True}


def signal_tree(process: subprocess.Popen[bytes], *, hard: bool) -> None:
    """Ask a child that heads its group, and all that it started, to end; ``hard``: end them."""
    if sys.platform == "win32":
        # Windows has no signal for a group without a console; taskkill follows the tree.
        if process.poll() is None:
            subprocess.run(
                ["taskkill", "/F", "/T", "/PID", str(process.pid)],
                capture_output=True,
                creationflags=subprocess.CREATE_NO_WINDOW,
                check=False,
            )
        return
    # The group outlives its head while a grandchild runs, so it is signalled in any case.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL if hard else signal.SIGTERM)
