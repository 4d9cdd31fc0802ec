"""The one exception that tells a user what is wrong with what they gave us.

Everything else that escapes from the package is a defect of ours.
"""

from __future__ import annotations

from collections.abc import Sequence


class InputError(ValueError):
    """A fault in what the user gave, said in one line with its remedy.

    Parameters
    ----------
    code : str
        A stable, machine-readable name of the fault, for example ``"not-finite"``.
        Programs branch on it, so it never changes once it has been released.
    message : str
        One line for people: the file or argument, what is wrong, and what to do about it.
        White space, line breaks included, is folded to single blanks; other characters that
        nobody sees, such as those that steer a terminal, become question marks.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = printable(" ".join(message.split()))
        super().__init__(self.message)

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str]]:
        """Pickle with both arguments, so that the error crosses process borders."""
        return type(self), (self.code, self.message)


def printable(text: str) -> str:
    """Return a text with question marks for what nobody sees, or no terminal or font can show."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def some_of(names: Sequence[str], most: int = 5, joint: str = ", ") -> str:
    """Return the first of some names or faults, and how many more there are.

    Examples
    --------
    >>> some_of(["a", "b", "c"], most=2)
    'a, b and 1 more'
    >>> some_of(["a", "b", "c"], most=2, joint="; ")
    'a; b; and 1 more'
    """
    more = len(names) - most
    tail = "" if more <= 0 else f"{joint.rstrip(', ')} and {more} more"
    return joint.join(names[:most]) + tail
