"""A site's limits and reference, and when there are none."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from MotionQCLib.models import ModelMetadata, SiteLimits
from MotionQCLib.site_fit import ScoredScan, fit_site

METADATA = ModelMetadata("m", "1", sha256="cd" * 32)
ORDER = ("good", "doubtful", "bad")


def some_scans(*, each: int = 6, persons: int = 6) -> list[ScoredScan]:
    """Scans of three classes about 0.3, 1.0 and 2.0 mm, and two that nobody rated."""
    rated = [
        ScoredScan(middle + 0.1 * n / each, f"p{n % persons}", name)
        for name, middle in zip(ORDER, (0.3, 1.0, 2.0), strict=True)
        for n in range(each)
    ]
    return [*rated, ScoredScan(0.05, "q0"), ScoredScan(4.1, "q1")]


def same(one: SiteLimits, other: SiteLimits) -> bool:
    return replace(one, created=other.created) == other


def test_limits_lie_between_the_classes_and_all_scans_are_the_reference() -> None:
    site = fit_site(some_scans(), METADATA, ORDER)
    assert (site.model, site.sha256, site.label) == ("m", "cd" * 32, "edge")
    assert [item.name for item in site.classes] == list(ORDER)
    assert site.limits is not None
    assert 0.4 < site.limits.mm[0] < 1.0 < site.limits.mm[1] < 2.0
    assert site.limits.balanced_accuracy == 1
    assert (site.scans, site.subjects) == (20, 8)
    assert [rated.scans for rated in site.ratings] == [6, 6, 6]
    assert site.percentile(0.2) == 5


def test_the_order_of_the_scans_does_not_matter() -> None:
    scans = [replace(scan, score_mm=scan.score_mm % 1.1) for scan in some_scans(persons=3)]
    scans = [replace(scan, score_mm=scan.score_mm + ORDER.index(scan.rating))
             if scan.rating else scan for scan in scans]  # fmt: skip
    site = fit_site(scans, METADATA, ORDER)
    assert site.limits is not None
    for seed in range(5):
        shuffled = random.Random(seed).sample(scans, len(scans))
        assert same(fit_site(shuffled, METADATA, ORDER), site)


@pytest.mark.parametrize(
    ("scans", "says"),
    [
        (some_scans(each=4), "“good” has 4 of 4"),
        (some_scans(persons=2), "“good” has 6 of 2"),
        ([scan for scan in some_scans() if scan.rating != "bad"], "“bad” has 0 of 0"),
        ([scan for scan in some_scans() if scan.rating in ("", "bad")], "“good” has 0 of 0"),
        ([replace(scan, rating="") for scan in some_scans()], "no scan is rated"),
    ],
)
def test_too_few_ratings_give_a_reference_and_a_reason_and_no_limits(
    scans: list[ScoredScan], says: str
) -> None:
    site = fit_site(scans, METADATA, ORDER)
    assert site.limits is None
    assert site.classes == ()
    assert says in site.without_limits
    assert site.scans == len(scans)


def test_one_class_alone_has_no_limit() -> None:
    alone = [ScoredScan(0.1 * n, f"p{n}", "1") for n in range(9)]
    assert "two classes or more" in fit_site(alone, METADATA).without_limits


def test_medians_against_the_order_of_the_ratings_are_said_clearly() -> None:
    site = fit_site(some_scans(), METADATA, ORDER[::-1])
    assert site.limits is None
    assert "median scores do not rise in the order of the ratings" in site.without_limits
    assert "“bad” 2.04 mm, “doubtful” 1.04 mm, “good” 0.34 mm" in site.without_limits


def test_scores_that_are_all_alike_give_no_limits() -> None:
    alike = [ScoredScan(1.0, f"p{n}", str(n % 2)) for n in range(20)]
    assert "do not rise" in fit_site(alike, METADATA).without_limits


def test_numbers_need_no_order() -> None:
    numbers = {"": "", "good": "1", "doubtful": "2.0", "bad": "3"}
    scans = [replace(scan, rating=numbers[scan.rating]) for scan in some_scans()]
    assert [item.name for item in fit_site(scans, METADATA).classes] == ["1", "2", "3"]
