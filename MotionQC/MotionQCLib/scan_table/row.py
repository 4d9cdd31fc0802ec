"""One scan of a table: whose it is, where from, how it is rated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A scan.

    Parameters
    ----------
    path : str
        Where it lies: a file, a DICOM folder or a zip of one.
    subject, site : str
        Whose it is, and where from; a subject's name is unique within its site only.
    rating : str
        In the rater's words; empty where nobody rated it.
    mask : str
        Where the mask of its brain lies; empty where there is none.
    """

    path: str
    subject: str
    site: str
    rating: str = ""
    mask: str = ""

    @property
    def person(self) -> str:
        """The subject, unique over all sites."""
        return f"{self.site}/{self.subject}"
