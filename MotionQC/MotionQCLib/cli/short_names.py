"""Names of files for people: as short as tells them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from MotionQCLib.errors import printable


def short_names(paths: Iterable[str]) -> dict[str, str]:
    """Return each path's base name, with as many folders before it as no other path shares.

    Letters that no terminal can show become question marks.

    Examples
    --------
    >>> short_names(["/a/01/T1w.nii", "/a/02/T1w.nii", "/a/02/scan.mgz"])
    {'/a/01/T1w.nii': '01/T1w.nii', '/a/02/T1w.nii': '02/T1w.nii', '/a/02/scan.mgz': 'scan.mgz'}
    """
    parts = {path: Path(path).parts for path in paths}
    names: dict[str, str] = {}
    depth = 1
    while len(names) < len(parts):
        tails = {path: own[-depth:] for path, own in parts.items() if path not in names}
        shared = Counter(tails.values())
        for path, tail in tails.items():
            # Two spellings of one path cannot be told apart at any depth.
            if shared[tail] == 1 or depth >= len(parts[path]):
                names[path] = str(Path(*tail)) if tail else path
        depth += 1
    return {path: printable(names[path]) for path in parts}
