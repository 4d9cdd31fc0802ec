"""`slicer.packaging` of the host: requests are recorded, nothing is ever installed.

Signatures and errors are those of Slicer 5.12 (`Base/Python/slicer/packaging.py`). What `pip_check`
answers is the truth about this environment, unless `state.missing` names a package.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import slicer
from packaging.requirements import Requirement

from slicerhost.records import Message, PackageRequest, records

__all__ = [
    "isPipInstallInProgress",
    "load_pyproject_dependencies",
    "load_requirements",
    "pip_check",
    "pip_ensure",
    "pip_install",
    "pip_uninstall",
]


@dataclass
class _State:
    """How a test wants the packages to be."""

    missing: set[str] = field(default_factory=set)
    installed: set[str] = field(default_factory=set)
    fails: bool = False
    in_progress: bool = False

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]


_state = _State()


def load_requirements(path: str | Path) -> list[Requirement]:
    """Read a requirements file; comments and options of pip are passed over."""
    lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


def load_pyproject_dependencies(path: str | Path) -> list[Requirement]:
    """Read `[project] dependencies`; KeyError without the table."""
    import tomllib

    project = tomllib.loads(Path(path).read_text(encoding="utf-8"))["project"]
    return [Requirement(line) for line in project.get("dependencies", [])]


def pip_check(req: Any) -> bool:
    """Whether all requirements are met; requirements of other systems count as met."""
    return all(map(_is_met, _requirements(req)))


def pip_ensure(
    requirements: Any,
    constraints: str | Path | None = None,
    skip_packages: list[str] | None = None,
    prompt_install: bool = True,
    prompt_restart: bool = True,
    requester: str | None = None,
    skip_in_testing: bool = True,
    show_progress: bool = True,
) -> list[str] | None:
    """Ask and install what is missing; RuntimeError if declined, CalledProcessError on failure.

    In testing mode it returns without installing.
    """
    missing = [entry for entry in _requirements(requirements) if not _is_met(entry)]
    if not missing or (skip_in_testing and slicer.app.testingEnabled()):
        return None
    if prompt_install:
        names = ", ".join(map(str, missing))
        confirmed = bool(records.answer(True))
        text = f"{requester or 'A module'} needs: {names}"
        records.messages.append(Message("pip_ensure", text, answer=confirmed))
        if not confirmed:
            raise RuntimeError("User declined package installation")
    options = {"constraints": constraints, "requester": requester, "skip_packages": skip_packages}
    return _request("pip_ensure", missing, options)


def pip_install(requirements: Any, **options: Any) -> list[str] | None:
    """Install requirements."""
    known = {
        "constraints", "no_deps_requirements", "skip_packages", "show_progress", "requester",
        "blocking", "logCallback", "completedCallback", "parent",
    }  # fmt: skip
    if set(options) - known:
        raise TypeError(f"pip_install has no options {sorted(set(options) - known)}")
    return _request("pip_install", _requirements(requirements), options)


def pip_uninstall(requirements: Any, **options: Any) -> None:
    """Uninstall packages."""
    records.package_requests.append(
        PackageRequest("pip_uninstall", tuple(map(str, _requirements(requirements))), options)
    )


def isPipInstallInProgress() -> bool:
    """Whether a non-blocking installation runs."""
    return _state.in_progress


def _request(call: str, requirements: list[Requirement], options: dict[str, Any]) -> None:
    records.package_requests.append(PackageRequest(call, tuple(map(str, requirements)), options))
    if _state.fails:
        raise CalledProcessError(1, ["pip", "install", *map(str, requirements)])
    _state.installed |= {entry.name.lower() for entry in requirements}


def _requirements(given: Any) -> list[Requirement]:
    if isinstance(given, str):
        given = [given] if ";" in given else given.split()
    if isinstance(given, Requirement):
        given = [given]
    if not isinstance(given, list):
        raise TypeError(f"Expected str, Requirement, or list, got {type(given).__name__}")
    return [Requirement(entry) if isinstance(entry, str) else entry for entry in given]


def _is_met(entry: Requirement) -> bool:
    name = entry.name.lower()
    if (entry.marker is not None and not entry.marker.evaluate()) or name in _state.installed:
        return True
    if name in _state.missing:
        return False
    try:
        return metadata.version(entry.name) in entry.specifier
    except metadata.PackageNotFoundError:
        return False
