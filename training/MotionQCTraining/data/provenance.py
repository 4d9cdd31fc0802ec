"""Which scans a model was made from, told so that the model can be shared.

A scan is known again by its checksum. Whose it is, a model tells for public sites only; of all
others it holds counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from MotionQCLib.errors import InputError, some_of
from MotionQCLib.models import ModelMetadata
from MotionQCLib.scan import read_scan
from MotionQCLib.scoring.provenance import scan_checksum
from MotionQCTraining.config import PretrainConfig, PublicSite
from MotionQCTraining.data.manifest import Row, for_every_scan
from MotionQCTraining.data.splits import Part

_SHA256 = re.compile(r"[0-9a-f]{64}")


def describe_scans(
    parts: Mapping[Part, Sequence[Row]],
    config: PretrainConfig,
    known: Mapping[Row, str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Return what a model's metadata say of the scans that it was made from.

    Parameters
    ----------
    parts : mapping
        Rows by the part that they had in it.
    config : PretrainConfig
        Says which sites are public.
    known : mapping, optional
        Checksums of all scans, by row, where they need not be read again.

    Returns
    -------
    dict
        ``subjects``: their number by part and site; ``scans``: part by SHA-256; ``names``: person
        by SHA-256, of public sites alone; ``sites``: licence, and kind of scans, by site.

    Raises
    ------
    InputError
        Scans cannot be read.
    """
    rows = [(part, row) for part, members in parts.items() for row in members]
    scans = [row for _, row in rows]
    sums = checksums(scans) if known is None else [known[row] for row in scans]
    return {
        "subjects": {part: subjects_by_site(members) for part, members in parts.items()},
        "scans": {checksum: part for checksum, (part, _) in zip(sums, rows, strict=True)},
        "names": public_names(scans, sums, config),
        "sites": {site: _site(site, config) for site in sorted({row.site for _, row in rows})},
    }


def checksums(rows: Sequence[Row]) -> list[str]:
    """Return the SHA-256 of every scan, by the rule that reports of scores follow.

    Raises
    ------
    InputError
        Scans cannot be read; all of them are named.
    """

    def checksum(row: Row) -> str:
        return scan_checksum(read_scan(row.path), Path(row.path)).sha256

    # What is printed would stand between the lines of --json, and the error says it anyway.
    return for_every_scan(rows, checksum, lambda _: None)


def subjects_by_site(rows: Sequence[Row]) -> dict[str, int]:
    """Return the number of subjects of every site."""
    persons = {(row.site, row.subject) for row in rows}
    sites = [site for site, _ in persons]
    return {site: sites.count(site) for site in sorted(set(sites))}


def public_names(
    rows: Sequence[Row], sums: Sequence[str], config: PretrainConfig
) -> dict[str, str]:
    """Return the person by checksum, for scans that anyone can get."""
    return {
        checksum: row.person
        for checksum, row in zip(sums, rows, strict=True)
        if row.site in config.public_sites
    }


def describe_base(base: ModelMetadata) -> dict[str, Any]:
    """Return what a model's metadata say of the model whose weights its training started from.

    Returns
    -------
    dict
        ``name``, ``version``, ``sha256``; ``sites`` as of :func:`known_sites`; ``scans`` as of
        :func:`known_scans`.
    """
    return {
        "name": base.name,
        "version": base.version,
        "sha256": base.sha256,
        "sites": sorted(known_sites(base.training)),
        "scans": known_scans(base),
    }


def known_scans(metadata: ModelMetadata) -> dict[str, str]:
    """Return part by SHA-256 of all scans that a model was made from, its base's among them."""
    base = metadata.training.get("base")
    return {**_scans(base), **_scans(metadata.training)}


def known_sites(training: Mapping[str, Any]) -> set[str]:
    """Return the sites of which a model has seen scans, by its metadata on its training."""
    own = {site for counts in training.get("subjects", {}).values() for site in counts}
    return own | set(training.get("base", {}).get("sites", ()))


def require_new_to(base: ModelMetadata, rows: Sequence[Row], sums: Mapping[Row, str]) -> None:
    """Make sure that a base was not trained on scans that what starts from it is judged on.

    Parameters
    ----------
    base : ModelMetadata
        The base's.
    rows : sequence of Row
        Scans held out, to validate or to test.
    sums : mapping
        Their checksums.

    Raises
    ------
    InputError
        ``leak``; ``unknown-training`` where the base does not list its scans.
    """
    known = _listed_scans(base)
    faults = [row.person for row in rows if known.get(sums[row]) == "train"]
    if faults:
        raise InputError(
            "leak",
            f"base {base.name} was trained on {some_of(faults)}, held out "
            "here; give its configuration's seed, or another base",
        )


def require_unseen(
    metadata: ModelMetadata,
    rows: Sequence[Row],
    sums: Sequence[str],
    allowed: Sequence[Part] = (),
) -> None:
    """Make sure that a model had no part of its training or validation from these scans.

    Parameters
    ----------
    metadata : ModelMetadata
        The model's.
    rows, sums : sequences
        Scans on which the model is to be judged, and their checksums.
    allowed : sequence of str
        Parts that they may have been nevertheless, where the judgement is a choice between models.

    Raises
    ------
    InputError
        ``seen-scans``, or ``unknown-training`` where the model does not list its scans.
    """
    seen = _listed_scans(metadata)
    faults = [
        f"{Path(row.path).name} of {row.person} ({seen[checksum]})"
        for row, checksum in zip(rows, sums, strict=True)
        if checksum in seen and seen[checksum] not in allowed
    ]
    if faults:
        raise InputError(
            "seen-scans",
            f"model {metadata.name} was made from scans that it would be judged on: "
            f"{some_of(faults)}; leave them out, or give the --data and --config that "
            "it was trained with, which hold out others",
        )


def _site(site: str, config: PretrainConfig) -> dict[str, str]:
    return asdict(config.public_sites.get(site, PublicSite(config.licence)))


def _listed_scans(metadata: ModelMetadata) -> dict[str, str]:
    seen = known_scans(metadata)
    if not seen or not all(map(_SHA256.fullmatch, seen)):
        raise InputError(
            "unknown-training",
            f"model {metadata.name}: its metadata do not list the checksums of the scans that it "
            "was made from; run `motionqc pretrain` again in its run folder, which writes the "
            "model anew from its checkpoint",
        )
    return seen


def _scans(told: Any) -> dict[str, str]:
    scans = told.get("scans") if isinstance(told, Mapping) else None
    return dict(scans) if isinstance(scans, Mapping) else {}
