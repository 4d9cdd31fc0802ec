"""Site limits: classes on the score's axis, a place among a site's scans, and a strict form."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from MotionQCLib.errors import InputError
from MotionQCLib.models import (
    ModelBundle,
    ScoreClass,
    SiteLimits,
    load_site_limits,
)
from MotionQCLib.models.site_limits import FittedLimits, RatedClass


def some_limits(**changes: Any) -> SiteLimits:
    """Three classes of a site with six scans."""
    return SiteLimits(
        **{
            "model": "a-model",
            "sha256": "ab" * 32,
            "label": "edge",
            "created": "2026-01-31T12:00:00+00:00",
            "reference_mm": (0.1, 0.4, 0.4, 0.9, 1.5, 2.5),
            "subjects": 5,
            "ratings": (
                RatedClass("good", 3, 3, 0.4),
                RatedClass("doubtful", 2, 2, 1.2),
                RatedClass("bad", 1, 1, 2.5),
            ),
            "limits": FittedLimits((0.65, 2.0), ((0.5, 0.7), (1.8, 2.2)), 0.7, (0.5, 0.9)),
            **changes,
        }
    )


def test_limits_become_classes_that_share_the_axis() -> None:
    assert some_limits().classes == (
        ScoreClass("good", None, 0.65),
        ScoreClass("doubtful", 0.65, 2.0),
        ScoreClass("bad", 2.0, None),
    )
    assert some_limits(limits=None, without_limits="too few").classes == ()


@pytest.mark.parametrize(
    ("score", "percentile"), [(0.0, 0), (0.1, 0), (0.4, 100 / 6), (0.41, 50), (9.0, 100)]
)
def test_a_percentile_is_the_share_of_lower_scores(score: float, percentile: float) -> None:
    assert some_limits().percentile(score) == pytest.approx(percentile)


@given(
    st.lists(st.floats(0, 5), min_size=1, max_size=30).map(sorted),
    st.lists(st.floats(0, 5), min_size=2, max_size=20).map(sorted),
)
def test_a_percentile_never_falls_as_the_score_rises(
    reference: list[float], scores: list[float]
) -> None:
    site = some_limits(reference_mm=tuple(reference), subjects=1)
    percentiles = [site.percentile(score) for score in scores]
    assert all(0 <= low <= high <= 100 for low, high in pairwise(percentiles))


def test_another_models_limits_are_refused(a_model: ModelBundle) -> None:
    with pytest.raises(InputError, match=r"are for model a-model \(abababab\), and small"):
        some_limits().require_model(a_model.metadata)
    some_limits(sha256=a_model.metadata.sha256).require_model(a_model.metadata)


def changed(*keys: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    """Put a value into a document, by the names that lead to it; an ellipsis takes it out."""

    def act(document: Any) -> None:
        for key in keys[:-1]:
            document = document[key]
        if to is ...:
            del document[keys[-1]]
        else:
            document[keys[-1]] = to

    return act


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (changed("format", to="motionqc-site-limits/2"), "this version reads"),
        (changed("surplus", to=1), "unknown field 'surplus'"),
        (changed("model", "path", to="/"), "unknown field 'path'"),
        (changed("model", "sha256", to="AB" * 32), "model.sha256"),
        (changed("model", "label", to="best"), "model.label"),
        (changed("model", "name", to="a\nb"), "model.name"),
        (changed("created", to="yesterday"), "created"),
        (changed("reference", "scores_mm", to=[]), "0 entries"),
        (changed("reference", "scores_mm", to=[0.2, 0.1]), "not ascending"),
        (changed("reference", "scores_mm", to=[0.1, float("nan")]), "finite number"),
        (changed("reference", "scores_mm", to=[0.1, 10**400]), "finite number"),
        (changed("reference", "scores_mm", to=[0.1, "0.2"]), "finite number"),
        (changed("reference", "subjects", to=7), "reference.subjects"),
        (changed("reference", "subjects", to=True), "expected int"),
        (changed("ratings", to=[1]), "not a JSON object"),
        (changed("ratings", 0, "subjects", to=4), "class 'good': odd"),
        (changed("ratings", 0, "name", to="go\nod"), "odd name"),
        (changed("ratings", 0, "name", to="bad"), "one class twice"),
        (changed("ratings", to=[]), "2 entries for 0 classes"),
        (changed("limits", to=0), "not a JSON object"),
        (changed("limits", "mm", to=[2.0, 0.65]), "in order"),
        (changed("limits", "mm", to=[0.65, 0.65]), "in order"),
        (changed("limits", "mm", to=[0.65]), "1 entries for 3 classes"),
        (changed("limits", "intervals_90_mm", to=[[0.5, 0.7], [2.2, 1.8]]), "ends before"),
        (changed("limits", "balanced_accuracy", to=1.1), "no share"),
        (changed("without_limits", to=...), "without_limits is absent"),
        (changed("without_limits", to="too few"), "beside limits"),
    ],
)
def test_a_document_at_fault_is_refused_in_one_line(
    change: Callable[[dict[str, Any]], None], says: str, tmp_path: Path
) -> None:
    document = some_limits().to_json()
    change(document)
    (tmp_path / "site.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=says) as caught:
        load_site_limits(tmp_path / "site.json")
    assert caught.value.code == "site-limits"
    assert "\n" not in caught.value.message
