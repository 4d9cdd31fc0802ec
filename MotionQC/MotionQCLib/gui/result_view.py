"""A result on the screen: the number large, what it means in words, what to beware of."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.scoring.plain_words import sentence
from MotionQCLib.scoring.result import RESEARCH_USE, interval_text, mm_text


class ResultView:
    """The labels of the result.

    Parameters
    ----------
    ui : namespace
        The widgets by name.
    """

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self.clear()

    def clear(self) -> None:
        """Show no result."""
        self._ui.resultFrame.visible = False

    def show(
        self, name: str, result: Mapping[str, Any], recipe: Mapping[str, Any] | None = None
    ) -> None:
        """Show the JSON form of a result; with a recipe, the truth beside it."""
        ui = self._ui
        model, score = result["model"], mm_text(result["motion_score_mm"])
        ui.resultTitle.text = name
        ui.scoreValue.text = f"{score} mm"
        ui.intervalLabel.text = _("90 % interval {interval} mm, calibrated on {on}").format(
            interval=interval_text(result["interval_90_mm"]),
            on=result["interval"]["calibrated_on"],
        )
        ui.classLabel.text = _classes(result)
        ui.sentenceLabel.text = sentence(result)
        ui.truthLabel.visible = recipe is not None
        if recipe is not None:
            truth = recipe["scores"].get(model["label"])
            ui.truthLabel.text = _(
                "Motion put in: {truth:.2f} mm (“{label}”); predicted: {score} mm."
            ).format(truth=truth, label=model["label"], score=score)
        warnings = [item["message"] for item in result["warnings"]]
        ui.warningsLabel.visible = bool(warnings)
        ui.warningsLabel.text = "".join(f"<p>⚠ {html.escape(text)}</p>" for text in warnings)
        ui.provenanceLabel.text = _("Model {model}, score “{label}”, {runtime}. {notice}").format(
            model=model["name"],
            label=model["label"],
            runtime=result["runtime"],
            notice=RESEARCH_USE,
        )
        ui.resultFrame.visible = True


def _classes(result: Mapping[str, Any]) -> str:
    qc = result["qc"]
    shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in qc["probability"].items())
    basis = {
        "score": _("by the score"),
        "ratings": _("by human ratings"),
        "site limits": _("by the site's own limits"),
    }[qc["basis"]]
    return f"<b>{html.escape(qc['class'])}</b> ({html.escape(shares)}; {basis})"
