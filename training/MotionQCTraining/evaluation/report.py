"""The report of an evaluation: every figure that its answers give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from MotionQCLib import __version__
from MotionQCTraining.config import PublicSite
from MotionQCTraining.evaluation.protocol import Protocol
from MotionQCTraining.evaluation.scored import Scored
from MotionQCTraining.evaluation.summaries import (
    HELD_OUT,
    aims,
    both_forms,
    by,
    by_source,
    curve,
    own_form,
    real_figures,
    reference_figures,
    robustness_figures,
    still_figures,
    warning_figures,
)
from MotionQCTraining.evaluation.units import Evaluation

Report = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What is asked of a model.

    Parameters
    ----------
    protocol : Protocol
        The protocol.
    name, checksum : str
        Its name, and the SHA-256 of its file.
    evaluations : tuple
        Which of its evaluations.
    floor : bool
        Whether the floor is judged too.
    public : dict
        Sources that anyone can get: their subjects are named.
    """

    protocol: Protocol
    name: str
    checksum: str
    evaluations: tuple[Evaluation, ...]
    floor: bool
    public: dict[str, PublicSite]


def figures(scored: Sequence[Scored], asked: Asked) -> Report:
    """Return all figures of some answers; of evaluations that were not asked there are none."""
    protocol, resampling = asked.protocol, asked.protocol.resampling
    of = {name: [s for s in scored if s.evaluation == name] for name in asked.evaluations}
    held_out = own_form(of.get("held-out", []))
    report: Report = {
        "protocol": {"name": asked.name, "sha256": asked.checksum, "motionqc": __version__},
        "left_out": sorted({s.source for s in scored if s.left_out and s.evaluation != "real"}),
    }
    if held_out:
        pairs = both_forms(of["held-out"])
        moved = [s for s in held_out if s.facts.axis]
        report["model"] = by_source(held_out, resampling)
        report["held_out"] = {
            "slab axis": by(moved, lambda s: s.facts.axis, resampling),
            "pattern": by(moved, lambda s: s.facts.pattern, resampling),
            "form": by(pairs, lambda s: s.facts.form, resampling),
        }
        report["calibration"] = {
            HELD_OUT: curve(
                [s for s in held_out if s.group == "held out"], protocol.limits.score_mm
            ),
            "left-out sources": curve(
                [s for s in held_out if s.group == "left out"], protocol.limits.score_mm
            ),
        }
    if of.get("noise"):
        report["noise"] = by(of["noise"], lambda s: f"noise {s.noise:g}", resampling)
    for name in ("foreign", "continuous"):
        if of.get(name):
            report[name] = by_source(of[name], resampling)
    if of.get("still"):
        report["still"] = still_figures(of["still"])
    if of.get("as-is"):
        report["reference"] = reference_figures(of["as-is"])
    if of.get("real"):
        report["real"] = real_figures(of["real"])
    if of.get("robustness"):
        report["robustness"] = robustness_figures(of["robustness"], protocol)
    if of.get("warnings"):
        moved_too = [s for s in of.get("robustness", []) if not s.guise]
        good = [*of.get("as-is", []), *moved_too]
        report["warnings"] = warning_figures(of["warnings"], good, protocol)
    report["aims"] = aims(report, protocol)
    return report
