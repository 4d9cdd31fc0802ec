"""A report is read again only if it is whole and of our own form."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from MotionQCLib.archive.items import list_items
from MotionQCLib.archive.stored_report import read_report
from MotionQCLib.archive.worker import Work, Worker
from MotionQCLib.models import ModelBundle


@pytest.fixture(scope="module")
def document(
    a_head_file: Path, a_model: ModelBundle, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("out")
    Worker(Work("", "cpu", output=out), a_model).outcome(list_items([a_head_file])[0])
    (report,) = out.glob("*_motionqc.json")
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def test_a_report_as_it_was_written_is_read(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps(document))
    assert read_report(tmp_path / "r.json") == document


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_half_a_report_is_none(document: dict[str, Any], tmp_path: Path, share: float) -> None:
    text = json.dumps(document)
    (tmp_path / "r.json").write_text(text[: int(share * len(text))])
    assert read_report(tmp_path / "r.json") is None


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("interval_90_mm"),
        lambda d: d.update(motion_score_mm="3"),
        lambda d: d.update(motion_score_mm=float("nan")),
        lambda d: d.update(motion_score_mm=10**400),
        lambda d: d.update(warnings=[{"code": 1, "message": "x"}]),
        lambda d: d.update(warnings={}),
        lambda d: d.update(site=["x"]),
        lambda d: d.update(site_limits={"percentile": "x"}),
        lambda d: d["bins"].update(probability=[0.5]),
        lambda d: d["qc"].update({"class": "another"}),
        lambda d: d["qc"].update(basis="mine"),
        lambda d: d["model"].update(more="x"),
        lambda d: d["provenance"].update(model=[]),
        lambda d: d["provenance"].update(settings=None),
        lambda d: d["provenance"]["input"].update(key=[]),
        lambda d: d["provenance"].update(software="another"),
    ],
)
def test_a_report_of_another_form_is_none(
    document: dict[str, Any], tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    copy = json.loads(json.dumps(document))
    change(copy)
    (tmp_path / "r.json").write_text(json.dumps(copy))
    assert read_report(tmp_path / "r.json") is None


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[" * 200_000, b"[]", b"1", b" " * 2_000_000])
def test_what_is_no_report_at_all_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.json").write_bytes(content)
    assert read_report(tmp_path / "r.json") is None
