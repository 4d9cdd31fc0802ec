"""The card of a model fitted to ratings: whose rule it follows, how well, and where that ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from MotionQCLib.models import ModelMetadata, RatingHead
from MotionQCTraining.counted import counted


def rating_card(metadata: ModelMetadata) -> str:
    """Return the card of a model with a head of ratings as Markdown; it names no subject."""
    ratings = metadata.training["ratings"]
    base = ratings["base"]
    lines = [
        f"# {metadata.name} {metadata.version} ({metadata.status})",
        "",
        "For research use only, not for diagnosis.",
        "",
        "## Use",
        f"Scores head motion as {base['name']} {base['version']} does, with the same millimetres "
        f"and the same limits (SHA-256 of its weights: {base['sha256']}), and rates scans by the "
        "human ratings below.",
        "",
        *rating_section(metadata),
    ]
    return "\n".join(lines)


def rating_section(metadata: ModelMetadata) -> list[str]:
    """Return the lines of a card that are about ratings; none for a model without."""
    head, ratings = metadata.ratings, metadata.training.get("ratings")
    if head is None or ratings is None:
        return []
    figures = metadata.metrics["ratings"]
    return [
        "## Ratings",
        f"{counted(figures['scans'], 'scan')} of {counted(figures['subjects'], 'subject')}, rated "
        f"by whoever made the model. Sites (subjects): {_enumerated(ratings['subjects'])}. Classes"
        f"{', steps of a scale in this order' if head.ordinal else ''}:",
        "",
        *(
            f"- {name}: {counted(count['scans'], 'scan')} of "
            f"{counted(count['subjects'], 'subject')}"
            for name, count in figures["classes"].items()
        ),
        "",
        _design(head, ratings),
        "",
        *_seen(ratings["scans_of_base"]),
        "## How well it rates subjects whom it has not seen",
        *_estimate(figures),
        "",
        "## Limits of the ratings",
        "The head repeats the rule, and the habits, of these ratings, on the scanners and "
        "protocols of these scans. Elsewhere nothing is known of it. The intervals show what other "
        "subjects would change, not what other raters or sites would.",
        "",
    ]


def _design(head: RatingHead, ratings: Mapping[str, Any]) -> str:
    reads = "averages" if head.features == "average" else "the whole map"
    encoder = "frozen" if head.own_layers == "none" else f"a copy fitted from {head.own_layers} on"
    balanced = ratings["configuration"]["balanced"]
    return (
        f"The head reads {reads} of the encoder ({encoder}); "
        f"{'every class counted alike' if balanced else 'every scan counted alike'}. Its "
        f"probabilities are calibrated on {head.calibrated_on} (temperature "
        f"{head.temperature:.2f})."
    )


def _seen(number: int) -> list[str]:
    if not number:
        return []
    return [
        f"{number} of these scans had a part in making the base model's encoder, which makes them "
        "easier for it than others.",
        "",
    ]


def _estimate(figures: Mapping[str, Any]) -> list[str]:
    estimate = figures["estimate"]
    if estimate is None:
        return [f"Not known: {figures['refused']}."]
    names = list(estimate["f1"])
    rows = [["", "value", f"{estimate['level']:.0%} interval"], ["---"] * 3]
    rows.append(["balanced accuracy", *_cells(estimate["balanced_accuracy"])])
    for measure, title in (("f1", "F1"), ("recall", "recall")):
        rows += [[f"{title}, {name}", *_cells(estimate[measure][name])] for name in names]
    confusion = [["rated \\ predicted", *names], ["---"] * (len(names) + 1)]
    confusion += [
        [name, *(f"{scans:.3g}" for scans in row)]
        for name, row in zip(names, estimate["confusion"], strict=True)
    ]
    return [
        f"By {estimate['method']}; intervals by bootstrap over subjects. Chance is a balanced "
        f"accuracy of {estimate['chance']:.2f}.",
        "",
        *_table(rows),
        "",
        "Scans, on average over the repeats:",
        "",
        *_table(confusion),
    ]


def _cells(figure: Mapping[str, Any]) -> list[str]:
    interval = figure["interval"]
    return [f"{figure['value']:.2f}", f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else ""]


def _table(rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]


def _enumerated(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())
