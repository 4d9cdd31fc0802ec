"""The ablation has the rows that the protocol names, each of which differs in one thing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from MotionQCTraining.config_file import load_config
from MotionQCTraining.evaluation.ablation import Ablation, Row
from MotionQCTraining.evaluation.protocol import load_protocol
from MotionQCTraining.evaluation.units import Evaluation


@pytest.fixture(scope="module")
def ablation() -> Ablation:
    return load_config("motionqc", Ablation)


def test_its_rows_are_those_of_the_protocol(ablation: Ablation) -> None:
    assert tuple(ablation.rows) == load_protocol("motionqc")[0].ablation
    assert sum(bool(row.changes) for row in ablation.rows.values()) >= 6


def test_a_row_adds_its_changes_to_the_common_fields(ablation: Ablation) -> None:
    assert ablation.overrides("as preset") == ablation.common
    assert ablation.overrides("label time") == (*ablation.common, "label=time")
    own = [row.changes for row in ablation.rows.values()]
    assert len(set(own)) == len(own)


@pytest.mark.parametrize("evaluations", [("held-out", "real"), ("robustness",), ()])
def test_nothing_is_chosen_by_really_moved_scans_or_by_test_subjects(
    ablation: Ablation, evaluations: tuple[Evaluation, ...]
) -> None:
    with pytest.raises(ValueError, match="give some of held-out, foreign, continuous, still"):
        replace(ablation, evaluations=evaluations)


def test_no_row_may_be_called_the_floor(ablation: Ablation) -> None:
    with pytest.raises(ValueError, match="stands for the regression"):
        replace(ablation, rows={**ablation.rows, "floor": Row("why")})


def test_rows_need_one_to_compare_them_with(ablation: Ablation) -> None:
    with pytest.raises(ValueError, match="none that changes nothing"):
        replace(ablation, rows={"one": Row("why", ("steps=1",))})
