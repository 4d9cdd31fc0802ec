"""Who is held out: whole persons, the same ones whatever the order of rows."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from MotionQCLib.errors import InputError
from MotionQCLib.models import find_model
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.config_file import load_config
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.splits import folds, require_no_leak, split

SITES = st.dictionaries(st.sampled_from("abcd"), st.integers(4, 30), min_size=1)
SEEDS = st.integers(0, 9)


def rows_of(counts: dict[str, int], scans: int = 2) -> list[Row]:
    return [
        Row(f"/{site}/{subject}/{scan}.nii", f"sub-{subject:03d}", site)
        for site, count in counts.items()
        for subject in range(count)
        for scan in range(scans)
    ]


def persons(rows: list[Row]) -> set[str]:
    return {row.person for row in rows}


@st.composite
def rated_rows(draw: st.DrawFn) -> list[Row]:
    """One to three scans, differently rated or not at all, of four to thirty persons a site."""
    return [
        replace(row, rating=draw(st.sampled_from(["", "good", "bad"])))
        for row in rows_of(draw(SITES), draw(st.integers(1, 3)))
    ]


def shuffled(rows: list[Row], seed: int) -> list[Row]:
    return random.Random(seed).sample(rows, len(rows))


@given(SITES, SEEDS)
def test_no_person_is_in_two_parts_and_every_site_is_in_each(
    counts: dict[str, int], seed: int
) -> None:
    parts = split(rows_of(counts), seed=seed, validation=0.2, test=0.2)
    assert sum(len(persons(part)) for part in parts.values()) == sum(counts.values())
    assert all({row.site for row in part} == set(counts) for part in parts.values())
    require_no_leak(parts)


@given(rated_rows(), SEEDS, st.booleans())
def test_every_row_is_in_one_part_whatever_the_order_of_rows(
    rows: list[Row], seed: int, by_rating: bool
) -> None:
    parts = split(rows, seed=seed, validation=0.2, test=0.2, by_rating=by_rating)
    again = split(shuffled(rows, seed), seed=seed, validation=0.2, test=0.2, by_rating=by_rating)
    assert Counter(row for part in parts.values() for row in part) == Counter(rows)
    assert {name: set(part) for name, part in parts.items()} == {
        name: set(part) for name, part in again.items()
    }


@given(rated_rows(), SEEDS)
def test_one_scan_more_of_a_person_moves_nobody(rows: list[Row], seed: int) -> None:
    before = split(rows, seed=seed, validation=0.1, test=0.1)
    after = split([*rows, replace(rows[0], path="/new")], seed=seed, validation=0.1, test=0.1)
    assert all(persons(before[part]) == persons(after[part]) for part in before)


def test_one_person_more_moves_nobody_between_the_largest_parts() -> None:
    before = split(rows_of({"a": 40}), seed=1, validation=0.1, test=0.1)
    after = split(rows_of({"a": 41}), seed=1, validation=0.1, test=0.1)
    assert len(persons(before["train"]) - persons(after["train"])) <= 2


def test_all_sites_of_too_few_subjects_are_named_with_what_they_need() -> None:
    with pytest.raises(InputError) as caught:
        split(rows_of({"a": 2, "b": 3, "c": 1}), seed=0, validation=0.1, test=0.1)
    assert caught.value.message.startswith("a has 2 subjects, c has 1 subject: a site takes 3 or")
    assert "held out to validate and to test" in caught.value.message


def test_where_nothing_is_held_out_to_validate_two_subjects_suffice() -> None:
    parts = split(rows_of({"a": 2}), seed=0, validation=0.0, test=0.1)
    assert [len(persons(part)) for part in parts.values()] == [1, 0, 1]
    with pytest.raises(InputError, match=r"a site takes 2 or more, .* held out to test;"):
        split(rows_of({"a": 1}), seed=0, validation=0.0, test=0.1)


def test_the_shipped_model_s_held_out_subjects_are_those_it_was_judged_on() -> None:
    config = load_config("motionqc", PretrainConfig)
    rows = [
        Row("", f"sub-{number:02d}", site)
        for site, count in (("ds000011", 10), ("ds002748", 60))
        for number in range(1, count + 1)
    ]
    parts = split(rows, seed=config.seed, validation=config.validation, test=config.test)
    assert [row.person for row in parts["test"]] == [
        "ds000011/sub-03", "ds000011/sub-10", "ds002748/sub-04", "ds002748/sub-05",
        "ds002748/sub-14", "ds002748/sub-19", "ds002748/sub-32", "ds002748/sub-47",
        "ds002748/sub-49", "ds002748/sub-51", "ds002748/sub-59",
    ]  # fmt: skip
    assert [row.person for row in parts["validation"]] == [
        "ds000011/sub-08", "ds002748/sub-09", "ds002748/sub-23", "ds002748/sub-25",
        "ds002748/sub-28", "ds002748/sub-30", "ds002748/sub-41", "ds002748/sub-42",
    ]  # fmt: skip
    made_from = find_model("motionqc-t1w-preview").metadata.training["names"].values()
    assert set(made_from) == persons(parts["train"]) | persons(parts["validation"])


@given(st.integers(5, 40), st.integers(5, 40), SEEDS)
def test_a_part_has_its_share_of_every_rating(good: int, bad: int, seed: int) -> None:
    rows = [
        replace(row, rating="good" if number < good else "bad")
        for number, row in enumerate(rows_of({"a": good + bad}, scans=1))
    ]
    parts = split(rows, seed=seed, validation=0.2, test=0.2, by_rating=True)
    for part in parts.values():
        expected = len(part) * good / (good + bad)
        assert abs(sum(row.rating == "good" for row in part) - expected) <= 1.5


def test_ratings_change_a_split_only_where_they_are_asked_for() -> None:
    rows = rows_of({"a": 12})
    rated = [replace(row, rating=str(number % 5)) for number, row in enumerate(rows)]
    plain = split(rows, seed=3, validation=0.2, test=0.2)
    assert {
        name: [replace(row, rating="") for row in part]
        for name, part in split(rated, seed=3, validation=0.2, test=0.2).items()
    } == plain
    assert split(rows, seed=3, validation=0.2, test=0.2, by_rating=True) == plain


@given(rated_rows(), st.integers(2, 4), SEEDS)
def test_every_row_is_tested_in_one_fold_and_trained_on_in_the_others(
    rows: list[Row], count: int, seed: int
) -> None:
    made = folds(rows, count, seed=seed)
    assert Counter(row for fold in made for row in fold.test) == Counter(rows)
    for fold in made:
        require_no_leak({"train": fold.train, "test": fold.test})
        assert Counter(fold.train + fold.test) == Counter(rows)
        assert fold.test


@given(rated_rows(), st.integers(2, 4), SEEDS)
def test_folds_are_the_same_in_any_order_of_rows_and_with_a_repeated_scan(
    rows: list[Row], count: int, seed: int
) -> None:
    rated_once = [replace(row, rating=row.subject[-1]) for row in rows]
    plain = folds(rated_once, count, seed=seed)
    other = [*shuffled(rated_once, seed), replace(rated_once[0], path="/new")]
    for one, two in zip(plain, folds(other, count, seed=seed), strict=True):
        assert persons(one.test) == persons(two.test)


@given(st.integers(4, 30), st.integers(4, 30), st.integers(2, 4), SEEDS)
def test_ratings_are_spread_evenly_over_folds(good: int, bad: int, count: int, seed: int) -> None:
    rows = [
        replace(row, rating="good" if number < good else "bad")
        for number, row in enumerate(rows_of({"a": good + bad}, scans=1))
    ]
    made = folds(rows, count, seed=seed)
    for rating in ("good", "bad"):
        held = [sum(row.rating == rating for row in fold.test) for fold in made]
        assert max(held) - min(held) <= 1
    sizes = [len(fold.test) for fold in made]
    assert max(sizes) - min(sizes) <= 1


def test_another_seed_gives_other_folds() -> None:
    rows = rows_of({"a": 30})
    assert persons(folds(rows, 3, seed=1)[0].test) != persons(folds(rows, 3, seed=2)[0].test)


@pytest.mark.parametrize("count", [0, 1, 6])
def test_a_number_of_folds_that_cannot_be_is_refused(count: int) -> None:
    with pytest.raises(InputError, match=f"{count} folds of 5 subjects"):
        folds(rows_of({"a": 5}), count, seed=0)


@given(st.integers(4, 20), st.integers(4, 20), SEEDS)
def test_a_site_that_is_left_out_is_to_test_and_moves_nobody_else(
    a: int, b: int, seed: int
) -> None:
    rows = rows_of({"a": a, "b": b})
    whole = split(rows, seed=seed, validation=0.2, test=0.2)
    parts = split(rows, seed=seed, validation=0.2, test=0.2, left_out=["b"])
    assert {row for row in parts["test"] if row.site == "b"} == {r for r in rows if r.site == "b"}
    for name, members in parts.items():
        own = [row for row in members if row.site == "a"]
        assert own == [row for row in whole[name] if row.site == "a"]
    require_no_leak(parts)


@given(st.integers(2, 20), st.integers(1, 20), SEEDS)
def test_where_a_site_is_validated_on_as_a_whole_nobody_else_is(a: int, b: int, seed: int) -> None:
    rows = rows_of({"a": a, "b": b})
    parts = split(rows, seed=seed, validation=0.2, test=0.2, validation_sites=["b"])
    assert parts["validation"] == [row for row in rows if row.site == "b"]
    assert {row.site for row in parts["train"]} == {row.site for row in parts["test"]} == {"a"}
    require_no_leak(parts)


@pytest.mark.parametrize(
    ("left_out", "validated", "told"),
    [
        (["c"], [], "left_out: there is no site 'c'"),
        (["a", "b"], [], "left_out: with site 'b' every site"),
        (["a", "d"], [], "'d'"),
        ([], ["c"], "validation_sites: there is no site 'c'"),
        (["a"], ["a"], "validation_sites: site 'a' is in left_out as well"),
        (["a"], ["b"], "validation_sites: with site 'b' every site"),
    ],
)
def test_sites_that_are_held_out_as_a_whole_are_there_once_and_leave_another(
    left_out: list[str], validated: list[str], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        split(
            rows_of({"a": 5, "b": 5}),
            seed=1,
            validation=0.2,
            test=0.2,
            left_out=left_out,
            validation_sites=validated,
        )


def test_a_person_in_two_parts_is_a_leak_with_a_name() -> None:
    one, two = rows_of({"a": 1})
    with pytest.raises(InputError, match=r"a/sub-000 \(test, train\)") as caught:
        require_no_leak({"train": [one], "test": [two]})
    assert caught.value.code == "leak"


def test_one_image_under_two_names_is_a_leak_where_checksums_tell() -> None:
    one, two = rows_of({"a": 2}, scans=1)
    parts = {"train": [one], "test": [two]}
    require_no_leak(parts)
    require_no_leak(parts, {one: "11", two: "22"})
    with pytest.raises(InputError, match="one image of a/sub-000 and a/sub-001"):
        require_no_leak(parts, {one: "11", two: "11"})


def test_the_same_image_twice_in_one_part_leaks_nothing() -> None:
    one, two = rows_of({"a": 2}, scans=1)
    require_no_leak({"train": [one, two]}, {one: "11", two: "11"})


def test_many_leaks_are_told_in_one_line() -> None:
    rows = rows_of({"a": 9}, scans=1)
    with pytest.raises(InputError, match="and 4 more") as caught:
        require_no_leak({"train": rows, "test": rows}, {row: row.path for row in rows})
    assert "one image" not in caught.value.message
