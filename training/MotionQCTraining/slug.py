"""Names that may be part of a file's."""

from __future__ import annotations

import re


def slug(name: str) -> str:
    """Return a name in small letters and digits, with hyphens for everything between them.

    Examples
    --------
    >>> slug("High-pass input (1 mm)")
    'high-pass-input-1-mm'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
