"""Ratings of a manifest become classes, of any names, in an order that somebody has told."""

from __future__ import annotations

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.ratings.rated_scans import rated_scans


def rows(*ratings: str) -> list[Row]:
    return [Row(f"{n}.nii", f"sub-{n}", "here", rating) for n, rating in enumerate(ratings)]


def test_scans_without_a_rating_are_left_aside() -> None:
    scans = rated_scans(rows("good", "", "bad", "good"), FinetuneConfig())
    assert scans.persons == ["here/sub-0", "here/sub-2", "here/sub-3"]
    assert [scans.classes[label] for label in scans.labels] == ["good", "bad", "good"]


def test_numbers_ascend_as_numbers() -> None:
    assert rated_scans(rows("10", "9", "2.5"), FinetuneConfig()).classes == ("2.5", "9", "10")


def test_names_may_be_of_any_script() -> None:
    names = ("不可用", "mäßig", "хорошо")
    assert set(rated_scans(rows(*names), FinetuneConfig()).classes) == set(names)


def test_configured_classes_keep_their_order_and_may_be_unused() -> None:
    config = FinetuneConfig(classes=("good", "fair", "bad"), ordinal=True)
    scans = rated_scans(rows("bad", "good"), config)
    assert scans.classes == ("good", "fair", "bad")
    assert scans.labels.tolist() == [2, 0]


@pytest.mark.parametrize(
    ("ratings", "config", "fault"),
    [
        (("", ""), FinetuneConfig(), "no scan of the manifest has a rating"),
        (("good", "good"), FinetuneConfig(), "every rated scan is rated 'good'"),
        (("good", "bad"), FinetuneConfig(ordinal=True), "nothing tells the order of bad, good"),
        (("good", "baad"), FinetuneConfig(classes=("good", "bad")), "not among classes .*: baad;"),
        (("good", "b" * 41), FinetuneConfig(), "up to 40 characters; rename"),
    ],
)
def test_ratings_that_make_no_classes_are_refused_in_one_line(
    ratings: tuple[str, ...], config: FinetuneConfig, fault: str
) -> None:
    with pytest.raises(InputError, match=fault) as caught:
        rated_scans(rows(*ratings), config)
    assert caught.value.code == "ratings"
