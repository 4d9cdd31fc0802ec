"""What a hostile file must not bring about, noticed while it is read.

Python's audit events tell of files that are opened to be written, processes, sockets and pickles;
the kernel tells of the most memory that was in use.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_FORBIDDEN = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.startfile",
    "pickle.find_class",
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "urllib.Request",
    "webbrowser.open",
    "marshal.loads",
)
_OWN_CHILD = "from MotionQCLib.scan.decoding import main; main()"
"""What compressed DICOM is given to."""
_CHANGING = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.chmod")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Guard:
    """Hears what this process does from now on; it cannot be taken off again.

    Parameters
    ----------
    folder : Path
        Where files may be made, changed and deleted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder.resolve())
        self._deeds: list[str] | None = None
        sys.addaudithook(self._hear)

    def begin(self) -> None:
        """Hear from here on."""
        self._deeds = []

    def end(self) -> list[str]:
        """What was done since that must not be."""
        deeds, self._deeds = self._deeds or [], None
        return deeds

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._deeds is None:
            return
        if event in _FORBIDDEN and _OWN_CHILD not in str(arguments[1:2]):
            # Modules are loaded through marshal; only a call from elsewhere is a file's doing.
            if event != "marshal.loads" or not _importing():
                self._deeds.append(f"{event} {str(arguments)[:200]}")
        elif (
            event == "open"
            and len(arguments) == 3
            and _writes(arguments)
            and self._outside(arguments[0])
        ):
            self._deeds.append(f"writes {str(arguments[0])[:200]!r}")
        # Names relative to an open folder are those of a tree that is being deleted.
        elif event in _CHANGING and arguments[-1] == -1 and self._outside(arguments[0]):
            self._deeds.append(f"{event} {str(arguments[0])[:200]!r}")

    def _outside(self, name: object) -> bool:
        if isinstance(name, int) or name == os.devnull:
            return False
        path = os.path.realpath(os.fsdecode(name))  # type: ignore[arg-type]
        return path != self._folder and not path.startswith(self._folder + os.sep)


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITING)


def _importing() -> bool:
    frame = sys._getframe(1)
    while frame is not None:
        if "importlib" in frame.f_code.co_filename:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


class Memory:
    """The most memory that this process takes, above what it has when asked to begin.

    Only Linux lets its mark be set back; elsewhere nothing is measured.
    """

    _MARK, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")

    def __init__(self) -> None:
        self._before = 0
        self.measured = sys.platform == "linux" and self._reset()

    def begin(self) -> None:
        """Set the mark back to what is in use."""
        if self.measured:
            self._reset()
            self._before = self._read("VmRSS")

    def grown(self) -> int:
        """Bytes by which the process has grown at most since."""
        return max(0, self._read("VmHWM") - self._before) if self.measured else 0

    def _reset(self) -> bool:
        try:
            self._MARK.write_text("5")
        except OSError:
            return False
        return True

    def _read(self, name: str) -> int:
        for line in self._STATUS.read_text("ascii", "replace").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        return 0
