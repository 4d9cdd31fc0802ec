"""Who is moved to learn motion from, and who is rated: never the same person, best not one site."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.checksum import file_sha256
from MotionQCLib.errors import InputError, some_of
from MotionQCTraining.counted import counted
from MotionQCTraining.data.framed import Framing, frame_scans
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.simulated_ratings import BY_PEOPLE, RatingRule, simulate_ratings
from MotionQCTraining.data.splits import folds, require_no_leak, split
from MotionQCTraining.finetune_config import FinetuneConfig
from MotionQCTraining.limits import TWO_OR_MORE, Limit
from MotionQCTraining.ratings.rated_scans import RatedScans, rated_scans
from MotionQCTraining.synthesis.published.torchio_motion import SIMULATOR

Indices = NDArray[np.intp]
FOLDS = Limit(lambda n: n == 0 or TWO_OR_MORE.holds(n), f"0, or {TWO_OR_MORE.words}")
"""Of :func:`turns`."""


@dataclass(frozen=True)
class CohortConfig:
    """How a manifest is divided.

    Parameters
    ----------
    rated_sites : tuple of str
        Sites whose scans are the rated cohort; nobody of them is moved. Empty takes the rated
        scans of the manifest; where it has none, the site of the fewest subjects.
    still : tuple of str
        Ratings that count as still: other sites' scans with another rating are not moved. The
        first paper moved 40 of 462 scans that its raters had not called still.
    rule : RatingRule
        How the rated cohort is rated where the manifest has no rating.
    """

    rated_sites: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    rule: RatingRule = field(default_factory=RatingRule)


@dataclass(frozen=True)
class Cohorts:
    """A manifest divided.

    Parameters
    ----------
    moved : list of Row
        Scans on which motion is simulated.
    rated : list of Row
        Scans with ratings, of other persons.
    sources : list of Row
        The scan that each rated one was made of; where people have rated, that scan itself.
    ratings : str
        What the ratings are, for every table.
    scale : tuple of str
        Ratings by rule, in their order; empty where people have rated.
    """

    moved: list[Row]
    rated: list[Row]
    sources: list[Row]
    ratings: str
    scale: tuple[str, ...] = ()

    def images(
        self, framing: Framing, folder: Path, report: Callable[[str], None]
    ) -> dict[str, str]:
        """Return the checksum of the image behind every path, moved or rated.

        It is that of the framed file, so that the same image under other names, compressed or
        moved otherwise, is known again.

        Parameters
        ----------
        framing : Framing
            The frame.
        folder : Path
            Where framed scans are kept.
        report : callable
            Told of what takes time.

        Raises
        ------
        InputError
            ``leak``: an image is both moved and rated. ``unreadable-scans``.
        """
        scans = [*self.moved, *dict.fromkeys(self.sources)]
        files = frame_scans(scans, folder, framing, report)
        sums = {row.path: file_sha256(file) for row, file in zip(scans, files, strict=True)}
        of_rated = zip(self.rated, self.sources, strict=True)
        sums |= {row.path: sums[source.path] for row, source in of_rated}
        require_no_leak(
            {"moved": self.moved, "rated": self.rated}, by_row([*self.moved, *self.rated], sums)
        )
        return sums


def divide(rows: Sequence[Row], config: CohortConfig) -> tuple[list[Row], list[Row]]:
    """Return whose scans are moved and whose are rated, now or by rule.

    Raises
    ------
    InputError
        ``cohorts``: nobody is left for one of the two.
    """
    sites = config.rated_sites or _sites_to_rate(rows)
    rated = [row for row in rows if row.site in sites or (not sites and row.rating)]
    persons = {row.person for row in rated}
    moved = [
        row
        for row in rows
        if row.person not in persons
        and (not row.rating or not config.still or row.rating in config.still)
    ]
    if not rated or not moved:
        raise InputError(
            "cohorts",
            f"{counted(len(moved), 'scan')} to move and {len(rated)} to rate (rated_sites: "
            f"{', '.join(sites) or 'none'}); give scans of two sites, or rated and unrated persons",
        )
    return moved, rated


def cohorts(
    rows: Sequence[Row], config: CohortConfig, folder: Path, report: Callable[[str], None]
) -> Cohorts:
    """Divide a manifest, and make ratings by rule where it has none.

    Parameters
    ----------
    rows : sequence of Row
        The manifest.
    config : CohortConfig
        How.
    folder : Path
        Where scans moved for ratings by rule are kept.
    report : callable
        Told of what takes time.

    Raises
    ------
    InputError
        ``cohorts``: nobody is left for one of the two.
    """
    moved, chosen = divide(rows, config)
    by_people = [row for row in chosen if row.rating]
    if by_people:
        return Cohorts(moved, by_people, by_people, BY_PEOPLE)
    rated = simulate_ratings(chosen, folder, config.rule, report)
    ratings = f"{config.rule.statement}; training motion by {SIMULATOR}"
    sources = [row for row in chosen for _ in range(config.rule.versions)]
    return Cohorts(moved, rated, sources, ratings, config.rule.names)


def by_row(rows: Sequence[Row], sums: Mapping[str, str]) -> dict[Row, str]:
    """Return checksums by path as those of rows, whatever rating a row has."""
    return {row: sums[row.path] for row in rows}


def _sites_to_rate(rows: Sequence[Row]) -> tuple[str, ...]:
    """Empty where people have rated; else the site of the fewest persons, by name among equals."""
    if any(row.rating for row in rows):
        return ()
    persons = {site: {r.person for r in rows if r.site == site} for site in {r.site for r in rows}}
    return (min(persons, key=lambda site: (len(persons[site]), site)),)


def class_scans(rows: Sequence[Row], classes: Mapping[str, Sequence[str]]) -> RatedScans:
    """Return rated scans with classes made of one or several ratings each.

    Parameters
    ----------
    rows : sequence of Row
        Scans with ratings.
    classes : mapping
        Ratings of every class; empty makes a class of every rating.

    Raises
    ------
    InputError
        ``ratings``: a rating belongs to no class, or there are not two classes.
    """
    class_of = {rating: name for name, own in classes.items() for rating in own}
    # A rating may bear the name of a class that it is not in.
    strange = sorted({row.rating for row in rows} - set(class_of)) if classes else []
    if strange:
        raise InputError(
            "ratings",
            f"ratings of no class: {some_of(strange)}; put them into one of "
            f"{', '.join(classes)}, or mend the manifest",
        )
    named = [replace(row, rating=class_of.get(row.rating, row.rating)) for row in rows]
    return rated_scans(named, FinetuneConfig(classes=tuple(classes)))


@dataclass(frozen=True)
class Turn:
    """Scans, by index, to train on, to choose the network by, and to test."""

    train: Indices
    validation: Indices
    test: Indices

    @property
    def parts(self) -> dict[str, Indices]:
        """The scans by the name of their part."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def turns(rows: Sequence[Row], folds_: int, seed: int) -> list[Turn]:
    """Divide rated scans by person and rating.

    Parameters
    ----------
    rows : sequence of Row
        Rated scans.
    folds_ : int
        Parts of a cross-validation, in which every scan is tested once; 0 makes one turn with 15 %
        of the subjects of each site to test and as many to validate.
    seed : int
        Enters the order of persons.

    Raises
    ------
    InputError
        ``split``: too few persons. ``leak`` never happens, and is checked.
    """
    place = {id(row): index for index, row in enumerate(rows)}

    def indices(part: Sequence[Row]) -> Indices:
        return np.array([place[id(row)] for row in part], dtype=np.intp)

    made = []
    for parts in _parts(rows, folds_, seed):
        require_no_leak(parts)
        made.append(Turn(*(indices(parts[name]) for name in ("train", "validation", "test"))))
    return made


def _parts(rows: Sequence[Row], folds_: int, seed: int) -> list[dict[str, list[Row]]]:
    if not folds_:
        whole = split(rows, seed=seed, validation=0.15, test=0.15, by_rating=True)
        return [{str(name): part for name, part in whole.items()}]
    parts = []
    for outer in folds(rows, folds_, seed=seed):
        persons = len({row.person for row in outer.train})
        inner = folds(outer.train, min(max(2, folds_ - 1), persons), seed=seed)[0]
        parts.append({"train": inner.train, "validation": inner.test, "test": outer.test})
    return parts
