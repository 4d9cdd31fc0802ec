"""*Check*: a manifest's dry run in a child process, and what it found as rich text."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from MotionQCLib.gui.shell_call import ShellCall, Start

_NAMED_AT_MOST = 4


class ManifestCheck:
    """Reads every scan of a manifest as training would; one at a time.

    Parameters
    ----------
    start : callable
        Starts a command, see :func:`~MotionQCLib.gui.interpreter.start_command`.
    """

    def __init__(self, start: Start) -> None:
        self._call = ShellCall(start)

    @property
    def busy(self) -> bool:
        """Whether scans are being read."""
        return self._call.busy

    @property
    def line(self) -> str:
        """The last that was said about how far it is."""
        lines = self._call.errors.splitlines()
        return lines[-1] if lines else _("Checking …")

    def begin(self, manifest: Path) -> None:
        """Begin.

        Raises
        ------
        OSError
            Python cannot be started, or no temporary file be written.
        """
        self._call.begin(lambda _stop_file: ["manifest", "--check", str(manifest), "--json"])

    def poll(self) -> tuple[str, str] | None:
        """Return what was found as rich text, and what went wrong, once it has ended; else None.

        One of the two is empty.
        """
        status = self._call.status()
        if status is None:
            return None
        try:
            found = dry_run_text(json.loads(self._call.said())), ""
        except ValueError:
            found = "", self._call.fault(status)
        self._call.close()
        return found

    def close(self) -> None:
        """End it, and delete its files."""
        self._call.close()


def dry_run_text(run: Mapping[str, Any]) -> str:
    """Return a dry run's JSON form as rich text: the verdict, counts by site, what was found."""
    verdict = _("✓ Ready to train.") if run["passed"] else _("✗ Not ready: mend what is in bold.")
    ratings = ", ".join(
        _("{count} rated “{rating}”").format(count=count, rating=html.escape(rating))
        for rating, count in run["ratings"].items()
    )
    counts = _("{scans} scans of {subjects} subjects; {ratings}.").format(
        scans=run["scans"], subjects=run["subjects"], ratings=ratings or _("none rated")
    )
    parts = [f"<p><b>{verdict}</b> {counts}</p>", _sites(run["sites"])]
    if run["findings"]:
        found = "".join(f"<li>{_finding(finding)}</li>" for finding in run["findings"])
        parts.append(f"<ul>{found}</ul>")
    return "".join(parts)


def _sites(sites: Mapping[str, Mapping[str, int]]) -> str:
    columns = {
        "scans": _("scans"),
        "subjects": _("subjects"),
        "rated": _("rated"),
        "masked": _("masks"),
    }
    head = "".join(f"<th align='right'>{title}</th>" for title in columns.values())
    rows = [f"<tr><th align='left'>{_('site')}</th>{head}</tr>"]
    for site, count in sites.items():
        cells = "".join(f"<td align='right'>{count[name]}</td>" for name in columns)
        rows.append(f"<tr><td>{html.escape(site)}</td>{cells}</tr>")
    return f"<table cellspacing='6'>{''.join(rows)}</table>"


def _finding(finding: Mapping[str, Any]) -> str:
    text = html.escape(finding["message"].rstrip("."))
    names = finding["scans"]
    if names:
        more = len(names) - _NAMED_AT_MOST
        listed = html.escape(", ".join(names[:_NAMED_AT_MOST]))
        text += f": {listed}" + (_(" and {more} more").format(more=more) if more > 0 else "")
    return f"<b>{text}</b>" if finding["mend"] else text
