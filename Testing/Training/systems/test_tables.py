"""Tables and figures as files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from MotionQCTraining.systems.resources import Resources
from MotionQCTraining.systems.tables import (
    figure_columns,
    judged,
    plain_figures,
    resource_row,
    write_confusion,
    write_table,
)

TRUTH = np.array([0, 0, 0, 1, 1, 2])
SAID = np.array([[0, 0, 1, 1, 1, 2], [1, 0, 0, 1, 0, 0]])
PERSONS = ["a", "a", "b", "c", "d", "e"]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_seed_has_its_own_figures() -> None:
    from sklearn.metrics import balanced_accuracy_score, f1_score

    figures = judged(TRUTH, SAID, PERSONS, ["x", "y", "z"], seed=0)
    each = [balanced_accuracy_score(TRUTH, said) for said in SAID]
    np.testing.assert_allclose(figures["each"]["balanced_accuracy"], each)
    f1 = [f1_score(TRUTH, said, average=None) for said in SAID]
    np.testing.assert_allclose(figures["each"]["f1"], f1)
    assert plain_figures(figures)["each"]["f1"] == figures["each"]["f1"].tolist()
    columns = figure_columns("ba", figures["balanced_accuracy"])
    assert columns["ba"] == pytest.approx(np.mean(each))
    assert columns["ba_low"] <= columns["ba"] <= columns["ba_high"]


def test_tables_leave_what_is_unknown_empty(tmp_path: Path) -> None:
    rows = [
        resource_row("on a card", Resources(7200, 12.3456, "GPU", 500.0)),
        resource_row("on none", Resources(2, 1.0, "process", None)),
    ]
    write_table(tmp_path / "table.csv", rows)
    card, none = read(tmp_path / "table.csv")
    assert (card["peak_memory_gb"], card["energy_kwh"]) == ("12.35", "1")
    assert (none["mean_power_w"], none["energy_kwh"], none["duration_s"]) == ("", "", "2")


def test_a_confusion_is_a_table_and_a_picture(tmp_path: Path) -> None:
    write_confusion(tmp_path / "figure", [[2, 1], [0, 3]], ["x", "y"], "title")
    assert read(tmp_path / "figure.csv")[0] == {"rated": "x", "x": "2", "y": "1"}
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
