"""The module `ctk`: stand-ins for the CTK widgets that the module uses."""

from __future__ import annotations

import sys
from types import ModuleType

from slicerhost.widgets import buttons, collapsible, paths, sliders

CLASSES = (
    buttons.ctkMenuButton,
    buttons.ctkPushButton,
    collapsible.ctkCollapsibleButton,
    collapsible.ctkCollapsibleGroupBox,
    paths.ctkDirectoryButton,
    paths.ctkPathLineEdit,
    sliders.ctkDoubleSpinBox,
    sliders.ctkSliderWidget,
)


def install() -> ModuleType:
    """Make `ctk` importable."""
    ctk = ModuleType("ctk", __doc__)
    for cls in CLASSES:
        setattr(ctk, cls.__name__, cls)
    sys.modules["ctk"] = ctk
    return ctk
