"""Ready settings of motion: some that come with the module, and the user's own."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from MotionQCLib.gui.parameters import (
    LARGEST_ROTATION_DEG,
    LARGEST_TRANSLATION_MM,
    MotionQCParameters,
    Pattern,
)

_SETTING = "MotionQC/Presets"


@dataclass(frozen=True)
class Preset:
    """A kind and size of motion.

    Parameters
    ----------
    name : str
        On the screen.
    pattern : str
        A value of ``Pattern``.
    events : int
        How often.
    rotation_deg, translation_mm : float
        Largest angle about, and shift along, each axis.
    """

    name: str
    pattern: str
    events: int
    rotation_deg: float
    translation_mm: float

    def apply(self, parameters: MotionQCParameters) -> None:
        """Set the panel to this motion."""
        parameters.pattern = Pattern(self.pattern)
        parameters.events = self.events
        parameters.same_for_all_axes = True
        parameters.rotation = min(self.rotation_deg, LARGEST_ROTATION_DEG)
        parameters.translation = min(self.translation_mm, LARGEST_TRANSLATION_MM)


def shipped() -> list[Preset]:
    """Return the presets that come with the module."""
    return [
        Preset(_("None"), "steps", 1, 0.0, 0.0),
        Preset(_("Mild"), "step-and-return", 3, 0.7, 0.7),
        Preset(_("Moderate"), "steps", 3, 1.5, 1.5),
        Preset(_("Severe"), "steps", 5, 4.0, 4.0),
        # The largest of the ranges that the papers draw from, and their numbers of movements.
        Preset(_("Range of Bricout et al. 2025"), "steps", 7, 1.0, 4.0),
        Preset(_("Range of Loizillon et al. 2023"), "steps", 2, 8.0, 8.0),
    ]


def own() -> list[Preset]:
    """Return the user's presets; one that cannot be read is passed over."""
    found = []
    for entry in _stored():
        try:
            preset = Preset(**entry)
            Pattern(preset.pattern)
        except (TypeError, ValueError):
            continue
        found.append(preset)
    return found


def save(preset: Preset) -> None:
    """Keep a preset of the user's own, in place of an earlier one of that name."""
    others = [asdict(each) for each in own() if each.name != preset.name]
    qt.QSettings().setValue(_SETTING, json.dumps([*others, asdict(preset)]))


def delete(name: str) -> None:
    """Forget a preset of the user's own."""
    others = [asdict(each) for each in own() if each.name != name]
    qt.QSettings().setValue(_SETTING, json.dumps(others))


def _stored() -> list[dict[str, Any]]:
    text = qt.QSettings().value(_SETTING)
    try:
        entries = json.loads(text) if text else []
    except ValueError:
        return []
    return [entry for entry in entries if isinstance(entry, dict)]
