"""What a fit took: time, memory, power."""

from __future__ import annotations

import json
import mmap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from MotionQCLib.atomic_file import write_atomically

_GB = 1e9
_EVERY_S = 0.5
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True)
class Resources:
    """What some work took, over all of its sessions.

    Parameters
    ----------
    duration_s : float
        Wall-clock time.
    peak_memory_gb : float or None
        Most memory held: of the GPU by PyTorch, else by the whole process; None where the system
        does not tell.
    memory_of : str
        ``GPU`` or ``process``.
    power_w : float or None
        Mean power of the GPU; None where there is none or it does not tell.
    """

    duration_s: float = 0.0
    peak_memory_gb: float | None = None
    memory_of: str = ""
    power_w: float | None = None

    def then(self, later: Resources) -> Resources:
        """Return this with what a later session took."""
        peaks = [p for p in (self.peak_memory_gb, later.peak_memory_gb) if p is not None]
        duration = self.duration_s + later.duration_s
        told = [each for each in (self, later) if each.power_w is not None]
        energy = sum((each.power_w or 0.0) * each.duration_s for each in told)
        timed = sum(each.duration_s for each in told)
        return Resources(
            duration,
            max(peaks, default=None),
            later.memory_of,
            energy / timed if timed else None,
        )


@contextmanager
def measured(file: Path, *, on_gpu: bool = False) -> Iterator[None]:
    """Measure what happens inside and add it to a file, also where it is interrupted.

    Parameters
    ----------
    file : Path
        Takes the :class:`Resources`.
    on_gpu : bool
        Whether the GPU works: its memory and power are measured then. One that only is there tells
        nothing of work on the CPU.
    """
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    watch = _Watch(on_gpu)
    watch.start()
    begun = time.monotonic()
    try:
        yield
    finally:
        watch.stop()
        peak = torch.cuda.max_memory_allocated() if on_gpu else watch.peak_bytes
        session = Resources(
            time.monotonic() - begun,
            peak / _GB if peak else None,
            "GPU" if on_gpu else "process",
            watch.mean_power_w(),
        )
        write_atomically(file, json.dumps(asdict(read_resources(file).then(session))))


def read_resources(file: Path) -> Resources:
    """Return what a file says, nothing where it is not there."""
    return Resources(**json.loads(file.read_text("utf-8"))) if file.exists() else Resources()


class _Watch(threading.Thread):
    """Looks at memory and power now and then."""

    def __init__(self, on_gpu: bool) -> None:
        super().__init__(daemon=True)
        self._on_gpu, self._ended = on_gpu, threading.Event()
        self.peak_bytes = 0
        self._watts: list[float] = []

    def run(self) -> None:
        """Look until told to stop, at least once."""
        while True:
            self.peak_bytes = max(self.peak_bytes, _resident_bytes())
            if self._on_gpu and (watts := _gpu_watts()) is not None:
                self._watts.append(watts)
            if self._ended.wait(_EVERY_S):
                return

    def stop(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join()

    def mean_power_w(self) -> float | None:
        return sum(self._watts) / len(self._watts) if self._watts else None


def _resident_bytes() -> int:
    """Memory of this process, 0 where the system does not tell."""
    try:
        return int(_STATM.read_text().split()[1]) * mmap.PAGESIZE
    except (OSError, ValueError, IndexError):
        return 0


def _gpu_watts() -> float | None:
    """Power of the GPU, None where its driver or library does not tell."""
    try:
        return torch.cuda.power_draw() / 1000
    except Exception:  # NVML's and AMD's errors are nothing nearer, in packages that may be absent
        return None
