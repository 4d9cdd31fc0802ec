"""What parent and child say to each other: one ASCII JSON object a line.

Parent to child: ``run`` (``job``, ``task``, ``arguments``), ``stop`` (``job``).
Child to parent: ``ready``, then for each job any number of ``stage`` (``stage``; ``done``, 0 to 1
or null) and one of ``result`` (``result``), ``failed`` (``code``, ``message``, ``details``) or
``stopped``. Lines of any other form are somebody else's and are passed over.
"""

from __future__ import annotations

import json
from typing import Any

PROTOCOL = 1

Message = dict[str, Any]


def encode(type: str, **fields: Any) -> bytes:
    """Return a message as one line.

    Raises
    ------
    ValueError
        If a field is no JSON value; NaN and infinities are none.
    """
    message = {"motionqc": PROTOCOL, "type": type, **fields}
    return json.dumps(message, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"


def decode(line: bytes) -> Message | None:
    """Return the message in a line, or None where the line is not one of this protocol."""
    if not line.startswith(b"{"):
        return None
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or message.get("motionqc") != PROTOCOL:
        return None
    return message if isinstance(message.get("type"), str) else None
