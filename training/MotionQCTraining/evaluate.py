"""How good a model is where it was not trained, by a protocol that was fixed before.

Every scan is moved as the protocol says and conformed after, as a user's scan would be. What has
been made and asked is on disk, so that an evaluation that was stopped goes on, and another model of
the same grid is asked about the very same volumes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from MotionQCLib.atomic_file import write_atomically
from MotionQCLib.errors import InputError
from MotionQCLib.models.bundle import ModelBundle, metadata_path
from MotionQCTraining.card import model_card
from MotionQCTraining.data.provenance import checksums, require_unseen
from MotionQCTraining.data.splits import Part
from MotionQCTraining.evaluation.floor_answers import (
    Sets,
    fitted_floor,
    floor_answers,
    trained_subjects,
    training_volumes,
)
from MotionQCTraining.evaluation.judge import Judge
from MotionQCTraining.evaluation.judged_scans import JudgedScan, make_head
from MotionQCTraining.evaluation.progress import Progress
from MotionQCTraining.evaluation.report import Asked, Report, figures
from MotionQCTraining.evaluation.scored import Scored, load_scored, save_scored
from MotionQCTraining.evaluation.summaries import (
    HELD_OUT,
    agreement_figures,
    by_source,
    own_form,
    predicted_and_true,
)
from MotionQCTraining.evaluation.units import OF_SCANS, SETS, Evaluation, Unit, Units
from MotionQCTraining.judging.calibration_figure import calibration_figure
from MotionQCTraining.ratings.rating_card import rating_section
from MotionQCTraining.running.session import Session

REPORT_NAME, FIGURE_NAME = "evaluation.json", "calibration.png"
_RECORDED = (
    "protocol",
    "model",
    "floor",
    "left_out",
    "held_out",
    "noise",
    "foreign",
    "continuous",
    "still",
    "reference",
    "real",
    "robustness",
    "warnings",
    "aims",
    "calibration",
    "tested",
)


def evaluate(
    bundle: ModelBundle,
    asked: Asked,
    scans: Sequence[JudgedScan],
    output: Path,
    session: Session,
    *,
    data: Path | None,
    volumes: Path | None = None,
) -> Report:
    """Ask a model, and return its figures.

    Parameters
    ----------
    bundle : ModelBundle
        The model.
    asked : Asked
        What it is asked.
    scans : sequence of JudgedScan
        Of whom.
    output : Path
        Run folder of the evaluation: answers, ``evaluation.json``, ``calibration.png``.
    session : Session
        Who is told, and who may stop it.
    data : Path or None
        Folder of the protocol's own scans; None where the scans are others.
    volumes : Path or None
        Where fixed volumes are kept, which several evaluations may share; by default below
        ``output``.

    Raises
    ------
    InputError
        There is nothing to judge it on, the model has seen a scan that it would be judged on, or
        scans cannot be read.
    Stopped
        It was asked to stop; the same call goes on.
    """
    judged = _judged(scans, asked, session)
    sums = _unseen_sums(bundle, judged)
    judge, progress = Judge(bundle), Progress(session)
    folder = (volumes or output / "volumes") / asked.checksum[:12]
    units = Units(asked.protocol, judge, scans, folder, data, progress.tick)
    answers = {name: _answers(output, judge, asked, name) for name in asked.evaluations}
    work = [unit for evaluation in asked.evaluations for unit in units.of(evaluation)]
    progress.begin([unit for unit in work if not _file(answers, unit).exists()])
    scored = [each for unit in work for each in _answered(answers, unit, progress)]
    report = figures(scored, asked)
    if asked.floor:
        report["floor"] = _floor(units, judged, asked, session)
    report["tested"] = _tested(asked, judged, sums)
    report["volumes"] = [_line(each) for each in scored if each.facts.true_mm is not None]
    _write(output, report, scored)
    return report


def require_recordable(path: Path, evaluations: Sequence[Evaluation]) -> None:
    """Make sure, before anything is asked, that its figures can be recorded in a model.

    Raises
    ------
    InputError
        ``model``: it was given by name; shipped ones stay as they are.
        ``incomplete-evaluation``: the figures on held-out subjects would be missing.
    """
    if not path.is_file():
        raise InputError("model", f"{path}: --record needs the model's file; give --model its path")
    if "held-out" not in evaluations:
        raise _incomplete(path)


def record(path: Path, bundle: ModelBundle, report: Report) -> None:
    """Write the figures into a model's metadata, and its card beside it.

    Raises
    ------
    InputError
        ``incomplete-evaluation``: the figures on held-out subjects are missing.
    """
    if "model" not in report:
        raise _incomplete(path)
    kept = {key: report[key] for key in _RECORDED if key in report}
    metadata = replace(bundle.metadata, metrics={**bundle.metadata.metrics, "test": kept})
    write_atomically(metadata_path(path), json.dumps(metadata.to_json(), indent=2) + "\n")
    card = "\n".join([model_card(metadata, report), *rating_section(metadata)])
    write_atomically(path.with_suffix(".md"), card)


def _incomplete(path: Path) -> InputError:
    return InputError(
        "incomplete-evaluation",
        f"{path.name}: an evaluation without figures on held-out subjects is not recorded; run it "
        "with --only held-out too, or without --only",
    )


def _judged(scans: Sequence[JudgedScan], asked: Asked, session: Session) -> list[JudgedScan]:
    """The scans to judge on, heads of label maps synthesised."""
    judged = [scan for scan in scans if scan.judged]
    if not judged:
        raise InputError(
            "no-test-scans",
            "no subject is held out: give --unseen scans, or a configuration whose test share "
            "is above 0",
        )
    for scan in judged:
        if scan.labels and not scan.path.exists():
            session.say(f"synthesising the head of {scan.person}")
        make_head(scan, asked.protocol.head_seed)
    return judged


def _unseen_sums(bundle: ModelBundle, judged: Sequence[JudgedScan]) -> list[str]:
    """Checksums of the scans, none of which the model has seen."""
    rows = [scan.row for scan in judged]
    sums = checksums(rows)
    # Only where a choice between models is made are validation subjects judged on.
    choosing = any(scan.part == "validation" for scan in judged)
    allowed: tuple[Part, ...] = ("validation",) if choosing else ()
    require_unseen(bundle.metadata, rows, sums, allowed)
    return sums


def _answers(output: Path, judge: Judge, asked: Asked, name: Evaluation) -> Path:
    """Where answers to an evaluation are kept, by model and protocol."""
    key = judge.key(of_scans=name in OF_SCANS)
    return output / "answers" / f"{key}_{asked.checksum[:8]}" / name


def _answered(answers: Mapping[Evaluation, Path], unit: Unit, progress: Progress) -> list[Scored]:
    file = _file(answers, unit)
    kept = load_scored(file)
    if kept is not None:
        return kept
    before = progress.done
    progress.unit(unit)
    scored = unit.ask()
    save_scored(file, scored)
    progress.end(unit, before)
    return scored


def _file(answers: Mapping[Evaluation, Path], unit: Unit) -> Path:
    return answers[unit.evaluation] / f"{unit.name}.json"


def _floor(
    units: Units, judged: Sequence[JudgedScan], asked: Asked, session: Session
) -> dict[str, Any]:
    """Fit the floor, and return its figures on the same volumes, by source and evaluation."""
    tick = session.stop.check
    chosen = trained_subjects(units.scans, asked.protocol)
    train: Sets = []
    for number, scan in enumerate(chosen, start=1):
        session.say(f"floor: moving {scan.person} ({number} of {len(chosen)})")
        make_head(scan, asked.protocol.head_seed)
        folder = units.folder_of("floor", scan)
        made = training_volumes(scan, asked.protocol, units.judge.frame, folder, tick)
        train = [*train, ("floor", scan, made)]
    session.say("floor: features of all volumes")
    floor = fitted_floor(train, tick)
    sets = [
        (name, scan, units.fixed(name, scan))
        for name in SETS
        if name in asked.evaluations
        for scan in judged
    ]
    scored = own_form(floor_answers(floor, sets, tick))
    resampling = asked.protocol.resampling
    of = {name: [s for s in scored if s.evaluation == name] for name in SETS}
    found: dict[str, Any] = by_source(of["held-out"], resampling)
    others = {
        name: agreement_figures([s for s in of[name] if s.group == "held out"], resampling)
        for name in ("foreign", "continuous")
        if of[name]
    }
    return found | {f"{name} motion": own for name, own in others.items() if own is not None}


def _tested(asked: Asked, judged: Sequence[JudgedScan], sums: Sequence[str]) -> dict[str, Any]:
    pairs = [*zip(sums, judged, strict=True)]
    return {
        "scans": {checksum: scan.source for checksum, scan in pairs},
        "names": {c: scan.person for c, scan in pairs if scan.source in asked.public},
        "draws": asked.protocol.held_out.draws,
        "seed": asked.protocol.held_out.seed,
    }


def _line(scored: Scored) -> dict[str, Any]:
    return {
        "evaluation": scored.evaluation,
        "person": scored.person,
        "form": scored.facts.form,
        "pattern": scored.facts.pattern,
        "axis": scored.facts.axis,
        "noise": scored.noise,
        "guise": scored.guise,
        "true_mm": scored.facts.true_mm,
        "predicted_mm": scored.answer.predicted_mm,
        "interval_90_mm": [scored.answer.low_mm, scored.answer.high_mm],
    }


def _write(output: Path, report: Report, scored: Sequence[Scored]) -> None:
    write_atomically(output / REPORT_NAME, json.dumps(report, indent=1, allow_nan=False) + "\n")
    shown = own_form(s for s in scored if s.evaluation == "held-out" and s.group == "held out")
    if shown:
        picture = calibration_figure(*predicted_and_true(shown), HELD_OUT.capitalize())
        write_atomically(output / FIGURE_NAME, picture)
