"""How long something takes still, as people say it."""

from __future__ import annotations

from slicer.i18n import tr as _

_MINUTE_S, _HOUR_S = 60, 3600


def time_left(seconds: float | None) -> str:
    """Return a clause that says how long it takes still, with its comma; None is not known."""
    if seconds is None:
        return ""
    if seconds < _MINUTE_S:
        return _(", less than a minute left")
    if seconds < 2 * _HOUR_S:
        return _(", {minutes} min left").format(minutes=round(seconds / _MINUTE_S))
    return _(", {hours:.1f} h left").format(hours=seconds / _HOUR_S)
