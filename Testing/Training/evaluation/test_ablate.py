"""An ablation trains and judges its rows, and goes on where it was stopped."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle
from MotionQCTraining.ablate import REPORT_NAME, TABLE_NAME, ablate, configs_of, table
from MotionQCTraining.commands.ablate import _judged
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config
from MotionQCTraining.data.manifest import Row as Scan
from MotionQCTraining.data.manifest import read_manifest
from MotionQCTraining.evaluation.ablation import FLOOR, Ablation, Row
from MotionQCTraining.evaluation.apart import require_apart
from MotionQCTraining.evaluation.protocol import Protocol, Source
from MotionQCTraining.evaluation.report import Asked
from MotionQCTraining.pretraining.scans import divide
from MotionQCTraining.running.devices import Devices
from MotionQCTraining.running.events import Silence
from MotionQCTraining.running.session import Session
from MotionQCTraining.running.stopping import Stopped, StopRequest

from ..tiny_run import FIELDS

ABLATION = Ablation(
    base="motionqc",
    common=(*FIELDS, "validation=0.25", "test=0.25", "steps=2", "left_out=[site1]"),
    evaluations=("held-out",),
    rows={
        "as preset": Row("what the other is compared with"),
        "High-pass input": Row("whether fine detail is enough", ("input=high-pass",)),
    },
)


class StopsAfterOneRow(StopRequest):
    judged = 0

    @property
    def asked(self) -> bool:
        return self.judged > 0


@pytest.fixture(scope="module")
def scans(small_dataset: Path) -> list[Scan]:
    """All of one site, and two heads of another, which is left out."""
    return [row for row in read_manifest(small_dataset) if row.subject not in ("sub-05", "sub-07")]


@pytest.fixture(scope="module")
def protocol(small_protocol: Protocol, scans: list[Scan]) -> Protocol:
    """The small protocol, divided as the runs divide the scans."""
    (config, *_) = configs_of(ABLATION).values()
    parts = divide(config, scans)
    own = {
        name: tuple(r.subject for r in rows if r.site == "site0") for name, rows in parts.items()
    }
    chosen = small_protocol.sources["site0"].scan
    return replace(
        small_protocol,
        sources={
            "site0": Source(
                chosen, train=own["train"], validation=own["validation"], test=own["test"]
            ),
            "site1": Source(chosen, moved_on="grid", train=("sub-01",), test=("sub-03",)),
        },
        robustness=replace(small_protocol.robustness, subjects=()),
        held_out=replace(small_protocol.held_out, draws=1),
    )


@pytest.fixture(scope="module")
def done(
    scans: list[Scan],
    protocol: Protocol,
    a_data_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, Any], Path, list[str]]:
    """The ablation, stopped after its first row and taken up again; and the models judged."""
    folder = tmp_path_factory.mktemp("ablation")
    stop, judged = StopsAfterOneRow(), []
    asked = Asked(protocol, "small", "0" * 64, ABLATION.evaluations, False, {})

    def judge(bundle: ModelBundle, where: Path, floor: bool) -> dict[str, Any]:
        judged.append(bundle.metadata.name)
        silent = Session(Silence())
        report = _judged(asked, a_data_folder, folder, silent, bundle, where, floor)
        stop.judged += 1
        return report

    devices = Devices("cpu", precision="32")
    stopped = Session(Silence(), stop, devices)
    with pytest.raises(Stopped):
        ablate(ABLATION, scans, folder, judge, stopped)
    assert len(list((folder / "rows").glob("*/model/*.safetensors"))) == 1
    found = ablate(ABLATION, scans, folder, judge, Session(Silence(), devices=devices))
    return found, folder, judged


def test_every_row_and_the_floor_have_figures(done: tuple[dict[str, Any], Path, list[str]]) -> None:
    found, folder, judged = done
    assert list(found) == ["as preset", FLOOR, "High-pass input"]
    assert [name.rpartition("-")[0] for name in judged] == [
        "as-preset",
        "as-preset",
        "high-pass-input",
    ]
    for figures in found.values():
        assert figures["held_out_r2"] is not None
        assert figures["left_out_mae_mm"] > 0
        assert figures["foreign_r2_correlation"] is None, "it was not asked for"
    assert json.loads((folder / REPORT_NAME).read_text()) == found
    with (folder / TABLE_NAME).open(newline="") as stream:
        lines = list(csv.DictReader(stream, delimiter="\t"))
    assert [line["run"] for line in lines] == list(found)
    assert lines[2]["changes"] == "input=high-pass"
    assert lines[2]["fields"].startswith("grid=[64, 64, 64]")
    for row in (folder / "rows").iterdir():
        config = load_config(row / "pretrain.yaml", PretrainConfig)
        assert (config.name, config.steps) == (row.name, 2)
    assert "as preset" in table(found).text()


def test_rows_share_their_scans_and_volumes(done: tuple[dict[str, Any], Path, list[str]]) -> None:
    _, folder, _ = done
    assert not list((folder / "rows").glob("*/prepared"))
    assert len(list((folder / "scans" / "prepared").glob("*.npz"))) == 3
    assert not list((folder / "rows").glob("*/evaluation/volumes"))


def test_rows_are_judged_by_validation_subjects_and_a_site_left_out(
    done: tuple[dict[str, Any], Path, list[str]], protocol: Protocol
) -> None:
    _, folder, _ = done
    reports = [json.loads(f.read_text()) for f in folder.glob("rows/*/evaluation/evaluation.json")]
    assert len(reports) == 2
    (validated,) = protocol.sources["site0"].validation
    for report in reports:
        persons = {volume["person"] for volume in report["volumes"]}
        assert persons == {f"site0/{validated}", "site1/sub-01"}
        assert report["left_out"] == ["site1"]


def test_runs_that_would_train_on_whom_they_are_judged_by_are_refused_at_once(
    scans: list[Scan], protocol: Protocol, a_data_folder: Path, tmp_path: Path
) -> None:
    configs = configs_of(ABLATION)
    require_apart(configs.values(), scans, protocol, a_data_folder, tmp_path)
    others = configs_of(ABLATION, ["seed=1"])
    trained = {row.subject for row in divide(others["as preset"], scans)["train"]}
    clash = replace(protocol.sources["site0"], train=(), test=(), validation=tuple(trained)[:1])
    changed = replace(protocol, sources={**protocol.sources, "site0": clash})
    with pytest.raises(InputError, match="would be trained on and judged by: site0/sub-") as caught:
        require_apart(others.values(), scans, changed, a_data_folder, tmp_path)
    assert caught.value.code == "leak"


def test_a_row_of_fields_that_there_are_not_is_refused_before_anything_trains(
    scans: list[Scan], tmp_path: Path
) -> None:
    wrong = replace(ABLATION, rows={**ABLATION.rows, "odd": Row("why", ("colour=blue",))})
    with pytest.raises(InputError, match="unknown field colour"):
        ablate(wrong, scans, tmp_path, lambda *_: {}, Session(Silence()))
    assert not list(tmp_path.iterdir())
