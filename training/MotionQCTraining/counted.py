"""How many there are of something, in words."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 scan``, ``2 scans``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
