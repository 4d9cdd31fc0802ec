"""Figures from answers, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from MotionQCTraining.evaluation.fixed_volumes import Facts
from MotionQCTraining.evaluation.judge import Answer
from MotionQCTraining.evaluation.protocol import Protocol, Resampling
from MotionQCTraining.evaluation.scored import Scored
from MotionQCTraining.evaluation.summaries import (
    HELD_OUT,
    agreement_figures,
    aims,
    both_forms,
    by,
    by_source,
    own_form,
    real_figures,
    reference_figures,
    robustness_figures,
    still_figures,
    warning_figures,
)
from MotionQCTraining.evaluation.tables import tables

FEW = Resampling(rounds=20)


def scored(
    predicted: float | None, true: float | None = None, person: str = "a/1", **fields: object
) -> Scored:
    """An answer whose interval reaches half a millimetre to both sides."""
    source, subject = person.split("/")
    of_facts = {name: fields.pop(name) for name in ("form", "pattern") if name in fields}
    codes = fields.pop("codes", ())
    low, high = (0.0, 0.0) if predicted is None else (predicted - 0.5, predicted + 0.5)
    facts = Facts(true, **{"form": "whole", **of_facts})
    answer = Answer(predicted, low, high, codes)
    return Scored("any", source, subject, str(fields.pop("scan", "scan")),
                  bool(fields.pop("left_out", False)), facts, answer, **fields)  # fmt: skip


def test_agreement_coverage_and_order() -> None:
    found = agreement_figures([scored(0.2, 0.0), scored(1.0, 2.0), scored(3.0, 3.0)], FEW)
    assert found is not None
    assert found["r2"] == pytest.approx(1 - 1.04 / (14 / 3))
    assert found["mae_mm"] == pytest.approx(0.4)
    assert found["interval_coverage"] == pytest.approx(2 / 3)
    assert found["still_below_moved"] == 1.0
    assert found["still_mm"] == [0.2]
    assert found["intervals"] is None, "one subject tells nothing of others"
    assert agreement_figures([scored(1.0, 2.0)], FEW) is None


def test_two_scans_of_one_person_are_not_compared() -> None:
    """The second looks moved at rest; each scan by itself is in order."""
    first, second = ([scored(low, 0.0, scan=s), scored(low + 0.4, 2.0, scan=s)]
                     for s, low in (("one", 0.1), ("two", 0.9)))  # fmt: skip
    found = agreement_figures([*first, *second], FEW)
    assert found is not None
    assert (found["persons"], found["still_below_moved"]) == (1, 1.0)


def test_left_out_sources_are_no_held_out_subjects() -> None:
    answers = [scored(true, true, person, left_out=person[0] == "b")
               for person in ("a/1", "a/2", "b/1") for true in (0.0, 2.0)]  # fmt: skip
    found = by_source(answers, FEW)
    assert {name: f["persons"] for name, f in found.items()} == {"a": 2, "b": 1, HELD_OUT: 2}
    assert found["a"]["intervals"]["r2"] == (1.0, 1.0)


def test_synthesised_heads_are_nobodys_scans() -> None:
    person = [scored(true, true, "a/1") for true in (0.0, 2.0)]
    head = [scored(true, true, "labels/1", synthesised=True) for true in (0.0, 2.0)]
    found = by_source([*person, *head], FEW)
    assert found[HELD_OUT]["persons"] == 1
    assert (found["a"]["still_mm"], found["labels"]["still_mm"]) == ([0.0], [])
    assert found["labels"]["still_mean_mm"] == 0.0
    assert set(by(head, lambda each: each.facts.form, FEW)) == {"synthesised, whole"}


def test_brains_cut_out_of_heads_are_told_from_brains_that_came_so() -> None:
    head, cut, brain = (scored(1.0, 1.0, "a/1"), scored(1.0, 1.0, "a/1", form="brain"),
                        scored(1.0, 1.0, "b/1", form="brain"))  # fmt: skip
    assert own_form([head, cut, brain]) == [head, brain]
    assert both_forms([head, cut, brain]) == [head, cut]


def test_displaced_scans_are_compared_with_themselves() -> None:
    answers = [
        scored(score, 0.0, person, pattern=pattern)
        for person, pattern, score in (
            ("a/1", "still", 0.1),
            ("a/1", "displaced", 0.3),
            ("a/2", "still", 0.8),
            ("a/2", "displaced", 0.7),
        )
    ]
    found = still_figures(answers)["a"]
    assert found["persons"] == 2
    assert found["median_change_mm"] == pytest.approx(0.05)
    assert found["largest_change_mm"] == pytest.approx(0.2)


def test_reference_scores_of_scans_seen_in_training_stand_apart() -> None:
    found = reference_figures([scored(0.1), scored(0.9, part="train"), scored(None)])["a"]
    assert (found["scores_mm"], found["seen_scores_mm"]) == ([0.1], [0.9])


def test_really_moved_scans_are_in_order_where_all_are_above_the_still_one() -> None:
    still, low, high = (scored(s, guise=n) for n, s in (("still", 0.5), ("low", 0.6), ("high", 1)))
    assert real_figures([still, low, high])["whole"]["in_order"]
    assert not real_figures([still, replace(low, answer=Answer(0.4))])["whole"]["in_order"]


@pytest.mark.parametrize("refused", ["still", "low", "high"])
def test_a_real_scan_that_is_refused_has_no_score_and_is_in_no_order(refused: str) -> None:
    scores = {"still": 0.5, "low": 0.6, "high": 1.0, refused: None}
    found = real_figures([scored(score, guise=name) for name, score in scores.items()])
    assert found["whole"] == {"scores_mm": scores, "in_order": False}
    (table,) = (each for each in tables({"real": found}) if each.title.startswith("Real"))
    assert f"{refused} –" in table.rows[0][1]


def test_a_guise_has_no_change_where_the_scan_as_it_is_was_refused(
    small_protocol: Protocol,
) -> None:
    plain = [scored(None, 1.0), scored(2.0, 2.0)]
    guises = [scored(1.0, 1.0, guise="8 bit"), scored(2.1, 2.0, guise="8 bit")]
    found = robustness_figures([*plain, *guises], small_protocol)["8 bit"]
    assert found["median_change_mm"] == pytest.approx(0.1)
    assert (found["volumes"], found["refused"]) == (2, 0)
    lost = robustness_figures([plain[0], guises[0]], small_protocol)["8 bit"]
    assert lost["median_change_mm"] is None
    assert not lost["within_tolerance"]


def test_a_guise_is_judged_by_the_median_size_of_its_changes(small_protocol: Protocol) -> None:
    plain = [scored(1.0, 1.0, f"a/{n}") for n in range(3)]
    changed = [
        scored(1.0 + c, 1.0, f"a/{n}", guise="8 bit") for n, c in enumerate((-0.3, 0.2, 0.0))
    ]
    found = robustness_figures([*plain, *changed], small_protocol)["8 bit"]
    assert found["median_change_mm"] == pytest.approx(0.0)
    assert found["median_size_mm"] == pytest.approx(0.2)
    assert found["largest_size_mm"] == pytest.approx(0.3)
    assert not found["within_tolerance"]


def test_what_informs_does_not_flag_and_a_refusal_does(small_protocol: Protocol) -> None:
    misused = [scored(None, guise="noise", codes=("refused: no-signal",)),
               scored(0.1, guise="binary mask", codes=("eight-bit",))]  # fmt: skip
    good = [scored(0.1, codes=("brain-extracted",)), scored(0.1, person="b/1", left_out=True)]
    found = warning_figures(misused, good, small_protocol)
    assert found["all misuses"]["share"] == 0.5
    assert found["misuses"]["noise"]["codes"] == {"refused: no-signal": 1}
    assert found["all good"]["share"] == 0.0
    assert found["good of left-out sources"]["scans"] == 1


def test_aims_say_what_was_wanted_and_found(small_protocol: Protocol) -> None:
    model = {HELD_OUT: {"r2": 0.92, "interval_coverage": 0.95, "still_mean_mm": 0.9},
             "b": {"r2": 0.5, "still_mean_mm": 0.2}}  # fmt: skip
    found = aims({"model": model, "left_out": ["b"]}, small_protocol)
    met = {each["aim"]: each["met"] for each in found}
    assert met == {
        "R² on held-out subjects": True,
        "coverage of the 90 % interval on held-out subjects": False,
        "R² on b, left out": False,
        "mean score of still scans of b (mm)": True,
    }
