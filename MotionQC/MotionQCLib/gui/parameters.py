"""What the panel remembers: saved with the scene, bound to the widgets of ``MotionQC.ui``."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import Default, WithinRange, parameterNodeWrapper

LARGEST_ROTATION_DEG = 10.0
LARGEST_TRANSLATION_MM = 10.0
LARGEST_SEED = 2**31 - 1
MOST_EVENTS = 20
LATEST_ONSET = 0.99


class Device(Enum):
    """Where the network runs."""

    AUTO = "auto"
    CPU = "cpu"
    GPU = "cuda"

    def label(self) -> str:
        """Name on the screen."""
        names = {"auto": _("GPU if there is one, else CPU"), "cpu": _("CPU"), "cuda": _("GPU")}
        return names[self.value]


class Pattern(Enum):
    """Kinds of motion; the values are those of ``motion.patterns``."""

    STEPS = "steps"
    STEP_AND_RETURN = "step-and-return"
    DRIFT = "drift"
    NOD = "nod"
    SWALLOW = "swallow"
    RANDOM_WALK = "random-walk"

    def label(self) -> str:
        """Name on the screen."""
        return {
            "steps": _("Sudden steps"),
            "step-and-return": _("Steps and returns"),
            "drift": _("Slow drift"),
            "nod": _("Periodic nod"),
            "swallow": _("Swallows"),
            "random-walk": _("Smooth random walk"),
        }[self.value]


class SlabAxis(Enum):
    """Slow phase-encoding direction."""

    AP = "AP"
    LR = "LR"
    SI = "SI"

    def label(self) -> str:
        """Name on the screen."""
        return {
            "AP": _("Front – back (AP)"),
            "LR": _("Left – right (LR)"),
            "SI": _("Head – foot (SI)"),
        }[self.value]


class Ordering(Enum):
    """Order in which k-space is acquired."""

    LINEAR = "linear"
    CENTRIC = "centric"

    def label(self) -> str:
        """Name on the screen."""
        return _("Linear, edge to edge") if self.value == "linear" else _("Centric, centre first")


class Output(Enum):
    """Which part of the complex image is shown."""

    MAGNITUDE = "magnitude"
    REAL = "real"

    def label(self) -> str:
        """Name on the screen."""
        if self.value == "magnitude":
            return _("Magnitude, as a scanner shows it")
        return _("Real part")


class PivotRule(Enum):
    """About which point the head turns."""

    BRAIN = "brain"
    ORIGIN = "origin"
    POINT = "point"

    def label(self) -> str:
        """Name on the screen."""
        return {
            "brain": _("Centre of the brain"),
            "origin": _("Origin of the scanner"),
            "point": _("A point of your own"),
        }[self.value]


class Shown(Enum):
    """What the views show while a motion is previewed."""

    MOVED = "moved"
    STILL = "still"
    DIFFERENCE = "difference"

    def label(self) -> str:
        """Name on the screen."""
        return {
            "moved": _("With motion"),
            "still": _("Without"),
            "difference": _("Difference"),
        }[self.value]


class Training(Enum):
    """What is trained; the values are the shell's commands."""

    FINETUNE = "finetune"
    PRETRAIN = "pretrain"

    def label(self) -> str:
        """Name on the screen."""
        if self.value == "finetune":
            return _("Fine-tune on my ratings")
        return _("Pretrain on synthetic motion")


class Length(Enum):
    """How long a pretraining is."""

    QUICK = "quick"
    NORMAL = "normal"
    LONG = "long"

    @property
    def steps(self) -> int | None:
        """Steps, or None for what the configuration says."""
        return {"quick": 300, "normal": None, "long": 6000}[self.value]

    def label(self) -> str:
        """Name on the screen."""
        return {
            "quick": _("Quick: {steps} steps, to try it").format(steps=self.steps),
            "normal": _("Normal: 1800 steps, or as configured"),
            "long": _("Long: {steps} steps").format(steps=self.steps),
        }[self.value]


_Angle = Annotated[float, WithinRange(0.0, LARGEST_ROTATION_DEG)]
_Shift = Annotated[float, WithinRange(0.0, LARGEST_TRANSLATION_MM)]


@parameterNodeWrapper
class MotionQCParameters:
    """Everything that the user chose; lengths in mm, angles in degrees, world axes RAS."""

    scan: vtkMRMLScalarVolumeNode
    model: str
    site_limits: str
    device: Device = Device.AUTO
    score_new_scans: bool = False

    pattern: Pattern = Pattern.STEPS
    events: Annotated[int, WithinRange(1, MOST_EVENTS)] = 3
    same_for_all_axes: bool = True
    rotation: _Angle = 2.0
    rotation_r: _Angle = 2.0
    rotation_a: _Angle = 2.0
    rotation_s: _Angle = 2.0
    translation: _Shift = 2.0
    translation_r: _Shift = 2.0
    translation_a: _Shift = 2.0
    translation_s: _Shift = 2.0
    at_onset: bool = False
    onset: Annotated[float, WithinRange(0.0, LATEST_ONSET)] = 0.4
    axis: SlabAxis = SlabAxis.AP
    ordering: Ordering = Ordering.LINEAR
    output: Output = Output.MAGNITUDE
    pivot: PivotRule = PivotRule.BRAIN
    pivot_r: float = 0.0
    pivot_a: float = 0.0
    pivot_s: float = 0.0
    seed: Annotated[int, WithinRange(0, LARGEST_SEED), Default(1)] = 1
    shown: Shown = Shown.MOVED

    training: Training = Training.FINETUNE
    base_model: str
    ordinal: bool = False
    training_device: Device = Device.AUTO
    length: Length = Length.NORMAL
