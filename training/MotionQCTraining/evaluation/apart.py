"""Whether a run would train on scans that it is judged on; told before it is trained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from MotionQCLib.errors import InputError, some_of
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.provenance import checksums, subjects_by_site
from MotionQCTraining.evaluation.judged_scans import scans_of_protocol
from MotionQCTraining.evaluation.protocol import Protocol
from MotionQCTraining.pretraining.scans import divide


def require_apart(
    configs: Iterable[PretrainConfig],
    rows: Sequence[Row],
    protocol: Protocol,
    data: Path,
    heads: Path,
) -> None:
    """Make sure that no choice between models is made by scans that they are trained on.

    Parameters
    ----------
    configs : iterable of PretrainConfig
        The runs.
    rows : sequence of Row
        The scans of all.
    protocol : Protocol
        What they will be asked, of validation subjects and of sites that they leave out.
    data, heads : Path
        As for :func:`.scans_of_protocol`.

    Raises
    ------
    InputError
        ``leak``, with names; or scans cannot be read, or are missing.
    """
    sums: dict[Row, str] = {}
    for config in configs:
        trained = divide(config, rows)["train"]
        sites = {"subjects": {"train": subjects_by_site(trained)}}
        scans = scans_of_protocol(protocol, data, sites, heads, choosing=True)
        # A synthesised head is made for the judgement, and is the image of nobody.
        judged = [scan for scan in scans if scan.judged and scan.labels is None]
        new = [row for row in [*trained, *(scan.row for scan in judged)] if row not in sums]
        sums |= zip(new, checksums(new), strict=True)
        known = {sums[row] for row in trained}
        both = [scan.person for scan in judged if sums[scan.row] in known]
        if both:
            _refuse(config, both)


def _refuse(config: PretrainConfig, persons: Sequence[str]) -> None:
    raise InputError(
        "leak",
        f"{config.name} would be trained on and judged by: {some_of(persons)}; give the "
        "manifest, seed and shares by which the protocol was divided, or a protocol of your own",
    )
