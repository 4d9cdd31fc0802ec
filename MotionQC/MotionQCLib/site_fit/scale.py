"""The order of a site's ratings, from least motion to most."""

from __future__ import annotations

from collections.abc import Sequence

from MotionQCLib.errors import InputError
from MotionQCLib.models.site_limits import LONGEST_CLASS_NAME, MOST_CLASSES

_NAMED_AT_MOST = 5


def plain_ratings(ratings: Sequence[str]) -> list[str]:
    """Return ratings with one spelling a number: where all are numbers, `1.0` is `1`."""
    try:
        return [f"{float(rating):g}" for rating in ratings]
    except ValueError:
        return list(ratings)


def scale_of(ratings: Sequence[str], order: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the different ratings, from least motion to most.

    Parameters
    ----------
    ratings
        As `plain_ratings` spells them.
    order
        The scale as the user gives it; without it, numbers are taken as ascending with motion.

    Raises
    ------
    InputError
        `ratings`: nothing tells the order, the order given does not hold every rating, or they are
        no names of classes.
    """
    found = sorted(set(ratings))
    if problem := _problem_of_names({*found, *order}):
        raise InputError("ratings", f"{problem}; mend the ratings.")
    if not order:
        return _ascending(found)
    scale = tuple(plain_ratings(order))
    if unknown := [name for name in found if name not in scale]:
        more = " and others" if len(unknown) > _NAMED_AT_MOST else ""
        raise InputError(
            "ratings",
            f"--order {','.join(order)}: lacks {', '.join(unknown[:_NAMED_AT_MOST])}{more}; name "
            "every rating, from least motion to most.",
        )
    if len(set(scale)) != len(scale):
        raise InputError(
            "ratings", f"--order {','.join(order)}: names a rating twice; once will do."
        )
    return scale


def _ascending(found: list[str]) -> tuple[str, ...]:
    try:
        return tuple(sorted(found, key=float))
    except ValueError:
        raise InputError(
            "ratings",
            f"nothing tells the order of {', '.join(found[:_NAMED_AT_MOST])}; give it from least "
            'motion to most, such as --order "good,doubtful,bad".',
        ) from None


def _problem_of_names(names: set[str]) -> str:
    if len(names) > MOST_CLASSES:
        return f"there are {len(names)} different ratings, and a scale has {MOST_CLASSES} at most"
    for name in sorted(names):
        if not (name.isprintable() and 0 < len(name) <= LONGEST_CLASS_NAME):
            return f"{name!r:.60} is no name of up to {LONGEST_CLASS_NAME} printable characters"
    return ""
