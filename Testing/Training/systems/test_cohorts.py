"""Who is moved and who is rated: no person is both."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.data.framed import Framing
from MotionQCTraining.data.manifest import Row, read_manifest
from MotionQCTraining.data.simulated_ratings import BY_PEOPLE, BY_RULE, RatingRule
from MotionQCTraining.systems.cohorts import CohortConfig, class_scans, cohorts, turns


def rows_of(**ratings: str) -> list[Row]:
    """A scan a person, ``site_subject=rating``."""
    return [
        Row(name, name.partition("_")[2], name.partition("_")[0], rating)
        for name, rating in ratings.items()
    ]


MIXED = rows_of(a_1="", a_2="", a_3="2", b_1="0", b_2="1", b_3="")


def silent(_: str) -> None:
    pass


def test_rated_scans_are_the_rated_cohort_and_all_others_are_moved(tmp_path: Path) -> None:
    found = cohorts(MIXED, CohortConfig(), tmp_path, silent)
    assert {row.path for row in found.rated} == {"a_3", "b_1", "b_2"}
    assert {row.path for row in found.moved} == {"a_1", "a_2", "b_3"}
    assert found.ratings == BY_PEOPLE


def test_nobody_with_a_rated_scan_is_moved(tmp_path: Path) -> None:
    twice = [*MIXED, Row("a_3 again", "3", "a")]
    found = cohorts(twice, CohortConfig(), tmp_path, silent)
    assert "a_3 again" not in {row.path for row in found.moved}


def test_named_sites_are_rated_and_others_moved_if_they_are_still(tmp_path: Path) -> None:
    found = cohorts(MIXED, CohortConfig(rated_sites=("b",)), tmp_path, silent)
    assert {row.path for row in found.moved} == {"a_1", "a_2", "a_3"}
    strict = CohortConfig(rated_sites=("b",), still=("0",))
    assert {row.path for row in cohorts(MIXED, strict, tmp_path, silent).moved} == {"a_1", "a_2"}


def test_without_ratings_the_smallest_site_is_rated_by_rule(
    small_dataset: Path, tmp_path: Path
) -> None:
    rows = read_manifest(small_dataset)[:5]  # three of site0, two of site1
    rule = RatingRule(versions=1)
    found = cohorts(rows, CohortConfig(rule=rule), tmp_path, silent)
    assert {row.site for row in found.rated} == {"site1"}
    assert {row.site for row in found.moved} == {"site0"}
    assert found.ratings.startswith(BY_RULE)
    assert "by MotionQC's simulator" in found.ratings
    assert "training motion by torchio.Motion" in found.ratings
    assert found.scale == rule.names


SMALL_FRAME = Framing(frame=(30, 34, 31), spacing_mm=7.0)


def under_another_name(row: Row, folder: Path, site: str) -> Row:
    """The same image, compressed otherwise, of somebody else."""
    path = folder / "copy_T1w.nii.gz"
    path.write_bytes(gzip.compress(gzip.decompress(Path(row.path).read_bytes()), 1))
    return Row(str(path), "sub-copy", site, row.rating)


@pytest.mark.parametrize("by", ["people", "rule"])
def test_an_image_that_is_moved_and_rated_under_two_names_is_refused(
    small_dataset: Path, tmp_path: Path, by: str
) -> None:
    rows = read_manifest(small_dataset)[:5]  # three of site0, two of site1
    if by == "people":
        rows = [replace(row, rating="0" if row.site == "site1" else "") for row in rows]
    config = CohortConfig(rule=RatingRule(versions=1))
    fine = cohorts(rows, config, tmp_path / "rated", silent)
    sums = fine.images(SMALL_FRAME, tmp_path / "framed", silent)
    assert sums.keys() == {row.path for row in (*fine.moved, *fine.rated, *fine.sources)}
    copy = replace(under_another_name(rows[1], tmp_path, "site0"), rating="")
    leaking = cohorts([*rows, copy], config, tmp_path / "rated", silent)
    with pytest.raises(InputError, match="one image of site0/sub-copy and site1/sub-01"):
        leaking.images(SMALL_FRAME, tmp_path / "framed", silent)


@pytest.mark.parametrize("rows", [rows_of(a_1="0", a_2="1"), rows_of(a_1="", a_2="")])
def test_a_cohort_without_anybody_is_an_error(rows: list[Row], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give scans of two sites, or rated and unrated persons"):
        cohorts(rows, CohortConfig(), tmp_path, silent)


def test_classes_may_unite_ratings() -> None:
    rows = rows_of(a_1="1", a_2="2", a_3="3", a_4="4")
    scans = class_scans(rows, {"bad": ("1", "2"), "fair": ("3",), "good": ("4",)})
    assert scans.classes == ("bad", "fair", "good")
    assert scans.labels.tolist() == [0, 0, 1, 2]
    assert class_scans(rows, {}).classes == ("1", "2", "3", "4")


@pytest.mark.parametrize("strange", ["5", "good"])
def test_a_rating_of_no_class_is_named_even_if_a_class_is_called_so(strange: str) -> None:
    with pytest.raises(InputError, match=f"ratings of no class: {strange}; put them into one of"):
        class_scans(rows_of(a_1="1", a_2="4", a_3=strange), {"bad": ("1",), "good": ("4",)})


@pytest.mark.parametrize("count", [2, 4])
def test_every_scan_is_tested_once_and_no_person_is_in_two_parts(
    some_rated_rows: list[Row], count: int
) -> None:
    made = turns(some_rated_rows, count, seed=3)
    tested = np.concatenate([turn.test for turn in made])
    assert sorted(tested.tolist()) == list(range(len(some_rated_rows)))
    for turn in made:
        parts = [
            {some_rated_rows[i].person for i in part}
            for part in (turn.train, turn.validation, turn.test)
        ]
        assert all(parts)
        assert sum(map(len, parts)) == len(set.union(*parts)) == 12


def test_no_folds_make_one_split(some_rated_rows: list[Row]) -> None:
    (turn,) = turns(some_rated_rows, 0, seed=3)
    sizes = [len(part) for part in (turn.train, turn.validation, turn.test)]
    assert sizes == [16, 4, 4]
