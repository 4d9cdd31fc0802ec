"""A score follows from the distribution, and the distribution from the scan."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from MotionQCLib.errors import InputError
from MotionQCLib.models import (
    ModelBundle,
    ModelMetadata,
    RatingHead,
    SiteLimits,
    find_model,
    load_bundle,
    normalise,
)
from MotionQCLib.models.familiarity import MEAN, WHITENING, Familiarity
from MotionQCLib.scan import Scan, ScoreWarning, conform, read_scan
from MotionQCLib.scoring import Result, Scorer
from MotionQCLib.scoring.plain_words import sentence
from MotionQCLib.scoring.runtimes import open_runtime
from MotionQCLib.scoring.scorer import classify

from ..scan.framing import padded


@pytest.fixture(scope="module")
def a_scorer(a_model: ModelBundle) -> Scorer:
    return Scorer(a_model, "cpu")


@pytest.fixture(scope="module")
def a_result(a_scorer: Scorer, a_head_file: Path) -> Result:
    return a_scorer.score_file(a_head_file)


def scored_as(a_model: ModelBundle, a_head_scan: Scan, logits: np.ndarray) -> Result:
    """The result of a network whose last layer says the same of every scan."""
    weights = dict(a_model.weights)
    weights["head.conv.weight"] = np.zeros_like(weights["head.conv.weight"])
    weights["head.conv.bias"] = logits.astype(np.float32)
    return Scorer(replace(a_model, weights=weights), "cpu").score(a_head_scan)


def test_json_has_the_fields_that_programs_rely_on(a_result: Result) -> None:
    document = json.loads(json.dumps(a_result.to_json(), allow_nan=False))
    assert list(document) == [
        "input",
        "checksum",
        "motion_score_mm",
        "interval_90_mm",
        "interval",
        "bins",
        "qc",
        "site_limits",
        "warnings",
        "notes",
        "model",
        "runtime",
        "seconds",
    ]
    assert document["interval"].keys() == {"method", "calibrated_on"}
    assert len(document["bins"]["centers"]) == len(document["bins"]["probability"]) == 50
    assert document["qc"].keys() == {"class", "probability", "basis"}
    assert document["model"].keys() == {"name", "sha256", "label"}
    assert document["checksum"].keys() == {"sha256", "of"}


def test_the_distribution_is_the_softmax_of_the_tempered_logits(
    a_result: Result, a_model: ModelBundle, a_head_scan: Scan
) -> None:
    metadata = a_model.metadata
    volume = conform(a_head_scan, metadata.architecture.grid, metadata.spacing_mm).data
    expected = softmax(open_runtime(a_model, "torch-cpu").logits(volume) / metadata.temperature)
    np.testing.assert_allclose(a_result.bins.probability, expected, atol=1e-4)


def test_the_score_is_the_expectation(a_result: Result) -> None:
    expectation = np.dot(a_result.bins.centers, a_result.bins.probability)
    assert a_result.motion_score_mm == pytest.approx(expectation)


def test_ninety_percent_lie_within_the_interval(a_model: ModelBundle, a_head_scan: Scan) -> None:
    bins = a_model.metadata.bins
    logits = -0.5 * ((bins.centers - 2.0) / 0.5) ** 2 * a_model.metadata.temperature
    low, high = scored_as(a_model, a_head_scan, logits).interval_90_mm
    assert (low, high) == pytest.approx((2.0 - 1.645 * 0.5, 2.0 + 1.645 * 0.5), abs=0.02)


def test_nothing_is_reported_below_zero(a_model: ModelBundle, a_head_scan: Scan) -> None:
    logits = np.where(np.arange(50) < 3, 0.0, -30.0)
    result = scored_as(a_model, a_head_scan, logits)
    assert (result.motion_score_mm, result.interval_90_mm) == (0.0, (0.0, 0.0))
    assert result.qc.name == "none to mild"


def test_gross_motion_is_said_to_be_beyond_the_range(
    a_model: ModelBundle, a_head_scan: Scan
) -> None:
    logits = np.where(np.arange(50) > 46, 0.0, -30.0)
    result = scored_as(a_model, a_head_scan, logits)
    assert result.score_text == "> 4"
    assert "score-beyond-range" in {warning.code for warning in result.warnings}
    assert result.motion_score_mm > 4


def test_what_the_reader_assumed_is_a_warning_and_what_it_took_a_note(
    a_scorer: Scorer, a_head_scan: Scan
) -> None:
    told = replace(
        a_head_scan,
        notes=("DICOM series 3: t1 (20 images).",),
        warnings=(ScoreWarning("no-orientation", "No orientation."),),
    )
    document = a_scorer.score(told).to_json()
    assert {"code": "no-orientation", "message": "No orientation."} in document["warnings"]
    assert document["notes"] == ["DICOM series 3: t1 (20 images)."]


def test_a_model_that_gives_no_number_is_at_fault(a_model: ModelBundle, a_head_scan: Scan) -> None:
    with pytest.raises(InputError, match="model small gives no finite numbers"):
        scored_as(a_model, a_head_scan, np.full(50, np.inf))


@pytest.mark.parametrize(
    ("score", "name"),
    [(0.0, "none to mild"), (0.999, "none to mild"), (1.0, "moderate"), (2.0, "severe")],
)
def test_the_class_is_the_interval_that_holds_the_score(score: float, name: str) -> None:
    metadata = ModelMetadata("m", "1")
    probability = metadata.bins.soft_labels(score)
    assert classify(probability, score, metadata.bins, metadata.classes)[0] == name


def test_class_probabilities_are_integrals_of_the_distribution() -> None:
    metadata = ModelMetadata("m", "1")
    probability = metadata.bins.soft_labels(1.0)
    _name, shares = classify(probability, 1.0, metadata.bins, metadata.classes)
    assert shares["none to mild"] == pytest.approx(0.5)
    assert shares["severe"] == pytest.approx(0, abs=1e-9)
    assert math.fsum(shares.values()) == pytest.approx(1)


def test_a_class_of_a_rated_model_rests_on_its_ratings(
    with_ratings: Callable[[RatingHead], Path], a_head_scan: Scan, a_scorer: Scorer
) -> None:
    path = with_ratings(RatingHead(("gut", "mäßig", "不可用")))
    result = Scorer(load_bundle(path), "cpu").score(a_head_scan)
    qc = result.to_json()["qc"]
    assert qc["basis"] == "ratings"
    assert list(qc["probability"]) == ["gut", "mäßig", "不可用"]
    assert math.fsum(qc["probability"].values()) == pytest.approx(1)
    assert qc["probability"][qc["class"]] == max(qc["probability"].values())
    plain = a_scorer.score(a_head_scan)
    assert result.motion_score_mm == pytest.approx(plain.motion_score_mm, abs=1e-6)


def test_a_class_and_a_place_come_from_site_limits_that_are_given(
    a_model: ModelBundle, a_site: SiteLimits, a_head_scan: Scan, a_scorer: Scorer
) -> None:
    plain = a_scorer.score(a_head_scan)
    result = Scorer(a_model, "cpu", site_limits=a_site).score(a_head_scan)
    qc = result.to_json()["qc"]
    assert (qc["class"], qc["basis"]) == ("<moved>", "site limits")
    assert list(qc["probability"]) == ["clear", "<moved>"]
    assert math.fsum(qc["probability"].values()) == pytest.approx(1)
    assert result.to_json()["site_limits"] == {
        "sha256": a_site.checksum,
        "percentile": 75.0,
        "scans": 4,
        "limits_mm": [0.001],
    }
    assert result.motion_score_mm == plain.motion_score_mm
    assert plain.to_json()["site_limits"] is None
    assert "higher than 75 % of the site's 4 scans" in sentence(result.to_json())
    assert "By the site's own limits it is “<moved>”." in sentence(result.to_json())


def test_site_limits_come_before_the_ratings_of_a_model_and_a_reference_alone_does_not(
    with_ratings: Callable[[RatingHead], Path], a_site: SiteLimits, a_head_scan: Scan
) -> None:
    bundle = load_bundle(with_ratings(RatingHead(("gut", "schlecht"))))
    own = replace(a_site, sha256=bundle.metadata.sha256)
    alone = replace(own, limits=None, without_limits="too few")
    results = [Scorer(bundle, "cpu", site_limits=site).score(a_head_scan) for site in (own, alone)]
    assert [result.qc.basis for result in results] == ["site limits", "ratings"]
    assert [result.site and result.site.percentile for result in results] == [75.0, 75.0]


def test_site_limits_of_another_model_are_refused(a_model: ModelBundle, a_site: SiteLimits) -> None:
    with pytest.raises(InputError, match="the site limits are for model"):
        Scorer(a_model, "cpu", site_limits=replace(a_site, sha256="ab" * 32))


def test_plain_words_name_the_class_only_where_it_rests_on_ratings(a_result: Result) -> None:
    document = a_result.to_json()
    assert "ratings" not in sentence(document)
    document["qc"] = {"class": "gut", "probability": {"gut": 0.62}, "basis": "ratings"}
    assert "By the human ratings that the model was fitted to, “gut” is likeliest (62%)" in (
        sentence(document)
    )


def test_the_same_scan_always_has_the_same_score(
    a_scorer: Scorer, a_head_file: Path, a_result: Result
) -> None:
    assert a_scorer.score_file(a_head_file).motion_score_mm == a_result.motion_score_mm


def test_the_stages_add_up_to_the_total(a_result: Result) -> None:
    stages = {name: value for name, value in a_result.seconds.items() if name != "total"}
    assert stages.keys() == {"read", "conform", "network", "checks"}
    assert math.fsum(stages.values()) == pytest.approx(a_result.seconds["total"])


@pytest.mark.slow
@pytest.mark.parametrize("widths", [[(20, 60), (45, 25), (33, 51)], [(1, 1), (1, 1), (1, 1)]])
def test_air_around_a_real_head_does_not_change_its_score(
    real_data: Path, widths: list[tuple[int, int]]
) -> None:
    scan = read_scan(real_data / "ds000011" / "sub-01" / "anat" / "sub-01_T1w.nii.gz")
    scorer = Scorer(find_model(), "cpu")
    before, after = scorer.score(scan), scorer.score(padded(scan, widths))
    assert after.motion_score_mm == pytest.approx(before.motion_score_mm, abs=0.1)


def test_a_scan_that_is_unlike_what_the_model_knows_is_said_to_be(
    a_model: ModelBundle, a_scorer: Scorer, a_head_scan: Scan
) -> None:
    volume = conform(a_head_scan, a_model.metadata.architecture.grid, a_model.metadata.spacing_mm)
    embedding = (
        open_runtime(a_model, "cpu")
        .outputs(normalise(volume.data, a_model.metadata.normalisation))
        .embedding
    )
    plain = [warning.code for warning in a_scorer.score(a_head_scan).warnings]
    for away, expected in ((0.5, []), (2.0, ["unfamiliar"])):
        arrays = {
            MEAN: (embedding - away).astype(np.float32),
            WHITENING: np.eye(64, dtype=np.float32),
        }
        metadata = replace(a_model.metadata, familiarity=Familiarity(1.0, 0.05, "24 volumes"))
        knowing = ModelBundle({**a_model.weights, **arrays}, metadata)
        warnings = Scorer(knowing, "cpu").score(a_head_scan).warnings
        assert [w.code for w in warnings if w.code not in plain] == expected
    assert "2.0 times as far as 95% of such scans" in warnings[-1].message
