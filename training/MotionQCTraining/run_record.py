"""What a run was: configuration, data, versions. Written into its folder, beside what it made."""

from __future__ import annotations

import json
import platform
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
_LIBRARIES = ("numpy", "torch", "lightning", "openvino", "scikit-learn", "SimpleITK")


def write_run_record(
    folder: Path, config: Configuration, manifest: Path, **further: Any
) -> dict[str, Any]:
    """Write ``run.json`` and the configuration as used, and return the record.

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
    import yaml

    # Through JSON, because YAML has words of its own for tuples.
    values = json.loads(json.dumps(asdict(config)))  # type: ignore[call-overload]
    record = {
        "stage": config.STAGE,
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "configuration": values,
        "manifest": {"path": str(manifest), "sha256": file_sha256(manifest)},
        "versions": {"motionqc": __version__, "python": platform.python_version(), **_versions()},
        **further,
    }
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
    write_atomically(folder / f"{config.STAGE}.yaml", text)
    write_atomically(folder / RECORD_NAME, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    return record


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
