"""What the panel keeps with the application and not with the scene: where things lie."""

from __future__ import annotations

import qt


def kept(key: str) -> str:
    """Return what was last kept under a name, or nothing."""
    return str(qt.QSettings().value(f"MotionQC/{key}") or "")


def keep(key: str, text: str) -> None:
    """Keep a text under a name."""
    qt.QSettings().setValue(f"MotionQC/{key}", text)
