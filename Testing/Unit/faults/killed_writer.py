"""A process that is killed while it writes, a hundred times, and what then lies in its folder.

Run with a folder and a number of kills; prints how many kills there were and how many of them hit a
write that had begun. The writer is a fork of a process in which everything is loaded.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path

import nibabel
import numpy as np

from MotionQCLib.archive.folder import ArchiveFolder
from MotionQCLib.archive.stored_report import read_report
from MotionQCLib.cli import simulate
from MotionQCLib.errors import InputError
from MotionQCLib.models import Architecture, ModelMetadata, load_bundle, save_bundle
from MotionQCLib.scoring import report
from MotionQCLib.scoring.provenance import ScanChecksum
from MotionQCLib.scoring.result import Distribution, ModelIdentity, QualityClass, Result
from MotionQCTraining.data.manifest import Row, read_manifest, write_manifest

METADATA = ModelMetadata("m", "1", Architecture(grid=(32, 32, 32)), spacing_mm=2.5)
AFFINE = np.diag([9.0, 9.0, 9.0, 1.0])


def a_result(number: int) -> Result:
    return Result(
        input="a.nii",
        checksum=ScanChecksum("cd" * 32, "file"),
        motion_score_mm=1.0 + number % 3,
        interval_90_mm=(0.8, 4.0),
        interval=METADATA.interval,
        bins=Distribution((0.5, 1.5), (0.5, 0.5)),
        qc=QualityClass("moderate", {"moderate": 1.0}),
        warnings=(),
        notes=tuple(f"note {n}" for n in range(200)),
        model=ModelIdentity("m", "ab" * 32, "edge"),
        runtime="r",
        seconds={},
    )


def write_for_ever(folder: Path, kind: int) -> None:
    """Write one kind of what others take for a result, over and over."""
    report.distribution_figure = lambda *_: os.urandom(200_000)  # type: ignore[assignment]
    write = (write_reports, write_tables, write_model, write_image)[kind % 4]
    for number in count():
        write(folder, number)


def write_reports(folder: Path, number: int) -> None:
    reporter = report.Reporter(folder / "reports", METADATA)
    for scan in range(3):
        reporter.write(a_result(number), Path(f"scan{scan}.nii"), picture=os.urandom(50_000))


def write_tables(folder: Path, number: int) -> None:
    with ArchiveFolder(folder / "reports", METADATA):
        pass
    write_manifest([Row(f"/x/{n}.nii", f"s{n}", "site") for n in range(2000)], folder / "scans.tsv")


def write_model(folder: Path, number: int) -> None:
    shapes = METADATA.array_shapes
    weights = {name: np.full(shape, number % 9, np.float16) for name, shape in shapes.items()}
    save_bundle(folder / "m.safetensors", weights, METADATA)


def write_image(folder: Path, number: int) -> None:
    volume = np.random.default_rng(number).normal(size=(40, 41, 42)).astype(np.float32)
    image = simulate.nifti_bytes(volume, AFFINE, packed=True)
    record = json.dumps({"sha256": hashlib.sha256(image).hexdigest()})
    simulate._write({folder / "moved.nii.gz": image, folder / "moved.json": record})


def require_whole(folder: Path) -> None:
    """Raise if anything half-written would be taken for a result."""
    for file in (folder / "reports").glob("*_motionqc.json"):
        assert read_report(file) is not None, file
        for other in ("_motionqc.png", "_motionqc_slices.png"):
            assert file.with_name(file.name.replace("_motionqc.json", other)).stat().st_size > 0
    table, page = folder / "reports" / "motionqc.tsv", folder / "reports" / "motionqc.html"
    if table.exists():
        with table.open(newline="") as stream:
            assert all(None not in row.values() for row in csv.DictReader(stream, delimiter="\t"))
        assert table.read_text().endswith("\n")
    if page.exists():
        assert page.read_text().endswith("</html>")
    if (folder / "scans.tsv").exists():
        assert len(read_manifest(folder / "scans.tsv", require_files=False)) == 2000
    require_whole_image(folder / "moved.nii.gz", folder / "moved.json")
    if (folder / "m.safetensors").exists():
        require_whole_model(folder / "m.safetensors")


def require_whole_image(image: Path, record: Path) -> None:
    if image.exists():
        nibabel.Nifti1Image.from_bytes(gzip.decompress(image.read_bytes())).get_fdata()
    if record.exists():
        stated = json.loads(record.read_text())["sha256"]
        assert stated == hashlib.sha256(image.read_bytes()).hexdigest()


def require_whole_model(file: Path) -> None:
    try:
        values = {float(each.flat[0]) for each in load_bundle(file).weights.values()}
    except InputError as error:
        if error.code not in ("model-missing", "model-damaged"):
            raise
    else:
        assert len(values) == 1


def main(folder: Path, kills: int) -> None:
    rng, hits = random.Random(7), 0
    for number in range(kills):
        child = os.fork()
        if child == 0:
            write_for_ever(folder, number)
        time.sleep(rng.uniform(0.0, 0.15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        leftovers = [file for file in folder.rglob(".*.*") if file.is_file()]
        hits += bool(leftovers)
        for file in leftovers:
            file.unlink()
        require_whole(folder)
    written = {file.suffix for file in folder.rglob("*.*") if file.is_file()}
    assert {".json", ".png", ".tsv", ".html", ".gz", ".safetensors"} <= written, written
    print(kills, hits)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
