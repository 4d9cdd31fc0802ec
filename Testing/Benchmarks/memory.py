"""Peak memory of processes."""

from __future__ import annotations

import resource
import sys


def peak_mb(usage: resource.struct_rusage) -> float:
    """Peak resident memory, MB."""
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3 / 1.024)
