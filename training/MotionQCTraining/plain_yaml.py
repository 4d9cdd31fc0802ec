"""YAML that people write: values only, no objects, and nothing that grows when it is shown."""

from __future__ import annotations

import reprlib
from typing import Any

_MOST_CHARACTERS = 1_000_000
_SHOWN = 200

_brief = reprlib.Repr()
_brief.maxlevel, _brief.maxstring, _brief.maxother, _brief.maxlong = 2, 60, 60, 60
_brief.maxlist = _brief.maxtuple = _brief.maxdict = _brief.maxset = 8


def parse_yaml(text: str) -> Any:
    """Return the values of a YAML text.

    Raises
    ------
    ValueError
        It is no YAML, or longer or deeper than any configuration; the message says where.
    """
    import yaml

    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"longer than {_MOST_CHARACTERS} characters")
    try:
        return yaml.safe_load(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{' '.join(str(error).split()):.300}") from error
    # What PyYAML raises for values of a kind that they are not, such as the 45th of a month.
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"a value is not of its kind: {error!s:.200}") from error


def shown(value: Any) -> str:
    """Return a value for a message, shortened; an alias may stand for millions of values."""
    text = _brief.repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
