"""The model card: what a model is for, what it was made from, how good it is, where it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from MotionQCLib.models import ModelMetadata
from MotionQCTraining.counted import counted
from MotionQCTraining.evaluation.tables import tables

_LABELS = {
    "edge": "RMS deviation weighted by gradient energy, mm",
    "time": "RMS deviation averaged over time, mm",
    "bricout2025": "mean RMS deviation between successive poses, mm",
}


def model_card(metadata: ModelMetadata, evaluation: dict[str, Any]) -> str:
    """Return the card of a model as Markdown.

    Parameters
    ----------
    metadata : ModelMetadata
        What the model says of itself.
    evaluation : dict
        The report of ``evaluate``.

    Notes
    -----
    Subjects are named as far as the metadata and the report name them: those of public sites.
    """
    grid = " × ".join(map(str, metadata.architecture.grid))
    classes = "; ".join(_class(c.name, c.low, c.high) for c in metadata.classes)
    training = metadata.training
    subjects = {part: sum(counts.values()) for part, counts in training["subjects"].items()}
    lines = [
        f"# {metadata.name} {metadata.version} ({metadata.status})",
        "",
        "For research use only, not for diagnosis.",
        "",
        "## Use",
        f"Scores head motion in T1-weighted head scans, whole or brain-extracted. SFCN on {grid} "
        f"voxels of {metadata.spacing_mm:g} mm, {metadata.bins.count} bins from "
        f"{metadata.bins.low:g} to {metadata.bins.high:g} mm. Label: `{metadata.label}` "
        f"({_LABELS[metadata.label]}). Classes by score: {classes}.",
        "",
        "## Training",
        f"{counted(subjects['train'], 'subject')} to train, {subjects['validation']} to validate "
        f"and to set "
        f"the temperature ({metadata.temperature:.2f}). {training['configuration']['steps']} steps "
        "of synthetic motion; the whole configuration and the SHA-256 of every scan are in the "
        "JSON file beside the weights. Sites:",
        "",
        *(_site(name, site, training["subjects"]) for name, site in training["sites"].items()),
        *_base(training),
        "",
        *_named("Subjects of public sites", training["names"], training["scans"]),
        "## Evaluation",
        *_protocol(evaluation),
        "",
        *(line for table in tables(evaluation) for line in table.markdown()),
        *_named("Subjects of public sites", evaluation["tested"]["names"], {}),
        "## Limits",
        "Trained on simulated motion alone, and on scans of the sites above: no human rating "
        "went into the score, and scanners, contrasts, pathology or contrast agent that they do "
        "not show were not tried. The interval is calibrated on simulated motion. Scores rank "
        "motion; their millimetres have not been checked against measured motion.",
        "",
    ]
    return "\n".join(lines)


def _base(training: Mapping[str, Any]) -> list[str]:
    """Name the model whose weights training started from."""
    base = training.get("base")
    if base is None:
        return []
    return [
        "",
        f"Training started from the weights of {base['name']} {base['version']} (SHA-256 "
        f"`{base['sha256']}`), made from {counted(len(base['scans']), 'scan')} of "
        f"{', '.join(base['sites']) or 'sites that it does not name'}.",
    ]


def _site(name: str, site: Mapping[str, str], subjects: Mapping[str, Mapping[str, int]]) -> str:
    counts = ", ".join(
        f"{part} {counts[name]}" for part, counts in subjects.items() if name in counts
    )
    about = f"{site['scans']}; " if site["scans"] else ""
    return f"- {name}: {about}licence: {site['licence']}; subjects: {counts}"


def _named(title: str, names: Mapping[str, str], parts: Mapping[str, str]) -> list[str]:
    """Name subjects by part and site, if any may be named."""
    groups: dict[str, set[str]] = {}
    for checksum, person in names.items():
        site, _, subject = person.partition("/")
        groups.setdefault(" ".join([parts.get(checksum, ""), site]).strip(), set()).add(subject)
    lines = [f"- {group}: {', '.join(sorted(groups[group]))}" for group in sorted(groups)]
    return [f"{title}:", "", *lines, ""] if lines else []


def _class(name: str, low: float | None, high: float | None) -> str:
    if low is None:
        return f"{name} below {high:g} mm"
    return f"{name} from {low:g} mm" if high is None else f"{name} {low:g} to {high:g} mm"


def _protocol(evaluation: Mapping[str, Any]) -> list[str]:
    """Say by which protocol, and how to ask again."""
    protocol = evaluation.get("protocol")
    if protocol is None:
        return []
    return [
        f"By `motionqc evaluate` with the protocol `{protocol['name']}`, which was fixed before "
        f"training (SHA-256 `{protocol['sha256']}`). Motion is simulated, with shifts up to 4 mm "
        "and rotations up to 2°, unless a table says otherwise. The same figures again: "
        "`motionqc evaluate --model MODEL --data DATA --output RUN --floor`, where DATA holds the "
        "public scans.",
    ]
