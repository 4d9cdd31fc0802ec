"""Outputs of scans that a head has not seen, nor their person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelBundle, RatingHead
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.ratings.cross_validation import calibrated, out_of_fold
from MotionQCTraining.ratings.head_fitting import HeadFitting, Indices

from .conftest import a_fitting

SUMS = [str(n) for n in range(30)]


def test_no_head_has_seen_the_person_it_judges(
    a_base_model: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []
    judged: list[str] = []

    def fit(self: HeadFitting, chosen: Indices, *, seed: int) -> None:
        seen.append({self.scans.persons[n] for n in chosen})

    def outputs(self: HeadFitting, _: None, chosen: Indices) -> np.ndarray:
        persons = [self.scans.persons[n] for n in chosen]
        assert not seen[-1] & set(persons)
        judged.extend(persons)
        return np.zeros((len(chosen), 3))

    monkeypatch.setattr(HeadFitting, "fit", fit)
    monkeypatch.setattr(HeadFitting, "outputs", outputs)
    fitting = a_fitting(a_base_model, FinetuneConfig(repeats=2))
    assert out_of_fold(fitting, SUMS).shape == (2, 30, 3)
    assert sorted(judged) == sorted(2 * fitting.scans.persons)
    assert len(seen) == 2 * 5
    assert seen[0] != seen[5], "repeats are drawn anew"


def test_what_differs_is_told_apart_and_what_does_not_is_not(a_base_model: ModelBundle) -> None:
    right = {}
    for clarity in (0.0, 1.0):
        fitting = a_fitting(a_base_model, FinetuneConfig(repeats=1, epochs=40), clarity=clarity)
        found = out_of_fold(fitting, SUMS)[0].argmax(axis=-1)
        right[clarity] = (found == fitting.scans.labels).mean()
    assert right[1.0] > 0.85
    assert right[0.0] < 0.6, "no better than chance, however well the training scans are learnt"


def test_one_image_of_two_persons_is_a_leak(a_base_model: ModelBundle) -> None:
    fitting = a_fitting(a_base_model, FinetuneConfig(repeats=1, epochs=1))
    with pytest.raises(InputError, match="one image of here/sub-0 and here/sub-") as caught:
        out_of_fold(fitting, ["0", *SUMS[1:-1], "0"])
    assert caught.value.code == "leak"


@pytest.mark.parametrize("ordinal", [False, True])
def test_the_temperature_undoes_what_made_outputs_too_sure(ordinal: bool) -> None:
    rng = np.random.default_rng(3)
    head = RatingHead(("a", "b", "c"), ordinal=ordinal)
    honest = rng.normal(size=(2000, 3))
    if ordinal:
        honest = np.sort(rng.normal(scale=2, size=(2000, 2)))[:, ::-1]
    shares = head.probability(honest)
    labels = (rng.uniform(size=(2000, 1)) > shares.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    found = calibrated(head, 4 * honest[np.newaxis], labels)
    assert found.temperature == pytest.approx(4, rel=0.15)
    assert replace(found, temperature=1.0) == head


def test_a_few_scans_judged_rightly_make_no_certainty() -> None:
    labels = np.arange(12) % 3
    sure = 2.0 * np.eye(3)[labels][np.newaxis]
    found = calibrated(RatingHead(("a", "b", "c")), sure, labels)
    likelihood = found.probability(sure)[0, np.arange(12), labels]
    np.testing.assert_allclose(likelihood, 5 / 6, atol=1e-3)
