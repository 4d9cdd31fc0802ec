"""The protocol: who and what a model is judged on, written down before it is trained.

It is one file. Its checksum stands in every model card, so that figures of two models are known to
come from the same questions; fixed volumes on disk are named by it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import ClassVar, Literal, get_args

from MotionQCTraining.config_file import load_config
from MotionQCTraining.limits import (
    COUNT,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    SHARE_BETWEEN,
    WHOLE,
    Limit,
    require,
)

Form = Literal["whole", "brain"]
MovedOn = Literal["own", "grid"]
Role = Literal["train", "validation", "test"]
Pattern = Literal["steps", "step-and-return", "swallow", "random-walk", "drift", "nod"]
Variant = Literal[
    "flip LR",
    "flip AP",
    "flip SI",
    "tilt LR",
    "tilt AP",
    "tilt SI",
    "intensity x0.1",
    "intensity x10",
    "8 bit",
    "DICOM",
    "0.9 mm",
    "face removed",
    "neck removed",
]
Misuse = Literal[
    "noise",
    "noise in a head",
    "phantom",
    "inverted contrast",
    "T2-like contrast",
    "thick slices",
    "quarter head",
    "half head",
    "template",
    "binary mask",
    "label map",
]
_SCORES = Limit(
    lambda values: len(values) > 0 and all(value >= 0 for value in values), "mm, 0 or more each"
)


def _all_of(names: object) -> Limit:
    known = get_args(names)
    return Limit(
        lambda given: len(given) > 0 and len(set(given)) == len(given) and set(given) <= set(known),
        f"some of {', '.join(known)}, each once",
    )


@dataclass(frozen=True)
class Source:
    """Scans of one origin.

    Parameters
    ----------
    scan : str
        Where a subject's scan lies below the data folder, with ``{subject}`` in it.
    mask : str
        Where its brain mask lies, likewise; empty where it has none.
    form : {"whole", "brain"}
        Whole heads, or brains extracted by the source.
    moved_on : {"own", "grid"}
        Where motion is simulated: on the scan's own voxels, or on the model's grid, for scans that
        are far larger than a head or were interpolated by their source.
    labels : bool
        Whether these are label maps, from which heads are synthesised.
    train, validation, test : tuples of str
        Subjects by the part that they may have in training. Those of a source that no model is to
        be trained on are all ``test``.
    """

    scan: str
    mask: str = ""
    form: Form = "whole"
    moved_on: MovedOn = "own"
    labels: bool = False
    train: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    test: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = [*self.train, *self.validation, *self.test]
        if len(set(named)) < len(named):
            raise ValueError("a subject is named twice; give every subject one part")
        if len(set(named)) > 1 and "{subject}" not in self.scan:
            raise ValueError(f"scan is {self.scan!r}; put {{subject}} where the subjects differ")


@dataclass(frozen=True)
class Limits:
    """How far motion goes in every evaluation.

    Parameters
    ----------
    score_mm : float
        Largest ``edge`` score. Wanted scores are spread evenly from 0 to it.
    translation_mm, rotation_deg : float
        No component of a pose exceeds these.
    """

    score_mm: float = 4.0
    translation_mm: float = 4.0
    rotation_deg: float = 2.0

    def __post_init__(self) -> None:
        require(self, dict.fromkeys(("score_mm", "translation_mm", "rotation_deg"), POSITIVE))


@dataclass(frozen=True)
class Moves:
    """Moved versions of a scan by patterns of motion.

    Parameters
    ----------
    draws : int
        Moved versions of each scan. Their slab axes take turns, in random order.
    patterns : tuple
        Drawn from; a pattern that cannot reach the wanted score within the limits is drawn again.
    events : tuple of 2 ints
        Range of a pattern's events.
    centric : float
        Share of acquisitions in centric order.
    seed : int
        Seed of the draws; each scan has a stream of its own.
    """

    draws: int
    patterns: tuple[Pattern, ...]
    events: tuple[int, int] = (1, 8)
    centric: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        low, high = self.events
        require(
            self,
            {
                "draws": COUNT,
                "patterns": _all_of(Pattern),
                "events": Limit(lambda _: 1 <= low <= high, "two whole numbers from 1 on"),
                "centric": SHARE,
                "seed": WHOLE,
            },
        )


@dataclass(frozen=True)
class Foreign:
    """Moved versions of a scan by ``torchio.Motion``, its pivot at the head's centre.

    Parameters
    ----------
    draws : int
        Moved versions of each scan.
    movements : tuple of 2 ints
        Range of the number of movements; their times are those of ``torchio.RandomMotion``.
    seed : int
        Seed of the draws.
    """

    draws: int
    movements: tuple[int, int] = (2, 7)
    seed: int = 0

    def __post_init__(self) -> None:
        low, high = self.movements
        require(
            self,
            {
                "draws": COUNT,
                "movements": Limit(lambda _: 1 <= low <= high, "two whole numbers from 1 on"),
                "seed": WHOLE,
            },
        )


@dataclass(frozen=True)
class Noise:
    """Noise added after the motion to some of the held-out volumes.

    Parameters
    ----------
    deviations : tuple of float
        Standard deviation of Rician noise, in proportion to the brain's brightest.
    volumes : int
        How many of a scan's volumes: the still one, and moved ones from the least moved on.
    seed : int
        Seed of the noise.
    """

    deviations: tuple[float, ...]
    volumes: int
    seed: int = 0

    def __post_init__(self) -> None:
        require(self, {"deviations": _SCORES, "volumes": COUNT, "seed": WHOLE})


@dataclass(frozen=True)
class Still:
    """Still scans interpolated once, against themselves.

    Parameters
    ----------
    draws : int
        Displaced versions of each scan.
    displacement_mm, displacement_deg : float
        Largest components of the rigid displacement.
    seed : int
        Seed of the displacements.
    """

    draws: int
    displacement_mm: float
    displacement_deg: float
    seed: int = 0

    def __post_init__(self) -> None:
        sizes = dict.fromkeys(("displacement_mm", "displacement_deg"), NOT_NEGATIVE)
        require(self, {"draws": COUNT, "seed": WHOLE, **sizes})


@dataclass(frozen=True)
class RealScans:
    """One person's scans lying still and moving. They judge, and never select anything.

    Parameters
    ----------
    source : str
        Whose name the figures bear.
    scans : dict
        Where each scan lies below the data folder, by form (``whole``, ``brain``) and name:
        ``still``, and all others moved.
    """

    source: str
    scans: dict[str, dict[str, str]]

    def __post_init__(self) -> None:
        for form, scans in self.scans.items():
            if "still" not in scans or len(scans) < 2:
                raise ValueError(f"scans.{form} is {[*scans]}; give 'still' and a moved one")


@dataclass(frozen=True)
class Robustness:
    """The same scan in another guise.

    Parameters
    ----------
    variants : tuple
        The guises.
    subjects : tuple of str
        Which test subjects, ``source/subject``.
    scores_mm : tuple of float
        Each is seen with these scores: 0 is the scan as it is.
    tilt_deg : float
        Angle of re-orientation in the header about each axis.
    tolerance_mm : float
        What the score's median change may be.
    seed : int
        Seed of the motions and of what a guise draws.
    """

    variants: tuple[Variant, ...]
    subjects: tuple[str, ...]
    scores_mm: tuple[float, ...]
    tilt_deg: float = 5.0
    tolerance_mm: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        require(
            self,
            {
                "variants": _all_of(Variant),
                "scores_mm": _SCORES,
                "tilt_deg": POSITIVE,
                "tolerance_mm": POSITIVE,
                "seed": WHOLE,
            },
        )


@dataclass(frozen=True)
class Warned:
    """Deliberate misuses, which are to be flagged, and good scans, which are not.

    Parameters
    ----------
    misuses : tuple
        Kinds of misuse.
    each : int
        Instances of a kind, where it has more than one.
    informing : tuple of str
        Codes of warnings that inform and do not flag.
    flagged, false_alarms : float
        Least share of misuses flagged, largest share of good scans flagged.
    seed : int
        Seed of what a misuse draws.
    """

    misuses: tuple[Misuse, ...]
    each: int
    informing: tuple[str, ...]
    flagged: float = 0.95
    false_alarms: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        require(
            self,
            {
                "misuses": _all_of(Misuse),
                "each": COUNT,
                "flagged": SHARE,
                "false_alarms": SHARE,
                "seed": WHOLE,
            },
        )


@dataclass(frozen=True)
class Floor:
    """The ridge regression that every row is compared with.

    Parameters
    ----------
    draws : int
        Moved versions of every subject trained on.
    subjects : int
        At most this many subjects of a source.
    seed : int
        Seed of the draws.
    """

    draws: int
    subjects: int
    seed: int = 0

    def __post_init__(self) -> None:
        require(self, {"draws": COUNT, "subjects": COUNT, "seed": WHOLE})


@dataclass(frozen=True)
class Resampling:
    """The bootstrap over subjects that gives every figure its interval.

    Parameters
    ----------
    rounds : int
        How often.
    level : float
        Level of the interval.
    seed : int
        Seed of the resampling.
    """

    rounds: int = 2000
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        require(self, {"rounds": COUNT, "level": SHARE_BETWEEN, "seed": WHOLE})


@dataclass(frozen=True)
class Aims:
    """What a model is to reach; figures are told beside them.

    Parameters
    ----------
    held_out_r2, left_out_r2 : float
        Least R² on held-out subjects, and on each source left out of training.
    foreign_r2_correlation : float
        Least squared correlation on TorchIO's motion.
    still_mm : float
        Largest mean score of a source's still scans.
    coverage : tuple of 2 floats
        Range of the 90 % interval's coverage on held-out subjects.
    """

    held_out_r2: float = 0.9
    left_out_r2: float = 0.8
    foreign_r2_correlation: float = 0.85
    still_mm: float = 0.3
    coverage: tuple[float, float] = (0.88, 0.92)


@dataclass(frozen=True)
class Protocol:
    """All evaluations of a model.

    Parameters
    ----------
    sources : dict
        Scans by source.
    held_out : Moves
        Motion of held-out and left-out scans alike.
    continuous : Moves
        Continuous motion unlike what is trained on.
    ablation : tuple of str
        Names of the short runs that show what helps; :mod:`.ablation` says how they differ.
    head_seed : int
        Seed of the heads synthesised from label maps.
    """

    STAGE: ClassVar[str] = "protocol"

    sources: dict[str, Source]
    held_out: Moves
    foreign: Foreign
    continuous: Moves
    noise: Noise
    still: Still
    real: RealScans
    robustness: Robustness
    warnings: Warned
    floor: Floor
    ablation: tuple[str, ...]
    limits: Limits = field(default_factory=Limits)
    resampling: Resampling = field(default_factory=Resampling)
    aims: Aims = field(default_factory=Aims)
    head_seed: int = 0

    def __post_init__(self) -> None:
        tested = {f"{name}/{s}" for name, source in self.sources.items() for s in source.test}
        strange = sorted(set(self.robustness.subjects) - tested)
        if strange:
            raise ValueError(
                f"robustness.subjects names {', '.join(strange)}; give test subjects of sources"
            )
        if not tested:
            raise ValueError("sources has no test subject; name those held out")


def load_protocol(name_or_path: str) -> tuple[Protocol, str]:
    """Return a protocol and the SHA-256 of its file.

    Parameters
    ----------
    name_or_path : str
        A preset that has a protocol, or a YAML file.

    Raises
    ------
    InputError
        ``config``: there is no such preset or file, or it is at fault.
    """
    protocol = load_config(name_or_path, Protocol)
    preset = resources.files("MotionQCTraining") / "presets" / name_or_path / "protocol.yaml"
    file = preset if preset.is_file() else Path(name_or_path)
    return protocol, hashlib.sha256(file.read_bytes()).hexdigest()
