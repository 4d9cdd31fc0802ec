"""What a manifest holds, and what is wrong with it, told before anything trains."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from MotionQCLib.errors import InputError, some_of
from MotionQCLib.scan import Conformed, ScoreWarning, check_scan, conform, read_scan
from MotionQCLib.scoring.provenance import voxel_sha256
from MotionQCTraining.data.manifest import Row

FEWEST_TO_DIVIDE = 3
"""Subjects of a site, or with a rating, below which none can be held out twice."""

_NAMED_AT_MOST = 4
_LARGEST_BRAIN_LITRES = 2.5
_MASK_IN_HEAD = 0.9


@dataclass(frozen=True)
class Finding:
    """One thing that a dry run has to say about some scans.

    Parameters
    ----------
    code : str
        Its stable name, for programs.
    message : str
        One sentence for people.
    scans : tuple of str
        The scans, or subjects or sites, that it is about.
    mend : bool
        True where training must not begin before it is mended.
    """

    code: str
    message: str
    scans: tuple[str, ...]
    mend: bool = False

    @property
    def line(self) -> str:
        """The sentence with the first of the names."""
        if not self.scans:
            return self.message
        return f"{self.message.rstrip('.')}: {some_of(self.scans, _NAMED_AT_MOST)}"


@dataclass(frozen=True)
class SiteCount:
    """How much a site has: scans, subjects, and scans that are rated and that have a mask."""

    scans: int
    subjects: int
    rated: int
    masked: int


@dataclass(frozen=True)
class DryRun:
    """What a manifest holds.

    Parameters
    ----------
    scans, subjects : int
        Rows, and persons.
    sites : dict
        Counts by site.
    ratings : dict
        Scans by rating; those without one are not counted.
    read : bool
        Whether the scans were read. If not, findings are those of the table alone.
    findings : tuple of Finding
        What must be mended first, then what is only to be known.
    """

    scans: int
    subjects: int
    sites: dict[str, SiteCount]
    ratings: dict[str, int]
    read: bool
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether training may begin."""
        return not any(finding.mend for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON has it, with ``passed``."""
        return {**asdict(self), "passed": self.passed}


@dataclass(frozen=True)
class _Look:
    """What one scan showed: why it cannot be used, or its voxels' checksum and the warnings."""

    row: Row
    fault: str = ""
    checksum: str = ""
    warnings: tuple[ScoreWarning, ...] = ()


def dry_run(
    rows: Sequence[Row],
    *,
    read: bool = True,
    progress: Callable[[int, int, str], None] = lambda number, total, name: None,
) -> DryRun:
    """Look at every scan of a manifest as training would.

    Parameters
    ----------
    rows : sequence of Row
        The manifest; files may be missing.
    read : bool
        Whether to read the scans, about a second each; otherwise only the table is judged.
    progress : callable
        Told before each scan: its number from 1, how many there are, and whose it is.

    Returns
    -------
    DryRun
        Scans at fault are findings, never exceptions.
    """
    looks = []
    for number, row in enumerate(rows if read else (), start=1):
        progress(number, len(rows), row.person)
        looks.append(_look_at(row))
    findings = [*_unreadable(looks), *_same_images(looks), *_warned(looks), *_table(rows)]
    return DryRun(
        scans=len(rows),
        subjects=len({row.person for row in rows}),
        sites={site: _count(rows, site) for site in sorted({row.site for row in rows})},
        ratings=dict(sorted(Counter(row.rating for row in rows if row.rating).items())),
        read=read,
        findings=tuple(sorted(findings, key=lambda finding: not finding.mend)),
    )


def table(run: DryRun) -> str:
    """Return a dry run for people: counts by site, ratings, findings."""
    counts = dict(run.sites)
    if len(counts) > 1:
        counts["all sites"] = _total(run)
    width = max(map(len, counts), default=0)
    heads = ("scans", "subjects", "rated", "masked")
    lines = ["  ".join([f"{'site':<{width}}", *heads])]
    for site, count in counts.items():
        cells = [f"{getattr(count, head):>{len(head)}}" for head in heads]
        lines.append("  ".join([f"{site:<{width}}", *cells]))
    if run.ratings:
        told = ", ".join(f"{rating}: {scans}" for rating, scans in run.ratings.items())
        lines.append(f"scans by rating: {told}")
    lines += [
        f"{'mend' if finding.mend else 'note'} ({finding.code}): {finding.line}"
        for finding in run.findings
    ]
    if not run.read:
        lines.append("the scans were not read")
    lines.append(_verdict(run))
    return "\n".join(lines)


def _verdict(run: DryRun) -> str:
    if not run.passed:
        return "not ready to train: mend what is marked"
    if not any(finding.code == "few-subjects" for finding in run.findings):
        return "ready to train"
    return "too few subjects to pretrain" + (", ready to fine-tune" if run.ratings else "")


def _total(run: DryRun) -> SiteCount:
    every = run.sites.values()
    return SiteCount(
        scans=run.scans,
        subjects=run.subjects,
        rated=sum(count.rated for count in every),
        masked=sum(count.masked for count in every),
    )


def _look_at(row: Row) -> _Look:
    """Read a scan and its mask, and judge both as scoring would."""
    try:
        scan = read_scan(row.path)
        conformed = conform(scan)
        warnings = check_scan(scan, conformed)
        if row.mask:
            warnings += _mask_faults(row, conformed)
        return _Look(row, "", voxel_sha256(scan), tuple(warnings))
    except InputError as error:
        return _Look(row, error.message)


def _mask_faults(row: Row, conformed: Conformed) -> list[ScoreWarning]:
    """What speaks against a mask as that of the scan's brain."""
    mask = read_scan(row.mask)
    inside = np.argwhere(mask.data)
    litres = len(inside) * abs(float(np.linalg.det(mask.affine[:3, :3]))) / 1e6
    if litres > _LARGEST_BRAIN_LITRES:
        return [ScoreWarning("mask-misfit", "The mask is larger than a brain.")]
    head = conformed.head
    if (
        head.found
        and _share_within(inside, mask.affine, head.mask, head.mask_affine) < _MASK_IN_HEAD
    ):
        return [ScoreWarning("mask-misfit", "The mask lies beside the head.")]
    return []


def _share_within(
    voxels: NDArray[np.intp],
    affine: NDArray[np.float64],
    other: NDArray[np.bool_],
    other_affine: NDArray[np.float64],
) -> float:
    """Share of voxels ``(N, 3)`` that lie within a mask on another grid."""
    pull = np.linalg.inv(other_affine) @ affine
    index = np.round(voxels @ pull[:3, :3].T + pull[:3, 3]).astype(int)
    held = np.all((index >= 0) & (index < other.shape), axis=1)
    return float(other[tuple(index[held].T)].sum() / len(voxels))


def _unreadable(looks: Iterable[_Look]) -> list[Finding]:
    return [
        Finding("unreadable", f"{look.row.person} cannot be used: {look.fault}", (), mend=True)
        for look in looks
        if look.fault
    ]


def _same_images(looks: Iterable[_Look]) -> list[Finding]:
    """The same voxels under two names; under the names of two persons, they would leak."""
    alike: dict[str, list[Row]] = defaultdict(list)
    for look in looks:
        if look.checksum:
            alike[look.checksum].append(look.row)
    findings = []
    for rows in alike.values():
        if len(rows) < 2:
            continue
        names = tuple(_name(row) for row in rows)
        if len({row.person for row in rows}) > 1:
            message = (
                "One image under the names of several persons: it would be trained and tested on"
            )
            findings.append(Finding("leak", message, names, mend=True))
        else:
            findings.append(Finding("same-image", "One image in several rows", names))
        if len({row.rating for row in rows}) > 1:
            findings.append(Finding("two-ratings", "One image with different ratings", names))
    return findings


def _warned(looks: Iterable[_Look]) -> list[Finding]:
    """Warnings by their code, with the words of the first scan that has it."""
    by_code: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for look in looks:
        for warning in look.warnings:
            by_code[warning.code].append((warning.message, _name(look.row)))
    return [
        Finding(code, told[0][0], tuple(name for _, name in told), mend=code == "mask-misfit")
        for code, told in by_code.items()
    ]


def _table(rows: Sequence[Row]) -> list[Finding]:
    """What the table alone tells."""
    sites: dict[str, set[str]] = defaultdict(set)
    rated: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        sites[row.subject].add(row.site)
        if row.rating:
            rated[row.rating].add(row.person)
    shared = tuple(sorted(subject for subject, names in sites.items() if len(names) > 1))
    subjects = Counter(site for names in sites.values() for site in names)
    few = tuple(sorted(site for site, count in subjects.items() if count < FEWEST_TO_DIVIDE))
    rare = tuple(sorted(r for r, persons in rated.items() if len(persons) < FEWEST_TO_DIVIDE))
    told = [
        (
            "subject-in-two-sites",
            "Subject names in several sites, taken for different persons",
            shared,
        ),
        (
            "few-subjects",
            f"Pretraining takes {FEWEST_TO_DIVIDE} subjects or more of every site; fewer have",
            few,
        ),
        ("few-rated", f"Ratings of fewer than {FEWEST_TO_DIVIDE} subjects", rare),
    ]
    return [Finding(code, message, names) for code, message, names in told if names]


def _count(rows: Iterable[Row], site: str) -> SiteCount:
    own = [row for row in rows if row.site == site]
    return SiteCount(
        scans=len(own),
        subjects=len({row.subject for row in own}),
        rated=sum(bool(row.rating) for row in own),
        masked=sum(bool(row.mask) for row in own),
    )


def _name(row: Row) -> str:
    file = Path(row.path).name
    return f"{row.site}/{file}" if row.subject in file else f"{row.person} ({file})"
