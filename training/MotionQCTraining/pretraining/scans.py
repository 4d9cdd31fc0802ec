"""The scans of a run, divided and prepared, and the whole volumes that it is judged on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from MotionQCLib.models import find_model
from MotionQCTraining.config import PretrainConfig
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.packed import is_packed, pack_scans
from MotionQCTraining.data.provenance import checksums, require_new_to
from MotionQCTraining.data.splits import Part, require_no_leak, split
from MotionQCTraining.data.volumes import checksum_of, content_of, prepare
from MotionQCTraining.synthesis.drawn_versions import DrawnVersions
from MotionQCTraining.synthesis.fixed_set import FixedSet, Maker, fixed_set
from MotionQCTraining.synthesis.simulated_versions import SimulatedVersions

Report = Callable[[str], None]
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Scans:
    """The scans of a run.

    Parameters
    ----------
    parts : dict
        Their rows, by part.
    files : dict
        Prepared scans of those to train and to validate on, by row.
    """

    parts: dict[Part, list[Row]]
    files: dict[Row, Path]

    def prepared(self, part: Part) -> list[Path]:
        """Return the prepared scans of a part, in the order of its rows."""
        return [self.files[row] for row in self.parts[part]]

    def checksums(self) -> dict[Row, str]:
        """Return the checksum of every scan that has a file, by row."""
        return {row: checksum_of(file) for row, file in self.files.items()}


def divide(config: PretrainConfig, rows: Sequence[Row]) -> dict[Part, list[Row]]:
    """Return the scans by the part that a run gives them.

    Raises
    ------
    InputError
        As :func:`.split`.
    """
    return split(
        rows,
        seed=config.seed,
        validation=config.validation,
        test=config.test,
        left_out=config.left_out,
        validation_sites=config.validation_sites,
    )


def prepare_scans(
    config: PretrainConfig, rows: Sequence[Row], folder: Path, report: Report
) -> Scans:
    """Divide the scans of a run, and prepare those to train and to validate on.

    Parameters
    ----------
    config : PretrainConfig
        The run.
    rows : sequence of Row
        All scans.
    folder : Path
        Where prepared scans and volumes are kept.
    report : callable
        Told of what takes time.

    Raises
    ------
    InputError
        Scans cannot be used, all of them named; one image is in two parts; or the base was trained
        on scans held out here.
    """
    parts = divide(config, rows)
    used = [*parts["train"], *parts["validation"]]
    files = dict(zip(used, prepare(used, folder / "prepared", config.grid, report), strict=True))
    require_no_leak(
        {"train": parts["train"], "validation": parts["validation"]},
        {row: content_of(file) for row, file in files.items()},
    )
    scans = Scans(parts, files)
    if config.base:
        base = find_model(config.base).metadata
        # Of packed scans those to test did not travel; where they were packed, they were compared.
        held_out = [row for row in parts["test"] if not is_packed(row.path)]
        tested = dict(zip(held_out, checksums(held_out), strict=True))
        sums = {**scans.checksums(), **tested}
        require_new_to(base, [*parts["validation"], *held_out], sums)
    return scans


def validation_set(
    config: PretrainConfig,
    scans: Scans,
    folder: Path,
    report: Report,
    device: torch.device = _CPU,
) -> FixedSet:
    """Return whole volumes of the subjects held out, made on a device where whole ones are."""
    return fixed_set(
        scans.prepared("validation"),
        scans.parts["validation"],
        folder / "validation",
        _maker(config, scans, "validation", device),
        draws=config.validation_draws,
        report=report,
    )


def training_set(
    config: PretrainConfig,
    scans: Scans,
    folder: Path,
    report: Report,
    device: torch.device = _CPU,
) -> FixedSet:
    """Return whole volumes of training subjects, about as many from every site.

    On them a model is finished. Where training sees crops, they are of other heads than the scans
    themselves, which the network may know by heart.
    """
    rows = scans.parts["train"]
    sites = [row.site for row in rows]
    return fixed_set(
        scans.prepared("train"),
        rows,
        folder / "whole",
        _maker(config, scans, "train", device),
        draws={s: max(2, round(config.whole_volumes / sites.count(s))) for s in set(sites)},
        report=report,
    )


def pack(
    config: PretrainConfig, rows: Sequence[Row], folder: Path, target: Path, report: Report
) -> Path:
    """Prepare the scans of a run and pack them; return the manifest of the packed ones."""
    scans = prepare_scans(config, rows, folder, report)
    return pack_scans(scans.files, rows, target, report)


def _maker(config: PretrainConfig, scans: Scans, part: Part, device: torch.device) -> Maker:
    if config.whole is None:
        return SimulatedVersions(
            config.grid, config.samples, config.seed, config.label, varied=part == "train"
        )
    return DrawnVersions(
        scans.prepared(part),
        scans.parts[part],
        config.whole,
        config.seed,
        device,
        compiled=config.compiled and device.type == "cuda",
        label=config.label,
    )
