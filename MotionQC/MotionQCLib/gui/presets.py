"""Ready settings of motion: some that come with the module, and the user's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from MotionQCLib.gui.parameters import (
    LARGEST_ROTATION_DEG,
    LARGEST_SEED,
    LARGEST_TRANSLATION_MM,
    LATEST_ONSET,
    MOST_EVENTS,
    MotionQCParameters,
    Ordering,
    Output,
    Pattern,
    PivotRule,
    SlabAxis,
)

_SETTING = "MotionQC/Presets"

FIELDS: dict[str, type] = {
    "pattern": Pattern,
    "events": int,
    "same_for_all_axes": bool,
    **{f"rotation{axis}": float for axis in ("", "_r", "_a", "_s")},
    **{f"translation{axis}": float for axis in ("", "_r", "_a", "_s")},
    "at_onset": bool,
    "onset": float,
    "axis": SlabAxis,
    "ordering": Ordering,
    "output": Output,
    "pivot": PivotRule,
    **{f"pivot_{axis}": float for axis in ("r", "a", "s")},
    "seed": int,
}
"""The parameters that make up a motion, and their types."""
_RANGES: dict[str, tuple[float, float]] = {
    "events": (1, MOST_EVENTS),
    "rotation": (0, LARGEST_ROTATION_DEG),
    "translation": (0, LARGEST_TRANSLATION_MM),
    "onset": (0, LATEST_ONSET),
    "seed": (0, LARGEST_SEED),
}


@dataclass(frozen=True)
class Preset:
    """Motion settings under a name.

    Parameters
    ----------
    name : str
        On the screen.
    settings : dict
        Values of ``MotionQCParameters`` by field, enumerations by their value. A field that is not
        named stays as the user has it.
    own : bool
        Whether the user made it.
    """

    name: str
    settings: dict[str, Any]
    own: bool = False

    def apply(self, parameters: Any) -> None:
        """Set the panel to this motion.

        Raises
        ------
        ValueError
            A setting is none of this version's.
        """
        values = {name: _typed(name, value) for name, value in self.settings.items()}
        with slicer.util.NodeModify(parameters.parameterNode):
            for name, value in values.items():
                setattr(parameters, name, value)

    def is_set(self, parameters: Any) -> bool:
        """Whether the panel is set to this motion."""
        return all(
            getattr(parameters, name) == _typed(name, value)
            for name, value in self.settings.items()
        )


def of_panel(name: str, parameters: MotionQCParameters) -> Preset:
    """Return all motion settings of the panel as a preset of the user's own."""
    values = {field: getattr(parameters, field) for field in FIELDS}
    return Preset(
        name, {f: v.value if isinstance(v, Enum) else v for f, v in values.items()}, own=True
    )


def shipped() -> list[Preset]:
    """Return the presets that come with the module."""
    return [
        _uniform(_("None"), "steps", 1, 0.0, 0.0),
        _uniform(_("Mild"), "step-and-return", 3, 0.7, 0.7),
        _uniform(_("Moderate"), "steps", 3, 1.5, 1.5),
        _uniform(_("Severe"), "steps", 5, 4.0, 4.0),
        # The largest of the ranges that the papers draw from, and their numbers of movements.
        _uniform(_("Range of Bricout et al. 2025"), "steps", 7, 1.0, 4.0),
        _uniform(_("Range of Loizillon et al. 2023"), "steps", 2, 8.0, 8.0),
    ]


def own() -> list[Preset]:
    """Return the user's presets; one that cannot be read is passed over."""
    found = []
    for entry in _stored():
        try:
            preset = Preset(str(entry["name"]), dict(entry["settings"]), own=True)
            for name, value in preset.settings.items():
                _typed(name, value)
        except (KeyError, OverflowError, TypeError, ValueError):
            continue
        found.append(preset)
    return found


def save(preset: Preset) -> None:
    """Keep a preset of the user's own, in place of an earlier one of that name."""
    entry = {"name": preset.name, "settings": preset.settings}
    _store([*_others(preset.name), entry])


def delete(name: str) -> None:
    """Forget a preset of the user's own."""
    _store(_others(name))


def _uniform(
    name: str, pattern: str, events: int, rotation_deg: float, translation_mm: float
) -> Preset:
    """The same angle about, and shift along, every axis."""
    return Preset(
        name,
        {
            "pattern": pattern,
            "events": events,
            "same_for_all_axes": True,
            "rotation": rotation_deg,
            "translation": translation_mm,
        },
    )


def _typed(name: str, value: Any) -> Any:
    """A setting as the parameter node takes it; ValueError where it is none."""
    if name not in FIELDS:
        raise ValueError(f"{name} is no setting of a motion")
    kind = FIELDS[name]
    if not issubclass(kind, Enum) and not isinstance(value, (int, float)):
        raise ValueError(f"{name} is {value!r}, no number")
    low, high = _RANGES.get(name.partition("_")[0], (None, None))
    if low is not None and not low <= value <= high:
        raise ValueError(f"{name} is {value!r}; give {low:g} to {high:g}")
    return kind(value)


def _others(name: str) -> list[dict[str, Any]]:
    """All that is stored under other names, whether this version can read it or not."""
    return [entry for entry in _stored() if entry.get("name") != name]


def _store(entries: list[dict[str, Any]]) -> None:
    qt.QSettings().setValue(_SETTING, json.dumps(entries))


def _stored() -> list[dict[str, Any]]:
    text = qt.QSettings().value(_SETTING)
    try:
        entries = json.loads(text) if text else []
    except ValueError:
        return []
    if not isinstance(entries, list):
        return []
    return [entry for entry in entries if isinstance(entry, dict)]
