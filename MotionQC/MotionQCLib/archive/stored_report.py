"""A report of a folder, read again: only one of our own form, whole, is taken for one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

from MotionQCLib.models.json_section import Section, finite
from MotionQCLib.scoring.result import QualityClass

_BASES = get_args(get_type_hints(QualityClass)["basis"])
_LARGEST_BYTES = 1 << 20


def read_report(file: Path) -> Mapping[str, Any] | None:
    """Return what a report says; None where the file is damaged, half or somebody else's."""
    try:
        with file.open("rb") as stream:
            content = stream.read(_LARGEST_BYTES + 1)
        if len(content) > _LARGEST_BYTES:
            return None
        document: dict[str, Any] = json.loads(content.decode("utf-8"))
        _require_form(Section(document, "the report"))
        _require_provenance(Section(document["provenance"], "provenance"))
    except (OSError, ValueError, OverflowError, RecursionError):
        return None
    return document


def _require_form(report: Section) -> None:
    """Raise a ValueError unless every field is there that table, page and result are made of."""
    report.get("input", str)
    report.number("motion_score_mm")
    _require(len(report.numbers("interval_90_mm")) == 2, "interval_90_mm")
    _require_texts(report, "interval", "method", "calibrated_on")
    _require_texts(report, "checksum", "sha256", "of")
    _require_texts(report, "model", "name", "sha256", "label")
    report.get("runtime", str)
    bins = report.section("bins")
    _require(len(bins.numbers("centers")) == len(bins.numbers("probability")) >= 2, "bins")
    for warning in report.sections("warnings"):
        warning.only("code", "message")
        warning.get("code", str), warning.get("message", str)
    _require(all(isinstance(note, str) for note in report.get("notes", list)), "notes")
    _require_numbers(report.get("seconds", dict), "seconds")
    _require_class(report.section("qc"))
    _require_text_or_null(report, "site")
    _require_place(report.optional_section("site_limits"))


def _require_class(quality: Section) -> None:
    probability = quality.get("probability", dict)
    _require_numbers(probability, "qc.probability")
    _require(quality.get("class", str) in probability, "qc.class")
    _require(quality.get("basis", str) in _BASES, "qc.basis")


def _require_place(place: Section | None) -> None:
    if place is not None:
        place.only("sha256", "percentile", "scans", "limits_mm")
        place.get("sha256", str), place.number("percentile"), place.get("scans", int)
        place.numbers("limits_mm")


def _require_provenance(provenance: Section) -> None:
    _require(provenance.get("software", str) == "motionqc", "provenance.software")
    provenance.section("model").get("sha256", str)
    provenance.get("settings", dict)
    _require_text_or_null(provenance.section("input"), "key")
    if provenance.has("site_limits"):
        provenance.optional_section("site_limits")


def _require_texts(report: Section, name: str, *fields: str) -> None:
    section = report.section(name)
    section.only(*fields)
    for field in fields:
        section.get(field, str)


def _require_text_or_null(section: Section, field: str) -> None:
    if section.has(field) and section.get(field, object) is not None:
        section.get(field, str)


def _require_numbers(values: Mapping[str, Any], name: str) -> None:
    for value in values.values():
        finite(value, name)


def _require(holds: bool, name: str) -> None:
    if not holds:
        raise ValueError(f"{name} is not of the form of a report")
