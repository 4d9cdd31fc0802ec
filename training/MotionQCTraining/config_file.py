"""Configurations on disk: a YAML file becomes the record of its stage, all faults told at once.

A preset is a system, a folder of ``presets``, with one file for each of its stages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from importlib import resources
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, Protocol, TypeVar, get_args, get_origin, get_type_hints

from MotionQCLib.errors import InputError, some_of
from MotionQCTraining.overrides import overridden
from MotionQCTraining.plain_yaml import parse_yaml, shown


class Configuration(Protocol):
    """The record of a stage: a frozen dataclass that checks itself."""

    STAGE: ClassVar[str]


_Configuration = TypeVar("_Configuration", bound=Configuration)
_Record = TypeVar("_Record")
_NAMED_AT_MOST = 20
# YAML takes 1e-3 for a word, because it has no point.
_EXPONENT = re.compile(r"[+-]?\d+[eE][+-]?\d+")


def load_config(
    name_or_path: str | Path, kind: type[_Configuration], overrides: Sequence[str] = ()
) -> _Configuration:
    """Return the configuration of a preset's name or of a YAML file.

    Parameters
    ----------
    name_or_path : str or path
        A preset that has this stage, or a file.
    kind : type
        The record of the stage.
    overrides : sequence of str
        Fields that replace the file's, ``name=value`` each, see :mod:`.overrides`.

    Raises
    ------
    InputError
        If there is neither, or a field is unknown or of the wrong kind; all faults in one line.
    """
    text = _text(str(name_or_path), kind.STAGE)
    try:
        values = parse_yaml(text) or {}
    except ValueError as error:
        raise InputError("config", f"{name_or_path}: not YAML: {error}") from error
    faults: list[str] = []
    config = _build(kind, overridden(values, overrides, faults), "", faults)
    if faults or config is None:
        told = some_of(faults, _NAMED_AT_MOST, "; ")
        raise InputError("config", f"{name_or_path}: {told}")
    return config


def presets(stage: str) -> list[str]:
    """Names of the presets that have a stage."""
    folder = resources.files("MotionQCTraining") / "presets"
    return sorted(f.name for f in folder.iterdir() if (f / f"{stage}.yaml").is_file())


def _text(name: str, stage: str) -> str:
    if name in presets(stage):
        file = resources.files("MotionQCTraining") / "presets" / name / f"{stage}.yaml"
        return file.read_text("utf-8")
    path = Path(name)
    if not path.is_file():
        known = ", ".join(presets(stage))
        raise InputError(
            "config", f"{name}: neither a preset ({known}) nor a file; give one of these"
        )
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("config", f"{name}: cannot be read: {error}; give a YAML file") from error


def _build(kind: type[_Record], values: Any, where: str, faults: list[str]) -> _Record | None:
    """Fill a record from a mapping, noting every fault instead of stopping at the first."""
    if not isinstance(values, Mapping):
        faults.append(f"{where.rstrip('.') or 'the file'} must hold named fields")
        return None
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    own = [f"unknown field {where}{name!s:.60}" for name in values if name not in names]
    known = {
        name: _value(hints[name], values[name], f"{where}{name}", own)
        for name in names
        if name in values
    }
    required = [f.name for f in fields(kind) if _is_required(f)]  # type: ignore[arg-type]
    own += [f"{where}{name} is missing" for name in required if name not in known]
    faults += own
    try:
        return kind(**known) if not own else None
    except ValueError as error:
        faults.append(f"{where.rstrip('.') or 'configuration'}: {error}")
        return None


def _is_required(field: Field[Any]) -> bool:
    return field.init and field.default is MISSING and field.default_factory is MISSING


def _value(hint: Any, value: Any, where: str, faults: list[str]) -> Any:
    if hint is Any:
        return value
    hint = _record_of(hint) if value is not None else hint
    if is_dataclass(hint) and isinstance(hint, type):
        return _build(hint, value, where + ".", faults)
    kind = get_origin(hint)
    if kind is tuple:
        return _list(get_args(hint), value, where, faults)
    if kind is Literal:
        if value not in get_args(hint):
            faults.append(f"{where} must be one of {', '.join(get_args(hint))}, got {shown(value)}")
        return value
    if kind is dict:
        if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
            inner = get_args(hint)[1]
            return {k: _value(inner, item, f"{where}.{k}", faults) for k, item in value.items()}
        faults.append(f"{where} must map names to fields, got {shown(value)}")
        return None
    if hint is float and _is_number(value):
        return float(value)
    if isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    faults.append(f"{where} must be of type {getattr(hint, '__name__', hint)}, got {shown(value)}")
    return None


def _record_of(hint: Any) -> Any:
    """Return the record of a hint like ``Record | None``, and other hints as they are."""
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    optional = get_origin(hint) is UnionType and len(kinds) == 1 and is_dataclass(kinds[0])
    return kinds[0] if optional else hint


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return _EXPONENT.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _list(
    hints: tuple[Any, ...], value: Any, where: str, faults: list[str]
) -> tuple[Any, ...] | None:
    """A list of so many values, or, where the hints end in an ellipsis, of any number."""
    endless = hints[-1] is Ellipsis
    if not isinstance(value, list) or not (endless or len(value) == len(hints)):
        wanted = "a list" if endless else f"a list of {len(hints)}"
        faults.append(f"{where} must be {wanted}, got {shown(value)}")
        return None
    parts = [hints[0]] * len(value) if endless else hints
    return tuple(_value(part, item, where, faults) for part, item in zip(parts, value, strict=True))
