"""Pieces of an evaluation: each asks the model about one scan, or one kind of misuse, and is kept.

An evaluation may be stopped after every volume; a piece that is complete is not asked again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from MotionQCLib.checksum import file_sha256
from MotionQCLib.scan import Scan, read_scan
from MotionQCTraining.evaluation.fixed_volumes import Facts, FixedVolume, Volume, fixed_volumes
from MotionQCTraining.evaluation.guises import Disguised, as_stored, disguise
from MotionQCTraining.evaluation.judge import Judge
from MotionQCTraining.evaluation.judged_scans import JudgedScan
from MotionQCTraining.evaluation.limited_motion import balanced_axes, draw_motion
from MotionQCTraining.evaluation.misuses import Good, instances, misused
from MotionQCTraining.evaluation.moved_sets import (
    displaced_set,
    foreign_set,
    moved_set,
    stream,
)
from MotionQCTraining.evaluation.protocol import Misuse, Protocol
from MotionQCTraining.evaluation.resting_head import RestingHead, rest
from MotionQCTraining.evaluation.scored import Scored, scored_of
from MotionQCTraining.synthesis.rician import with_noise

Evaluation = Literal[
    "held-out",
    "noise",
    "foreign",
    "continuous",
    "still",
    "as-is",
    "real",
    "robustness",
    "warnings",
]
SETS: tuple[Evaluation, ...] = ("held-out", "foreign", "continuous", "still")
"""Evaluations whose volumes are kept on disk, and on which the floor is judged as well."""
OF_SCANS: tuple[Evaluation, ...] = ("as-is", "real", "robustness", "warnings")
"""Evaluations that ask about scans rather than about volumes on the model's grid."""
_OWN_ROBUST_SUBJECTS = 4

Tick = Callable[[], None]
"""Called after every volume; raises where the evaluation is to stop."""


@dataclass(frozen=True)
class Unit:
    """A piece of an evaluation.

    Parameters
    ----------
    evaluation : str
        Which.
    name : str
        Names its file, unique in the evaluation.
    volumes : int
        How many volumes it takes, for the time left.
    ask : callable
        Asks the model.
    """

    evaluation: Evaluation
    name: str
    volumes: int
    ask: Callable[[], list[Scored]]


class Units:
    """Makes the pieces of all evaluations.

    Parameters
    ----------
    protocol : Protocol
        What is asked.
    judge : Judge
        Who answers.
    scans : sequence of JudgedScan
        Of whom.
    folder : Path
        Where fixed volumes are kept; of this protocol alone.
    data : Path or None
        Folder of the protocol's scans; None where scans are one's own, and the protocol's real and
        misused ones are not at hand.
    tick : callable
        Called after every volume.
    """

    def __init__(
        self,
        protocol: Protocol,
        judge: Judge,
        scans: Sequence[JudgedScan],
        folder: Path,
        data: Path | None,
        tick: Tick,
    ) -> None:
        self.protocol, self.judge, self.scans = protocol, judge, scans
        self.judged = [scan for scan in scans if scan.judged]
        self._folder, self._data, self._tick = folder, data, tick

    def of(self, evaluation: Evaluation) -> list[Unit]:
        """Return the pieces of one evaluation."""
        makers: dict[Evaluation, Callable[[], list[Unit]]] = {
            "noise": self._noise,
            "as-is": self._as_is,
            "real": self._real,
            "robustness": self._robustness,
            "warnings": self._warnings,
        }
        return makers[evaluation]() if evaluation in makers else self._sets(evaluation)

    def fixed(self, evaluation: Evaluation, scan: JudgedScan) -> list[FixedVolume]:
        """Return a scan's volumes of an evaluation of :data:`SETS`, made now if need be."""
        protocol, frame = self.protocol, self.judge.frame
        makers: dict[Evaluation, Callable[[], Iterable[tuple[Volume, Facts]]]] = {
            "held-out": partial(
                moved_set, scan, protocol, protocol.held_out, frame, both_forms=True
            ),
            "continuous": partial(
                moved_set, scan, protocol, protocol.continuous, frame, both_forms=False
            ),
            "foreign": partial(foreign_set, scan, protocol, frame),
            "still": partial(displaced_set, scan, protocol, frame),
        }
        return fixed_volumes(self.folder_of(evaluation, scan), makers[evaluation], self._tick)

    def folder_of(self, name: str, scan: JudgedScan) -> Path:
        """Return where a scan's volumes of a set are kept."""
        grid = "x".join(map(str, self.judge.frame.grid))
        folder = self._folder / f"{grid}_{self.judge.frame.spacing_mm:g}mm" / name
        return folder / _name(scan)

    def _sets(self, evaluation: Evaluation) -> list[Unit]:
        protocol = self.protocol
        draws = {
            "held-out": protocol.held_out.draws + 1,
            "foreign": protocol.foreign.draws,
            "continuous": protocol.continuous.draws,
            "still": protocol.still.draws + 1,
        }[evaluation]
        return [
            Unit(
                evaluation,
                _name(scan),
                draws * (2 if evaluation == "held-out" and scan.mask else 1),
                partial(self._ask_set, evaluation, scan),
            )
            for scan in self.judged
        ]

    def _ask_set(self, evaluation: Evaluation, scan: JudgedScan) -> list[Scored]:
        return [
            self._of_volume(evaluation, scan, fixed.load(), fixed.facts)
            for fixed in self.fixed(evaluation, scan)
        ]

    def _noise(self) -> list[Unit]:
        noise = self.protocol.noise
        count = noise.volumes * len(noise.deviations)
        return [
            Unit("noise", _name(scan), count, partial(self._ask_noise, scan))
            for scan in self.judged
        ]

    def _ask_noise(self, scan: JudgedScan) -> list[Scored]:
        """Ask about the still volume and moved ones evenly over the scores, each with noise."""
        noise, rng = self.protocol.noise, stream(self.protocol.noise.seed, scan)
        fixed = self.fixed("held-out", scan)
        own = sorted(
            (each for each in fixed if each.facts.form == fixed[0].facts.form),
            key=lambda each: each.facts.true_mm or 0.0,
        )
        chosen = np.unique(np.linspace(0, len(own) - 1, noise.volumes).round().astype(int))
        scored = []
        for deviation in noise.deviations:
            for each in (own[n] for n in chosen):
                noisy = with_noise(rng, each.load(), deviation)
                found = self._of_volume("noise", scan, noisy, each.facts)
                scored.append(replace(found, noise=deviation))
        return scored

    def _as_is(self) -> list[Unit]:
        at_hand = [scan for scan in self.scans if scan.labels is None or scan.judged]
        return [Unit("as-is", _name(s), 1, partial(self._ask_as_is, s)) for s in at_hand]

    def _ask_as_is(self, judged: JudgedScan) -> list[Scored]:
        scan = read_scan(judged.path)
        # How still these people lay is not known.
        return [self._of_scan("as-is", judged, scan, Facts(None, judged.form or ""))]

    def _real(self) -> list[Unit]:
        real, data = self.protocol.real, self._data
        if data is None:
            return []
        return [
            Unit("real", form, len(scans), partial(self._ask_real, form, data))
            for form, scans in real.scans.items()
        ]

    def _ask_real(self, form: str, data: Path) -> list[Scored]:
        real = self.protocol.real
        scored = []
        for name, path in real.scans[form].items():
            answer = self.judge.scan(read_scan(data / path))
            self._tick()
            facts = Facts(None, form, "unknown")
            subject = Path(path).name.split("_")[0]
            scan = Path(path).name.partition(".")[0]
            scored.append(
                Scored("real", real.source, subject, scan, True, facts, answer, guise=name)
            )
        return scored

    def _robustness(self) -> list[Unit]:
        robustness = self.protocol.robustness
        named = [scan for scan in self.judged if scan.person in robustness.subjects]
        if self._data is None:
            named = self.judged[:_OWN_ROBUST_SUBJECTS]
        count = len(robustness.scores_mm) * (1 + len(robustness.variants))
        return [
            Unit("robustness", _name(scan), count, partial(self._ask_robustness, scan))
            for scan in named
        ]

    def _ask_robustness(self, judged: JudgedScan) -> list[Scored]:
        robustness = self.protocol.robustness
        head, rng = rest(judged, self.judge.frame), stream(robustness.seed, judged)
        scored = []
        for scan, facts in self._bases(head, rng):
            plain = as_stored(scan)
            scored.append(self._of_scan("robustness", judged, plain, facts))
            of = Disguised(
                plain,
                head.mask,
                face=judged.labels is not None,
                neck=head.form == "whole",
                tilt_deg=robustness.tilt_deg,
            )
            for variant in filter(of.has, robustness.variants):
                found = self._of_scan("robustness", judged, disguise(variant, of), facts)
                scored.append(replace(found, guise=variant))
        return scored

    def _bases(self, head: RestingHead, rng: np.random.Generator) -> Iterator[tuple[Scan, Facts]]:
        """The head with every score that guises are seen with."""
        protocol = self.protocol
        for wanted in protocol.robustness.scores_mm:
            if wanted == 0:
                yield head.scan, Facts(0.0, head.form)
                continue
            (axis,) = balanced_axes(rng, 1)
            motion = draw_motion(rng, protocol.held_out, protocol.limits, wanted, axis, head)
            facts = Facts(motion.score_mm, head.form, motion.pattern, axis)
            yield head.moved(motion.trajectory), facts

    def _warnings(self) -> list[Unit]:
        made_of = [scan for scan in self.judged if scan.labels is not None]
        if not made_of:
            return []
        warned = self.protocol.warnings
        return [
            Unit(
                "warnings",
                misuse,
                instances(misuse, warned.each),
                partial(self._ask_warnings, misuse, made_of),
            )
            for misuse in warned.misuses
        ]

    def _ask_warnings(self, misuse: Misuse, made_of: Sequence[JudgedScan]) -> list[Scored]:
        warned = self.protocol.warnings
        scored = []
        for number in range(instances(misuse, warned.each)):
            judged = made_of[number % len(made_of)]
            assert judged.labels is not None
            head = rest(judged, self.judge.frame)
            assert head.mask is not None
            good = Good(head.scan, head.mask, read_scan(judged.labels))
            rng = np.random.default_rng((warned.seed, number, *misuse.encode()))
            scan = misused(misuse, number, good, rng)
            if scan is not None:
                found = self._of_scan("warnings", judged, scan, Facts(None, "", "none"))
                scored.append(replace(found, guise=misuse))
        return scored

    def _of_volume(
        self, evaluation: Evaluation, scan: JudgedScan, volume: Volume, facts: Facts
    ) -> Scored:
        answer = self.judge.volume(volume)
        self._tick()
        label = self.judge.bundle.metadata.label
        return scored_of(evaluation, scan, facts.by(label), answer)

    def _of_scan(
        self, evaluation: Evaluation, judged: JudgedScan, scan: Scan, facts: Facts
    ) -> Scored:
        answer = self.judge.scan(scan)
        self._tick()
        return scored_of(evaluation, judged, facts, answer)


def _name(scan: JudgedScan) -> str:
    """A file name; two sessions of a subject may have scans of one name."""
    return f"{scan.source}_{scan.subject}_{scan.name}_{_fingerprint(scan)}"


def _fingerprint(scan: JudgedScan) -> str:
    """Of the files that a scan's volumes are made from."""
    digest = hashlib.sha256()
    for path in (scan.path, scan.mask):
        if path is not None:
            files = sorted(path.rglob("*")) if path.is_dir() else [path]
            for file in filter(Path.is_file, files):
                digest.update(file_sha256(file).encode())
    return digest.hexdigest()[:8]
