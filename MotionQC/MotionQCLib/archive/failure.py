"""Why a scan has no score."""

from __future__ import annotations

from dataclasses import dataclass

DEFECT_CODE = "defect"


@dataclass(frozen=True)
class Failure:
    """A scan that could not be scored.

    Parameters
    ----------
    input : str
        The scan, as the user named it.
    code : str
        An ``InputError``'s, or ``defect`` if the fault is ours.
    message : str
        One line for people.
    details : str
        The traceback of a defect.
    """

    input: str
    code: str
    message: str
    details: str = ""

    def to_json(self) -> dict[str, object]:
        """What ``--json`` prints in place of a result."""
        return {"input": self.input, "error": {"code": self.code, "message": self.message}}
