"""A model, a head and the shell, for what a disk, a machine or a user may do to them."""

from __future__ import annotations

from ..cli.conftest import shell

__all__ = ["shell"]
