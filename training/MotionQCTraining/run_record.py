"""What a run was: configuration, data, versions, machine, and when it ran and how that ended.

It lies in the run's folder, beside what the run made, and a program reads from it how the run
stands. A run that is gone without a word is still ``running`` there, but its process is not.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from MotionQCLib import __version__
from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.checksum import file_sha256
from MotionQCTraining.config_file import Configuration

RECORD_NAME = "run.json"
_LIBRARIES = ("numpy", "torch", "lightning", "openvino", "scikit-learn", "SimpleITK", "ray")
_REPOSITORY = Path(__file__).resolve().parents[2]


class RunRecord:
    """The record of a run that is at hand.

    ``run.json`` holds ``stage``, ``configuration``, ``manifest`` (``path``, ``sha256``),
    ``versions``, ``machine``, what else the stage adds, and ``sessions``: ``started``, ``stopped``,
    ``process``, ``outcome`` (``running``, ``complete``, ``stopped`` or ``failed``) of this session
    and the ones before it. The configuration as used lies beside it as YAML.

    Parameters
    ----------
    folder : Path
        The run folder.
    config : dataclass
        The configuration of the stage.
    manifest : Path
        The data.
    further : JSON values
        What else belongs in the record.
    """

    def __init__(self, folder: Path, config: Configuration, manifest: Path, **further: Any) -> None:
        values = plain_values(config)
        self._file = folder / RECORD_NAME
        self._session: dict[str, Any] = {
            "started": _now(),
            "stopped": None,
            "process": os.getpid(),
            "outcome": "running",
        }
        self.values = {
            "stage": config.STAGE,
            "configuration": values,
            "manifest": {"path": str(manifest), "sha256": file_sha256(manifest)},
            "versions": _versions(),
            "machine": _machine(),
            **further,
            "sessions": [*_earlier(self._file, config.STAGE), self._session],
        }
        write_atomically(folder / f"{config.STAGE}.yaml", as_yaml(values))
        self._write()

    def end(self, outcome: str, **further: Any) -> None:
        """Note how the session ended, and what it made."""
        self._session |= {"stopped": _now(), "outcome": outcome, **further}
        self._write()

    def _write(self) -> None:
        text = json.dumps(self.values, indent=1, ensure_ascii=False) + "\n"
        write_atomically(self._file, text)


def plain_values(config: Configuration) -> dict[str, Any]:
    """Return a configuration as JSON has it: YAML has words of its own for tuples."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(config)))  # type: ignore[call-overload]
    return values


def as_yaml(values: dict[str, Any]) -> str:
    """Return values as a file that ``--config`` takes."""
    import yaml

    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)


def _earlier(file: Path, stage: str) -> list[dict[str, Any]]:
    try:
        record = json.loads(file.read_text("utf-8"))
        return list(record["sessions"]) if record["stage"] == stage else []
    except (OSError, ValueError, KeyError, TypeError):
        return []  # none, or not a record of ours


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    found = {"motionqc": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    if commit := _commit():
        found["commit"] = commit
    return found


def _commit() -> str | None:
    """Return the commit of the checkout that this package runs from, if it is one."""
    if not (_REPOSITORY / ".git").exists():
        return None
    command = ["git", "-C", str(_REPOSITORY), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _machine() -> dict[str, Any]:
    import torch

    gpus = [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())]
    return {
        "name": platform.node(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "gpus": gpus,
    }
