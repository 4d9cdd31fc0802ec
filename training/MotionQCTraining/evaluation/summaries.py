"""From answers to figures: agreement, coverage, order, drift under guises, flags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCTraining.evaluation.protocol import Protocol, Resampling
from MotionQCTraining.evaluation.scored import Scored
from MotionQCTraining.judging.bootstrap import Figure, subject_intervals
from MotionQCTraining.judging.calibration_figure import calibration_curve
from MotionQCTraining.judging.metrics import MOVED_MM, agreement, pair_order

HELD_OUT = "held-out subjects"
"""The row of all people held out from sources that were trained on."""

Figures = dict[str, Any]


def agreement_figures(scored: Sequence[Scored], resampling: Resampling) -> Figures | None:
    """Return how answers agree with the truth; None where there is nothing to compare.

    Figures are ``persons``, ``volumes``, those of :func:`.agreement`, ``still_below_moved``,
    ``still_mean_mm``, ``still_mm`` (empty for synthesised heads), ``interval_coverage`` (None where
    there are no intervals) and ``intervals``: the bootstrap's ends over subjects, of R², MAE and
    coverage.
    """
    known = [each for each in scored if each.facts.true_mm is not None and _answered(each)]
    predicted, true = predicted_and_true(known)
    if len(known) < 2 or np.ptp(true) == 0:
        return None
    persons = [each.person for each in known]
    scans = [f"{each.person}/{each.scan}" for each in known]
    covered = np.array([each.covered for each in known], float)
    has_intervals = any(each.answer.high_mm > 0 for each in known)
    figures: dict[str, Figure] = {
        "r2": lambda chosen: _r2(predicted[chosen], true[chosen]),
        "mae_mm": lambda chosen: float(np.abs(predicted[chosen] - true[chosen]).mean()),
    }
    if has_intervals:
        figures["interval_coverage"] = lambda chosen: float(covered[chosen].mean())
    still = predicted[true == 0]
    return {
        "persons": len(set(persons)),
        "volumes": len(known),
        **agreement(predicted, true),
        "still_below_moved": pair_order(predicted, true, scans, MOVED_MM),
        "still_mean_mm": float(still.mean()) if still.size else None,
        # Programs show behind a user's score what unmodified scans of people score.
        "still_mm": (
            [] if all(each.synthesised for each in known) else np.sort(still).round(3).tolist()
        ),
        "interval_coverage": float(covered.mean()) if has_intervals else None,
        "intervals": subject_intervals(
            figures,
            persons,
            rounds=resampling.rounds,
            level=resampling.level,
            seed=resampling.seed,
        ),
    }


def by_source(scored: Sequence[Scored], resampling: Resampling) -> dict[str, Figures]:
    """Return figures of every source, and of all held-out subjects of sources trained on."""
    groups = _grouped(scored, lambda each: each.source)
    groups[HELD_OUT] = [each for each in scored if each.group == "held out"]
    return _figures(groups, resampling)


def by(
    scored: Sequence[Scored], key: Callable[[Scored], str], resampling: Resampling
) -> dict[str, Figures]:
    """Return figures by a property, of held-out, left-out and synthesised subjects apart."""
    groups = _grouped(scored, lambda each: f"{each.group}, {key(each)}")
    return _figures(dict(sorted(groups.items())), resampling)


def own_form(scored: Iterable[Scored]) -> list[Scored]:
    """Return the answers for scans as their sources give them: no brains cut out of heads."""
    scored = list(scored)
    whole = {each.person for each in scored if each.facts.form == "whole"}
    return [each for each in scored if each.facts.form == "whole" or each.person not in whole]


def both_forms(scored: Iterable[Scored]) -> list[Scored]:
    """Return the answers for whole heads and for the brains cut out of them."""
    scored = list(scored)
    whole = {each.person for each in scored if each.facts.form == "whole"}
    cut = {each.person for each in scored if each.facts.form == "brain"} & whole
    return [each for each in scored if each.person in cut]


def curve(scored: Sequence[Scored], top_mm: float) -> list[Figures]:
    """Return the calibration curve of answers whose truth is known."""
    return calibration_curve(*predicted_and_true(scored), top_mm=top_mm)


def predicted_and_true(
    scored: Iterable[Scored],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return predicted and true scores ``(N,)`` of those answers that have both, mm."""
    pairs = [
        (each.answer.predicted_mm, each.facts.true_mm)
        for each in scored
        if each.facts.true_mm is not None and _answered(each)
    ]
    predicted, true = np.array(pairs, float).reshape(-1, 2).T
    return predicted, true


def still_figures(scored: Sequence[Scored]) -> dict[str, Figures]:
    """Return by source what interpolating a still scan once does to its score, mm."""
    figures = {}
    for source, own in _grouped(scored, lambda each: each.source).items():
        as_it_is = {(s.person, s.scan): _mm(s) for s in own if s.facts.pattern == "still"}
        moved = [((s.person, s.scan), _mm(s)) for s in own if s.facts.pattern == "displaced"]
        change = np.array([score - as_it_is[scan] for scan, score in moved])
        figures[source] = {
            "persons": len({person for person, _ in as_it_is}),
            "still_mean_mm": float(np.mean([*as_it_is.values()])),
            "displaced_mean_mm": float(np.mean([score for _, score in moved])),
            "median_change_mm": float(np.median(change)),
            "largest_change_mm": float(np.abs(change).max()),
        }
    return figures


def reference_figures(scored: Sequence[Scored]) -> dict[str, Figures]:
    """Return scores of unmodified scans by source, of subjects trained on and of others apart."""
    figures: dict[str, Figures] = {}
    answered = filter(_answered, scored)
    for source, own in _grouped(answered, lambda each: each.source).items():
        seen = [_mm(s) for s in own if s.part != "test" and not s.left_out]
        unseen = [_mm(s) for s in own if s.part == "test" or s.left_out]
        figures[source] = {
            "scans": len(unseen),
            "mean_mm": float(np.mean(unseen)) if unseen else None,
            "scores_mm": np.sort(unseen).round(3).tolist(),
            "seen_scans": len(seen),
            "seen_mean_mm": float(np.mean(seen)) if seen else None,
            "seen_scores_mm": np.sort(seen).round(3).tolist(),
        }
    return figures


def real_figures(scored: Sequence[Scored]) -> dict[str, Figures]:
    """Return by form the scores of really still and moved scans, and whether they are in order.

    A scan that was refused has None for a score, and is in no order.
    """
    figures = {}
    for form, own in _grouped(scored, lambda each: each.facts.form).items():
        scores = {each.guise: _mm(each) for each in own}
        moved = [score for name, score in scores.items() if name != "still"]
        figures[form] = {
            "scores_mm": {
                each.guise: round(_mm(each), 3) if _answered(each) else None for each in own
            },
            # Unlike Python's, NumPy's minimum is NaN wherever a refused scan stands.
            "in_order": bool(np.min(moved) > scores["still"]),
        }
    return figures


def robustness_figures(scored: Sequence[Scored], protocol: Protocol) -> dict[str, Figures]:
    """Return by guise how far it moves the score, mm, where the scan as it is has one too."""

    def volume(of: Scored) -> tuple[str, str, float | None]:
        return of.person, of.scan, of.facts.true_mm

    answered = [each for each in scored if _answered(each)]
    plain = {volume(each): _mm(each) for each in answered if not each.guise}
    figures = {}
    disguised = [each for each in scored if each.guise]
    for guise, own in _grouped(disguised, lambda each: each.guise).items():
        change = np.array(
            [_mm(s) - plain[volume(s)] for s in own if _answered(s) and volume(s) in plain]
        )
        median = float(np.median(np.abs(change))) if change.size else None
        figures[guise] = {
            "persons": len({each.person for each in own}),
            "volumes": len(own),
            "median_change_mm": float(np.median(change)) if change.size else None,
            "median_size_mm": median,
            "largest_size_mm": float(np.abs(change).max()) if change.size else None,
            "refused": sum(not _answered(each) for each in own),
            "within_tolerance": (median is not None and median <= protocol.robustness.tolerance_mm),
        }
    return figures


def warning_figures(
    misused: Sequence[Scored], good: Sequence[Scored], protocol: Protocol
) -> Figures:
    """Return the share of misuses flagged, by kind, and of good scans, by source."""
    informing = set(protocol.warnings.informing)
    kinds = _grouped(misused, lambda each: each.guise)
    sources = _grouped(good, lambda each: each.source)
    return {
        "misuses": {kind: _flags(own, informing) for kind, own in kinds.items()},
        "all misuses": _flags(misused, informing),
        "good": {source: _flags(own, informing) for source, own in sources.items()},
        "all good": _flags(good, informing),
        "good of left-out sources": _flags([s for s in good if s.left_out], informing),
    }


def aims(report: Figures, protocol: Protocol) -> list[Figures]:
    """Return what was aimed at and what was found, as far as it was evaluated."""
    wanted, found = protocol.aims, []

    def add(aim: str, value: float | None, least: float | None, most: float | None) -> None:
        if value is not None:
            met = (least is None or value >= least) and (most is None or value <= most)
            found.append(
                {"aim": aim, "found": value, "least": least, "most": most, "met": bool(met)}
            )

    model = report.get("model", {})
    held_out = model.get(HELD_OUT, {})
    add("R² on held-out subjects", held_out.get("r2"), wanted.held_out_r2, None)
    low, high = wanted.coverage
    coverage = held_out.get("interval_coverage")
    add("coverage of the 90 % interval on held-out subjects", coverage, low, high)
    for source in report.get("left_out", []):
        r2 = model.get(source, {}).get("r2")
        add(f"R² on {source}, left out", r2, wanted.left_out_r2, None)
    for source, figures in model.items():
        if source != HELD_OUT:
            still = figures["still_mean_mm"]
            add(f"mean score of still scans of {source} (mm)", still, None, wanted.still_mm)
    foreign = report.get("foreign", {}).get(HELD_OUT, {}).get("r2_correlation")
    least = wanted.foreign_r2_correlation
    add("squared correlation on TorchIO's motion, held-out subjects", foreign, least, None)
    for form, figures in report.get("real", {}).items():
        add(f"really moved above still, {form}", float(figures["in_order"]), 1.0, None)
    tolerance = protocol.robustness.tolerance_mm
    for guise, figures in report.get("robustness", {}).items():
        size = figures["median_size_mm"]
        add(f"median change of the score, {guise} (mm)", size, None, tolerance)
    flags = report.get("warnings", {})
    add("misuses flagged", _share(flags, "all misuses"), protocol.warnings.flagged, None)
    most = protocol.warnings.false_alarms
    add("good scans flagged", _share(flags, "all good"), None, most)
    left_out = _share(flags, "good of left-out sources")
    add("good scans of left-out sources flagged", left_out, None, most)
    return found


def _share(flags: Figures, name: str) -> float | None:
    share: float | None = flags.get(name, {}).get("share")
    return share


def _flags(scored: Sequence[Scored], informing: set[str]) -> Figures:
    raised = [[code for code in s.answer.codes if code not in informing] for s in scored]
    codes = [code for own in raised for code in own]
    return {
        "scans": len(raised),
        "flagged": sum(map(bool, raised)),
        "share": float(np.mean([*map(bool, raised)])) if raised else None,
        "codes": {code: codes.count(code) for code in sorted(set(codes))},
    }


def _grouped(scored: Iterable[Scored], key: Callable[[Scored], str]) -> dict[str, list[Scored]]:
    groups: dict[str, list[Scored]] = {}
    for each in scored:
        groups.setdefault(key(each), []).append(each)
    return groups


def _figures(groups: dict[str, list[Scored]], resampling: Resampling) -> dict[str, Figures]:
    found = {name: agreement_figures(own, resampling) for name, own in groups.items()}
    return {name: figures for name, figures in found.items() if figures is not None}


def _r2(predicted: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    total = float(((true - true.mean()) ** 2).sum())
    return 1.0 - float(((true - predicted) ** 2).sum()) / total if total else float("nan")


def _answered(scored: Scored) -> bool:
    return scored.answer.predicted_mm is not None


def _mm(scored: Scored) -> float:
    return float("nan") if scored.answer.predicted_mm is None else scored.answer.predicted_mm
