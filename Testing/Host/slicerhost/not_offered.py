"""What the test host says where it is asked for a part of Slicer that it does not have."""

from __future__ import annotations


class NotOfferedError(Exception):
    """Slicer has it, the test host does not: the message names it, and what there is instead."""
