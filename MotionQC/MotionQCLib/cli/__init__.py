"""The shell: `motionqc`. One file a command; each imports what it needs only when it runs."""

from MotionQCLib.cli.shell import main

__all__ = ["main"]
