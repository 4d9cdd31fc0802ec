"""``python -m MotionQCLib.jobs.attended FOLDER COMMAND ...``: a command that minds its parent.

It runs a command of the shell in a run folder, which no second process can then run in. When its
standard input closes, because the parent has let go of it or is gone, the command is asked to stop
by the file ``stop``, and ended if it has not done so within two minutes. With ``-`` for the folder
there is nothing to keep, and it ends at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from MotionQCLib.file_lock import hold
from MotionQCLib.jobs.run_folder import RunFolder

GRACE_S = 120.0
"""How long a command whose parent is gone may take to stop: a step and its checkpoint."""
NO_FOLDER = "-"
_BUSY = 2


def main(argv: Sequence[str]) -> int:
    """Run the command; its exit status."""
    where, *words = argv
    folder = None if where == NO_FOLDER else RunFolder(Path(where))
    if folder is not None and (held := hold(folder.lock)) is None:
        message = f"{folder.path}: another process trains in this folder; wait for it or stop it"
        print(json.dumps({"type": "failed", "code": "folder-busy", "message": message}), flush=True)
        return _BUSY
    threading.Thread(target=_mind_parent, args=(folder,), daemon=True).start()
    from MotionQCLib.cli.shell import main as run

    status = run(words)
    if folder is not None:
        assert held is not None
        held.close()
    return status


def _mind_parent(
    folder: RunFolder | None,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    # Not through sys.stdin: its lock would be held when the interpreter ends.
    while os.read(0, 1024):
        pass
    if folder is not None:
        folder.ask_to_stop()
        wait(GRACE_S)
    _leave()


def _leave() -> None:
    """End this process and what it started, at once."""
    if sys.platform != "win32" and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
