"""Why a scan has no score."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from MotionQCLib.archive.items import Item

DEFECT_CODE = "defect"


@dataclass(frozen=True)
class Failure:
    """A scan that could not be scored.

    Parameters
    ----------
    input : str
        The scan, as results call it.
    code : str
        An ``InputError``'s, or ``defect`` if the fault is ours.
    message : str
        One line for people.
    details : str
        The traceback of a defect.
    path : Path or None
        Where the scan lies, if ``input`` says more than that.
    """

    input: str
    code: str
    message: str
    details: str = ""
    path: Path | None = None

    @classmethod
    def of(cls, item: Item, code: str, message: str, details: str = "") -> Failure:
        """Return why an item has no score."""
        return cls(item.input, code, message, details, item.path)

    @property
    def unnamed(self) -> str:
        """The message without the name of a DICOM input, which tends to be the patient's."""
        # With all that scoring needs, which a shell that only tells how it is used does without.
        from MotionQCLib.scoring.provenance import stem_of

        path = self.path or Path(self.input)
        if stem_of(path) is not None:
            return self.message
        # Of a path such as "." a message gives the folder's own name.
        names = filter(None, (path.name, Path(os.path.normpath(path.absolute())).name))
        return reduce(lambda said, name: said.replace(name, "DICOM input"), names, self.message)

    def to_json(self) -> dict[str, object]:
        """What ``--json`` prints in place of a result."""
        return {"input": self.input, "error": {"code": self.code, "message": self.message}}
