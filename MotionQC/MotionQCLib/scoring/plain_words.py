"""A result in one or two plain sentences that describe and do not decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from MotionQCLib.scoring.result import LARGEST_SCORE_MM, place_text

_SMALL_MM, _WIDE_MM = 0.5, 2.0


def sentence(result: Mapping[str, Any]) -> str:
    """Describe the JSON form of a result (``Result.to_json``) for a reader.

    It says what the number means and how sure it is; what to do about it is the reader's decision.
    """
    score = result["motion_score_mm"]
    low, high = result["interval_90_mm"]
    if score > LARGEST_SCORE_MM:
        size = (
            f"as after gross head motion, beyond the {LARGEST_SCORE_MM:g} mm that the model knows"
        )
    elif score < _SMALL_MM:
        size = "as with little or no head motion"
    else:
        size = f"as if the head had moved by about {score:.1f} mm on average"
    words = f"This scan looks {size}; nine times out of ten such scans lie between {low:.1f} and "
    words += f"{high:.1f} mm."
    if high - low > _WIDE_MM:
        words += " The interval is wide: the number alone says little."
    if result["qc"]["basis"] == "site limits":
        words += f" By the site's own limits it is “{result['qc']['class']}”."
    elif result["qc"]["basis"] == "ratings":
        name = result["qc"]["class"]
        share = result["qc"]["probability"][name]
        words += f" By the human ratings that the model was fitted to, “{name}” is likeliest "
        words += f"({share:.0%})."
    if site := result.get("site_limits"):
        words += f" Its score is {place_text(site['percentile'], site['scans'])}."
    if result["warnings"]:
        words += " Read it with the warnings below."
    return words
