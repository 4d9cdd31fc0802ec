"""How images pass between parent and child: raw arrays in a private folder without names.

The folder is readable by its owner alone and carries the parent's process number, so that what a
parent left behind that was killed is found and deleted by the next one.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

PREFIX = "motionqc-job-"
STRIP_BYTES = 2**20
"""About how much of a volume is written at a time."""
_OWNED = re.compile(re.escape(PREFIX) + r"(\d+)-")


class Exchange:
    """A temporary folder for one job's images; deleted by :meth:`close`, whatever happened."""

    def __init__(self) -> None:
        delete_abandoned()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))

    def __enter__(self) -> Exchange:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Delete the folder; more than once is allowed."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def close_aside(self) -> None:
        """Delete the folder without keeping the caller waiting for the disk.

        A process that ends before the images are gone waits for it.
        """
        threading.Thread(target=self.close, name="MotionQC deletes images").start()

    def put(self, name: str, volume: NDArray[np.generic], affine: ArrayLike) -> dict[str, Any]:
        """Write a volume ``(I, J, K)`` and return its description for a job's arguments."""
        for _ in self.strips(name, volume):
            pass
        return self.describe(name, affine)

    def strips(self, name: str, volume: NDArray[np.generic]) -> Generator[None, None, None]:
        """Write a volume ``(I, J, K)`` and pause after every strip; none of it is copied before.

        Whoever does not go on to the end closes the generator, so that the file can be deleted.
        """
        header = np.lib.format.header_data_from_array_1_0(volume)
        slabs = volume.T if header["fortran_order"] else volume
        count = min(1 + volume.nbytes // STRIP_BYTES, len(slabs))
        with self.path(name).open("wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            for strip in np.array_split(slabs, count):
                file.write(np.ascontiguousarray(strip).data)
                yield

    def describe(self, name: str, affine: ArrayLike) -> dict[str, Any]:
        """Return the description of a volume that has been written."""
        matrix = np.asarray(affine, dtype=float)
        return {"voxels": str(self.path(name)), "affine": matrix.tolist()}

    def path(self, name: str) -> Path:
        """Where a volume of that name lies."""
        return self.folder / f"{name}.npy"


def get_volume(
    described: dict[str, Any],
) -> tuple[NDArray[np.generic], NDArray[np.float64]]:
    """Return the voxels ``(I, J, K)`` and the affine of a description.

    Not mapped from disk: Windows deletes no file that is.
    """
    voxels = np.load(described["voxels"], allow_pickle=False)
    return voxels, np.asarray(described["affine"], dtype=float)


def delete_folder_of(arguments: dict[str, Any]) -> None:
    """Delete the exchange folder that a job's arguments name; for a child without its parent."""
    folder = Path(str(arguments.get("folder", "")))
    if folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def delete_abandoned() -> None:
    """Delete folders of parents that are gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owned = _OWNED.match(folder.name)
        if owned and not _is_running(int(owned.group(1))):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    if sys.platform == "win32":
        return _is_running_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # somebody else's process of that number
    return True


def _is_running_on_windows(pid: int) -> bool:
    import ctypes

    query_limited_information, still_active = 0x1000, 259
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(query_limited_information, False, pid)
    if not handle:
        return False
    status = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(status))
    kernel.CloseHandle(handle)
    return status.value == still_active
