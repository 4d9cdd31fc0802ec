"""Who is trained on and who is held out: whole persons, never single scans.

Persons are ordered by a hash of their name and a seed, never by the order of rows, so that the same
manifest is always divided alike. Further scans of a person follow that person.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from MotionQCLib.errors import InputError, some_of
from MotionQCTraining.counted import counted
from MotionQCTraining.data.manifest import Row

Part = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Fold:
    """One turn of a cross-validation.

    Parameters
    ----------
    name : str
        The fold's number, from 1.
    train, test : list of Row
        All rows, divided by person, in the manifest's order.
    """

    name: str
    train: list[Row]
    test: list[Row]


def split(
    rows: Sequence[Row],
    *,
    seed: int,
    validation: float,
    test: float,
    by_rating: bool = False,
    left_out: Collection[str] = (),
    validation_sites: Collection[str] = (),
) -> dict[Part, list[Row]]:
    """Divide the scans by person and, as far as whole persons allow, by the same shares per site.

    Parameters
    ----------
    rows : sequence of Row
        The manifest.
    seed : int
        Enters the hash that orders the persons: adding a scan moves nobody else.
    validation, test : float
        Shares of each site's persons, at least one person each where the share is not 0.
    by_rating : bool
        Whether the parts of a site also have the same shares of every rating, as far as whole
        persons allow; a person counts by the commonest rating of their scans.
    left_out : collection of str
        Sites of which all scans are to test: what the others teach is asked where it was not
        learnt. Nobody of another site moves to another part for it.
    validation_sites : collection of str
        Sites of which all scans are to validation, where nobody of the others then is.

    Raises
    ------
    InputError
        ``split``: a site has too few subjects to hold out, or one that is to be held out as a whole
        is not there, or no other is.
    """
    _require_others(rows, {"left_out": left_out, "validation_sites": validation_sites})
    apart = {*left_out, *validation_sites}
    kept = [row for row in rows if row.site not in apart]
    validation = 0.0 if validation_sites else validation
    _require_enough(kept, validation, test)
    parts: dict[Part, list[Row]] = {
        "train": [],
        "validation": [row for row in rows if row.site in validation_sites],
        "test": [row for row in rows if row.site in left_out],
    }
    for site in sorted({row.site for row in kept}):
        own = [row for row in kept if row.site == site]
        persons = _spread(own, seed, by_rating)
        held = [_held_out(share, len(persons)) for share in (validation, test)]
        trained = len(persons) - sum(held)
        counts: dict[Part, int] = {"validation": held[0], "test": held[1], "train": trained}
        names = [part for part, count in counts.items() for _ in range(count)]
        part_of = dict(zip(persons, names, strict=True))
        for row in own:
            parts[part_of[row.person]].append(row)
    return parts


def folds(rows: Sequence[Row], count: int, *, seed: int) -> list[Fold]:
    """Divide the scans for a cross-validation: every person is tested in one fold.

    The folds' numbers of persons differ by one at most, in all and with every commonest rating;
    within a rating, the persons of a site are spread over the folds as well.

    Parameters
    ----------
    rows : sequence of Row
        Scans, rated or not; without a rating is a rating of its own.
    count : int
        Number of folds.
    seed : int
        Enters the hash that orders the persons. Neither the order of rows matters, nor further
        scans of a person that leave the commonest rating as it is.

    Raises
    ------
    InputError
        ``split``: the number of folds is below 2 or above that of the persons.
    """
    commonest = _commonest_ratings(rows)
    site = {row.person: row.site for row in rows}
    if not 2 <= count <= len(site):
        raise InputError(
            "split",
            f"{count} folds of {counted(len(site), 'subject')}: give two folds or more, no more "
            "than subjects",
        )
    persons = sorted(site, key=lambda p: (commonest[p], site[p], _hash(p, seed)))
    fold_of = {person: number % count for number, person in enumerate(persons)}
    return [
        _fold(str(number + 1), rows, {p for p, own in fold_of.items() if own == number})
        for number in range(count)
    ]


def require_no_leak(
    parts: Mapping[str, Iterable[Row]], sums: Mapping[Row, str] | None = None
) -> None:
    """Make sure that no person, and no image, is in two parts.

    Parameters
    ----------
    parts : mapping
        Rows by the name of their part.
    sums : mapping, optional
        Checksums of the images, by row: the same image under the names of two persons is a leak
        too. Rows without one are judged by their person alone.

    Raises
    ------
    InputError
        ``leak``: who is in which parts.
    """
    parts = {name: list(rows) for name, rows in parts.items()}
    where: dict[str, set[str]] = {}
    owners: dict[str, set[str]] = {}
    for name, rows in parts.items():
        for row in rows:
            where.setdefault(row.person, set()).add(name)
            if sums and row in sums:
                where.setdefault(sums[row], set()).add(name)
                owners.setdefault(sums[row], set()).add(row.person)
    leaks = {key: names for key, names in where.items() if len(names) > 1}
    # An image of a person who is named already need not be named again.
    told = [
        f"{_owner(key, owners)} ({', '.join(sorted(names))})"
        for key, names in sorted(leaks.items())
        if not owners.get(key, set()) & set(leaks)
    ]
    if told:
        raise InputError(
            "leak",
            f"in more than one part: {some_of(told, joint='; ')}. Give every person one subject "
            "name and one site, and every image one row",
        )


def _require_others(rows: Sequence[Row], apart: Mapping[str, Collection[str]]) -> None:
    """Make sure that the sites held out as a whole are there, once, and others beside them."""
    sites = {row.site for row in rows}
    held: dict[str, str] = {}
    for field, names in apart.items():
        for name in dict.fromkeys(names):
            if name not in sites:
                told = f"there is no site {name!r}"
            elif name in held:
                told = f"site {name!r} is in {held[name]} as well"
            elif len(held) + 1 == len(sites):
                told = f"with site {name!r} every site would be held out"
            else:
                held[name] = field
                continue
            raise InputError(
                "split", f"{field}: {told}; name some of {', '.join(sorted(sites))}, but not all"
            )


def _require_enough(rows: Sequence[Row], validation: float, test: float) -> None:
    """Make sure that every site keeps somebody to train on; all that do not are named at once."""
    counts = Counter(site for site, _ in {(row.site, row.person) for row in rows})
    few = {
        site: count
        for site, count in sorted(counts.items())
        if sum(_held_out(share, count) for share in (validation, test)) >= count
    }
    if not few:
        return
    shares = {"validate": validation, "test": test}
    uses = " and to ".join(use for use, share in shares.items() if share)
    least = 1 + sum(share > 0 for share in shares.values())
    told = ", ".join(f"{site} has {counted(n, 'subject')}" for site, n in few.items())
    raise InputError(
        "split",
        f"{told}: a site takes {least} or more, because some are held out to {uses}; add "
        "subjects, hold out smaller shares, or give small sites one name in the manifest",
    )


def _owner(key: str, owners: Mapping[str, set[str]]) -> str:
    persons = owners.get(key)
    return f"one image of {' and '.join(sorted(persons))}" if persons else key


def _spread(rows: Sequence[Row], seed: int, by_rating: bool) -> list[str]:
    """Persons by hash; where ratings count, every stretch of them has its share of each rating."""
    persons = sorted({row.person for row in rows}, key=lambda person: _hash(person, seed))
    if not by_rating:
        return persons
    commonest = _commonest_ratings(rows)
    sizes = Counter(commonest[person] for person in persons)
    seen: Counter[str] = Counter()
    place = {}
    for person in persons:
        rating = commonest[person]
        place[person] = (seen[rating] + 0.5) / sizes[rating]
        seen[rating] += 1
    return sorted(persons, key=lambda person: (place[person], _hash(person, seed)))


def _commonest_ratings(rows: Sequence[Row]) -> dict[str, str]:
    """The commonest rating of every person's scans; of equally common ones the first by name."""
    ratings: dict[str, Counter[str]] = {}
    for row in rows:
        ratings.setdefault(row.person, Counter())[row.rating] += 1
    return {
        person: min(rating for rating, count in counts.items() if count == max(counts.values()))
        for person, counts in ratings.items()
    }


def _fold(name: str, rows: Sequence[Row], tested: set[str]) -> Fold:
    return Fold(
        name,
        train=[row for row in rows if row.person not in tested],
        test=[row for row in rows if row.person in tested],
    )


def _held_out(share: float, persons: int) -> int:
    return max(1, round(share * persons)) if share else 0


def _hash(text: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{text}".encode()).hexdigest()
