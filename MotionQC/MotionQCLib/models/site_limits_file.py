"""A file of site limits: written whole, and verified when it is read."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCLib.models.bundle import shown_path
from MotionQCLib.models.site_limits import SiteLimits

_LARGEST_BYTES = 4_000_000
_REMEDY = "give a file that `motionqc calibrate` wrote"


def load_site_limits(path: str | os.PathLike[str]) -> SiteLimits:
    """Read and verify a file of site limits; its checksum is filled in.

    Raises
    ------
    InputError
        `site-limits`: it cannot be read, or is at fault; the message is one line.
    """
    source = Path(path)
    content = _content(source)
    try:
        limits = SiteLimits.from_json(json.loads(content))
    except (ValueError, RecursionError) as error:
        _refuse(source, f"it holds no site limits: {error}", _REMEDY)
    return replace(limits, checksum=hashlib.sha256(content).hexdigest())


def save_site_limits(path: str | os.PathLike[str], limits: SiteLimits) -> None:
    """Write a file of site limits, whole or not at all.

    Raises
    ------
    InputError
        `output-failed`: it cannot be written.
    """
    target = Path(path)
    try:
        write_atomically(target, json.dumps(limits.to_json(), indent=2, allow_nan=False) + "\n")
    except OSError as error:
        reason = error.strerror or "input/output error"
        raise InputError(
            "output-failed",
            f"{shown_path(target)}: cannot be written ({reason}); choose another file.",
        ) from error


def _content(source: Path) -> bytes:
    try:
        # A pipe would never end.
        there = source.is_file()
        content = source.read_bytes() if there and source.stat().st_size <= _LARGEST_BYTES else b""
    except (OSError, ValueError) as error:
        _refuse(source, getattr(error, "strerror", None) or "it cannot be read", "check the path")
    if not there:
        _refuse(source, "there is no such file", "check the path")
    if not content:
        _refuse(source, f"it is empty, or larger than {_LARGEST_BYTES} bytes", _REMEDY)
    return content


def _refuse(path: Path, problem: str, remedy: str) -> NoReturn:
    raise InputError("site-limits", f"{shown_path(path)}: {problem}; {remedy}.")
