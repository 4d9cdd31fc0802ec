"""Ray, on a cluster or on this machine alone; nothing is reported to its makers."""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any

from MotionQCLib.errors import InputError


def connect(address: str | None, extra: str) -> ModuleType:
    """Connect this process to Ray, and return the module; ``shutdown`` ends it.

    Parameters
    ----------
    address : str or None
        ``ray://head:10001``, ``head:6379`` or ``auto``; None or ``local`` starts Ray on this
        machine, reachable from nowhere else.
    extra : str
        What installs it: ``pip install motionqc[extra]``.

    Raises
    ------
    InputError
        ``ray-absent``, or ``no-cluster`` where none answers or Ray does not start.
    """
    # Before the import, which reads it.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError as error:
        raise InputError(
            "ray-absent", f"Ray is not installed; install motionqc[{extra}]"
        ) from error
    address = address or "local"
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "warning"}
    if address == "local":
        options |= {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    try:
        ray.init(address, **options)
    except Exception as error:  # a node that does not start in time is no more than that
        fault, remedy = f"no Ray cluster answers at {address}", "start Ray there"
        if address == "local":
            fault, remedy = "Ray did not start on this machine", "try again when it is less busy"
        raise InputError("no-cluster", f"{fault} ({error}); {remedy}") from error
    module: ModuleType = ray
    return module
