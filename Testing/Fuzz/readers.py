"""What is given hostile files: every reader, each with sound files to start from.

A target's ``make`` gives the files of one input, by name; ``take`` reads them as the product does,
and says whether it accepted them. Whatever it raises but an ``InputError`` is a crash.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import random
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import dicom_seed
import numpy as np
from mutation import WORDS, hostile_bytes, hostile_gzip, hostile_text, hostile_zip

Files = dict[str, bytes]
SHAPE, SPACING_MM = (6, 7, 5), (20.0, 18.0, 22.0)
SLICES = (16, 18, 5)
"""Of DICOM; GDCM's encoder of JPEG 2000 fails on smaller ones."""


@dataclass(frozen=True)
class Target:
    """A reader under fire.

    Parameters
    ----------
    name : str
        In the table.
    make : callable
        The files of one input, by name.
    take : callable
        Reads them from a folder; whether it accepted them.
    weight : float
        Its share among the inputs; less where reading takes long.
    """

    name: str
    make: Callable[[random.Random], Files]
    take: Callable[[Path], bool]
    weight: float = 1.0


# Scans


def _voxels(shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 1000, shape).astype(np.int16)


def _saved(write: Callable[[Path], object]) -> Files:
    """The files that something writes."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        found = sorted(file for file in Path(folder).rglob("*") if file.is_file())
        return {str(file.relative_to(folder)): file.read_bytes() for file in found}


@cache
def _image(name: str, *, packed: bool = False) -> Files:
    import nibabel
    import SimpleITK as sitk

    if name.endswith(("nii", "mgh")):
        kind = nibabel.MGHImage if name.endswith("mgh") else nibabel.Nifti1Image
        kind = nibabel.Nifti2Image if name.startswith("two") else kind
        image = kind(_voxels(), np.diag([*SPACING_MM, 1.0]))
        return _saved(lambda folder: nibabel.save(image, folder / name))
    scan = sitk.GetImageFromArray(_voxels().T)
    scan.SetSpacing(SPACING_MM)
    return _saved(lambda folder: sitk.WriteImage(scan, str(folder / name), packed))


def _one_of_several_images(rng: random.Random, *names: str, words: tuple[bytes, ...]) -> Files:
    files = dict(_image(rng.choice(names), packed=rng.random() < 0.3))
    for name in files:
        if name.endswith(("raw", "raw.gz", "zraw")) and rng.random() < 0.7:
            continue
        files[name] = hostile_bytes(files[name], rng, words)
    return files


def _nifti(rng: random.Random) -> Files:
    (sound,) = _image(rng.choice(("scan.nii", "two.nii"))).values()
    if rng.random() < 0.5:
        return {"scan.nii": hostile_bytes(sound, rng)}
    return {"scan.nii.gz": hostile_gzip(sound, rng)}


def _mgh(rng: random.Random) -> Files:
    (sound,) = _image("scan.mgh").values()
    if rng.random() < 0.5:
        return {"scan.mgh": hostile_bytes(sound, rng)}
    return {"scan.mgz": hostile_gzip(sound, rng)}


_NRRD_WORDS = (
    b"sizes: 32000 32000 32000\n",
    b"sizes: 6 7 5 1\n",
    b"dimension: 99\n",
    b"data file: /etc/passwd\n",
    b"data file: ../../x\n",
    b"data file: .\n",
    b"encoding: gzip\n",
    b"encoding: raw\n",
    b"type: double\n",
    b"space directions: (1,0,0) none (0,1,0) (0,0,1)\n",
    b"space directions: (a,b)\n",
    b"endian: big\n",
    b"byte skip: 9999999999\n",
    b"byte skip: -1\n",
    b"line skip: 1\n",
    b"space: x\n",
    b"kinds: vector\n",
    b"space origin: (nan,0,0)\n",
    b"spacings: 0 0 0\n",
    b"sizes: -1 -1 5\n",
    b"\n\n",
)
_META_WORDS = (
    b"DimSize = 32000 32000 32000\n",
    b"DimSize = 6 7\n",
    b"NDims = 9\n",
    b"CompressedData = True\n",
    b"ElementDataFile = /etc/passwd\n",
    b"ElementDataFile = ../../x\n",
    b"ElementDataFile = LIST\n",
    b"ElementDataFile = LOCAL\n",
    b"ElementType = MET_DOUBLE\n",
    b"HeaderSize = -1\n",
    b"BinaryData = False\n",
    b"HeaderSize = 99999999999999\n",
    b"ElementNumberOfChannels = 3\n",
    b"TransformMatrix = 1 0\n",
    b"TransformMatrix = nan 0 0 0 1 0 0 0 1\n",
    b"ElementSpacing = 0 0 0\n",
    b"ElementSpacing = 1\n",
    b"ElementByteOrderMSB = True\n",
    b"Offset = a b c\n",
)
_nrrd = partial(_one_of_several_images, words=_NRRD_WORDS)
_meta = partial(_one_of_several_images, words=_META_WORDS)


def _take_scan(folder: Path) -> bool:
    """Read whatever was written; what is accepted must be a volume of finite numbers."""
    from MotionQCLib.archive.items import list_items
    from MotionQCLib.scan import read_scan

    given = sorted(folder.iterdir())
    headers = [each for each in given if each.suffix not in (".raw", ".zraw", ".gz")] or given
    for item in list_items([headers[0]]):
        scan = read_scan(item.path, series=item.series)
        assert scan.data.ndim == 3
        assert np.isfinite(scan.data).all()
        assert np.isfinite(scan.affine).all()
    return True


@cache
def _series(packing: str = "") -> Files:
    return dicom_seed.series(_voxels(SLICES), SPACING_MM, packing)


@cache
def _enhanced() -> Files:
    return dicom_seed.enhanced(_voxels(SLICES), SPACING_MM)


def _damaged(files: Files, rng: random.Random) -> Files:
    """One file or all of them changed."""
    changed = rng.sample(sorted(files), rng.choice((1, 1, 1, len(files))))
    return files | {name: hostile_bytes(files[name], rng, dicom_seed.WORDS) for name in changed}


def _dicom(rng: random.Random) -> Files:
    return _damaged(_series() if rng.random() < 0.6 else _enhanced(), rng)


def _compressed(rng: random.Random) -> Files:
    return _damaged(_series(rng.choice(("RLE", "JPEG", "JPEG2000"))), rng)


def _zip(rng: random.Random) -> Files:
    return {"scan.zip": hostile_zip(_series(), rng)}


# Models


@cache
def _model() -> Files:
    """A model of the smallest grid, without a trained weight."""
    from MotionQCLib.models import Architecture, ModelMetadata, save_bundle

    metadata = ModelMetadata("small", "0", Architecture(grid=(32, 32, 32)), spacing_mm=2.5)
    weights = {name: np.zeros(shape, np.float32) for name, shape in metadata.array_shapes.items()}
    return _saved(lambda folder: save_bundle(folder / "small.safetensors", weights, metadata))


def _metadata(rng: random.Random) -> Files:
    text = _model()["small.json"].decode()
    return {"small.json": hostile_text(text, rng, _MODEL_WORDS), "small.safetensors": b"none"}


_MODEL_WORDS = (
    '"ratings": {"basis": "ratings"},',
    '"grid": [512, 512, 512],',
    '"bins": 1000,',
    '"type": "sfcn",',
    '"low": -1e308,',
    '"high": 1e308,',
    '"count": 1e9,',
    '"sigma": 0,',
    '"classes": [],',
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "[[]]",
    "{}",
    '"temperature": 1e-320,',
    '"name": "../../x",',
    '"sha256": null,',
)


def _weights(rng: random.Random) -> Files:
    """Weights that their metadata vouch for: only what is in them can give them away."""
    sound = _model()["small.safetensors"]
    length = 8 + int.from_bytes(sound[:8], "little")
    head = hostile_bytes(sound[:length], rng, _TENSOR_WORDS)
    content = head if rng.random() < 0.8 else head + sound[length:]
    document = json.loads(_model()["small.json"])
    document["sha256"] = hashlib.sha256(content).hexdigest()
    return {"small.safetensors": content, "small.json": json.dumps(document).encode()}


_TENSOR_WORDS = (
    b'"dtype":"F64"',
    b'"dtype":"BOOL"',
    b'"data_offsets":[0,99999999999]',
    b'"shape":[99999999999]',
    b'"shape":[0]',
    b'"data_offsets":[5,1]',
    b"cos\nsystem\n(S'touch outside'\ntR.",
    b"PK\x03\x04",
    b"\x80\x04",
)


def _take_model(folder: Path) -> bool:
    from MotionQCLib.models import load_bundle
    from MotionQCLib.models.bundle import load_metadata

    load_metadata(folder / "small.safetensors")
    if (folder / "small.safetensors").stat().st_size > 10:
        load_bundle(folder / "small.safetensors")
    return True


# Tables


_ROWS = "path\tsubject\tsite\trating\tmask\n" + "".join(
    f"sub-{n:02d}/a.nii\ts{n}\teast\t{n % 3}\tm{n}.nii\n" for n in range(4)
)
_TABLE_WORDS = (
    "path",
    "subject",
    "site",
    "rating",
    "mask",
    "participant_id",
    "n/a",
    "a.nii",
    "=1+1",
)


def _manifest(rng: random.Random) -> Files:
    return {"scans.tsv": hostile_text(_ROWS, rng, _TABLE_WORDS)}


def _take_manifest(folder: Path) -> bool:
    from MotionQCLib.errors import InputError
    from MotionQCTraining.data.manifest import read_manifest, write_manifest

    rows = read_manifest(folder / "scans.tsv", require_files=False)
    write_manifest(rows, folder / "again.tsv")
    with contextlib.suppress(InputError):
        read_manifest(folder / "scans.tsv")
    return True


def _spreadsheet(rng: random.Random) -> Files:
    separator = rng.choice((",", ";", "\t"))
    return {"table.csv": hostile_text(_ROWS.replace("\t", separator), rng, _TABLE_WORDS)}


def _take_spreadsheet(folder: Path) -> bool:
    from MotionQCLib.scan_table.spreadsheet import spreadsheet_rows

    return bool(spreadsheet_rows(folder / "table.csv"))


_PEOPLE = "participant_id\tage\tsite\nsub-01\t30\teast\nsub-02\t31\twest\n"


def _participants(rng: random.Random) -> Files:
    name = f"study/sub-{rng.choice(('01', '02', '03'))}/anat/sub-01_T1w.nii.gz"
    return {"study/participants.tsv": hostile_text(_PEOPLE, rng, _TABLE_WORDS), name: b""}


def _take_participants(folder: Path) -> bool:
    from MotionQCLib.archive.items import list_items
    from MotionQCTraining.data.listing import list_rows

    list_items([folder / "study"])
    return bool(list_rows(folder / "study"))


# Configurations


def _kinds() -> list[tuple[str, Any]]:
    from MotionQCTraining.config import PretrainConfig
    from MotionQCTraining.evaluation.protocol import Protocol
    from MotionQCTraining.finetune_config import FinetuneConfig
    from MotionQCTraining.systems.bricout2025_config import Bricout2025Config
    from MotionQCTraining.systems.loizillon2023_config import Loizillon2023Config
    from MotionQCTraining.tune_config import TuneConfig

    return [
        ("motionqc/pretrain", PretrainConfig),
        ("motionqc/finetune", FinetuneConfig),
        ("motionqc/tune", TuneConfig),
        ("motionqc/protocol", Protocol),
        ("bricout2025/reproduce", Bricout2025Config),
        ("loizillon2023/reproduce", Loizillon2023Config),
    ]


@cache
def _preset(name: str) -> str:
    from importlib import resources

    file = resources.files("MotionQCTraining").joinpath("presets", *f"{name}.yaml".split("/"))
    return file.read_text("utf-8")


_LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)


def _configuration(rng: random.Random) -> Files:
    number = rng.randrange(len(_kinds()))
    text = _preset(_kinds()[number][0])
    if rng.random() < 0.02:
        field = rng.choice(("steps", "samples", "search", "sites", "name", "rates"))
        text = _LAUGHS + f"{field}: *j\n" + text
    return {f"{number}.yaml": hostile_text(text, rng, ("true", "{}", "[]", "1e-3", "-5", "? a"))}


def _take_configuration(folder: Path) -> bool:
    from MotionQCTraining.config_file import load_config

    (file,) = folder.iterdir()
    return load_config(file, _kinds()[int(file.stem)][1]) is not None


def _override(rng: random.Random) -> Files:
    text = rng.choice(("steps=200", "samples.ramp=400", "samples.motion.largest_mm=3", "seed=1"))
    return {"set": hostile_text(text, rng, ("=", ".", "steps", "[1,2]", "{a: b}"))}


def _take_override(folder: Path) -> bool:
    from MotionQCTraining.config import PretrainConfig
    from MotionQCTraining.config_file import load_config

    text = (folder / "set").read_text("utf-8", "replace")
    return load_config("motionqc", PretrainConfig, [text]) is not None


# Reports, pages, motion and messages


@cache
def _report() -> str:
    """A report as scoring writes it, of a network that has learnt nothing."""
    from MotionQCLib.models import ModelMetadata
    from MotionQCLib.scoring.report import Reporter

    metadata = ModelMetadata("m", "1").with_checksum("ab" * 32)
    result = _result(metadata)
    files = _saved(
        lambda folder: Reporter(folder, metadata).write(result, Path("a.nii"), key="c" * 16)
    )
    document = json.loads(files["a_motionqc.json"])
    document["provenance"]["created"] = "2025-01-01T00:00:00+00:00"
    return json.dumps(document, indent=2)


def _result(metadata: Any) -> Any:
    from MotionQCLib.scan import ScoreWarning
    from MotionQCLib.scoring.provenance import ScanChecksum
    from MotionQCLib.scoring.result import Distribution, ModelIdentity, QualityClass, Result

    return Result(
        input="a.nii",
        checksum=ScanChecksum("cd" * 32, "file"),
        motion_score_mm=1.2,
        interval_90_mm=(0.8, 1.9),
        interval=metadata.interval,
        bins=Distribution((0.5, 1.5, 2.5), (0.2, 0.5, 0.3)),
        qc=QualityClass("moderate", {"moderate": 0.9, "severe": 0.1}),
        warnings=(ScoreWarning("thick-voxels", "Voxels are thick."),),
        notes=("DICOM series 3.",),
        model=ModelIdentity(metadata.name, metadata.sha256, metadata.label),
        runtime="openvino cpu float32",
        seconds={"total": 1.0},
    )


def _reports(rng: random.Random) -> Files:
    words = ("NaN", "1e999", "{}", "[]", "null", '"x"', "<b>", '"qc": 1,', '"bins": [],')
    if rng.random() < 0.5:
        return {"a_motionqc.json": hostile_text(_report(), rng, words)}
    text = json.dumps(_with_words(json.loads(_report()), rng))
    return {"a_motionqc.json": text.encode()}


def _with_words(value: Any, rng: random.Random) -> Any:
    """The same document with some of its values, of any kind, replaced by others."""
    if rng.random() < 0.04:
        return rng.choice(
            [rng.choice(WORDS), None, True, -1, 1e308, [], {}, [[]], {"a": 1}, float("nan")]
        )
    if isinstance(value, dict):
        return {key: _with_words(item, rng) for key, item in value.items()}
    return [_with_words(item, rng) for item in value] if isinstance(value, list) else value


def _take_reports(folder: Path) -> bool:
    """Read a folder of reports as a second run does, and write its table and page anew."""
    from MotionQCLib.archive.folder import ArchiveFolder
    from MotionQCLib.models import ModelMetadata
    from MotionQCLib.scoring import Result

    document = json.loads(_report())
    metadata = ModelMetadata("m", "1").with_checksum(document["model"]["sha256"])
    with ArchiveFolder(folder, metadata) as archive:
        found = archive.done(document["provenance"]["input"]["key"])
        if found is not None:
            json.dumps(Result.from_json(found, "x").to_json(), allow_nan=False)
    require_plain_page((folder / "motionqc.html").read_text("utf-8"))
    return found is not None


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def require_plain_page(text: str) -> None:
    """Raise unless a page holds nothing that loads or runs, its own sorting script apart."""
    found = _Tags(text)
    active = {"iframe", "object", "embed", "link", "base", "form", "a", "audio", "video", "b"}
    assert not found.tags & active, found.tags & active
    assert not {name for name in found.attributes if name.startswith("on")}
    assert text.count("<script") <= 1


def _page(rng: random.Random) -> Files:
    return {"result.json": json.dumps(_hostile_strings(json.loads(_report()), rng)).encode()}


def _hostile_strings(value: Any, rng: random.Random) -> Any:
    """The same document whose texts, names of fields apart, are hostile."""
    if isinstance(value, str):
        return rng.choice(WORDS) if rng.random() < 0.5 else value
    if isinstance(value, dict):
        kept = {key: _hostile_strings(item, rng) for key, item in value.items()}
        return kept | {"basis": value["basis"]} if "basis" in value else kept
    return [_hostile_strings(item, rng) for item in value] if isinstance(value, list) else value


def _take_page(folder: Path) -> bool:
    from MotionQCLib.archive.failure import Failure
    from MotionQCLib.archive.group_page import group_page
    from MotionQCLib.scoring.plain_words import sentence
    from MotionQCLib.scoring.report_page import ReportPage

    result = json.loads((folder / "result.json").read_text("ascii"))
    text = str(result["input"])
    result["qc"]["probability"] = {text: 0.5, str(result["qc"]["class"]): 0.5}
    require_plain_page(ReportPage(text, result, sentence(result), (), {text: text}).to_html())
    document = {**result, "report": text, "site": text}
    failures = [Failure(text, text, text)]
    require_plain_page(group_page([document, {**document, "site": "x"}], failures, lambda _: None))
    return True


_PAR = "0.01 0.02 -0.01 1.0 -2.0 0.5\n" * 4
_MOTION = "onset,tx,ty,tz,rx,ry,rz\n0,0,0,0,0,0,0\n0.3,1,0,0,2,0,0\n0.6,1,2,0,2,0,1\n"


def _motion(rng: random.Random) -> Files:
    words = ("time", "onset", "tx_mm", "rx_deg", "rz_rad", "1e308", "0,0,0,0,0,0,0")
    if rng.random() < 0.4:
        return {"motion.par": hostile_text(_PAR, rng, words)}
    return {"motion.csv": hostile_text(_MOTION, rng, words)}


def _take_motion(folder: Path) -> bool:
    from MotionQCLib.motion.motion_file import read_motion_file

    (file,) = folder.iterdir()
    return bool(np.isfinite(read_motion_file(file).poses).all())


_RECIPE = {
    "poses": [[0.0] * 6, [1.0, 0, 0, 2.0, 0, 0]],
    "onsets": [0.0, 0.4],
    "axis": "AP",
    "ordering": "linear",
    "pivot": [1.0, 2.0, 3.0],
    "convention": "motionqc",
}


def _recipe(rng: random.Random) -> Files:
    return {"recipe.json": json.dumps(_with_words(_RECIPE, rng)).encode()}


def _take_recipe(folder: Path) -> bool:
    from MotionQCLib.motion.recipe import trajectory_from_json

    recipe = json.loads((folder / "recipe.json").read_text())
    if not isinstance(recipe, dict):
        return False  # the caller's, which holds one as a field of an object
    return bool(np.isfinite(trajectory_from_json(recipe).poses).all())


_EVENTS = "".join(
    json.dumps({"type": kind, **fields}) + "\n"
    for kind, fields in [
        ("session", {}),
        ("message", {"text": "begins"}),
        ("progress", {"step": 1, "steps": 9, "eta_s": 3.0, "train_loss": 2.0, "val_r2": 0.5}),
        ("result", {"text": "done"}),
        ("failed", {"code": "x", "message": "y"}),
    ]
)
_RUN = json.dumps({"sessions": [{"outcome": "stopped", "began": "2025"}], "stage": "pretrain"})


def _run_folder(rng: random.Random) -> Files:
    return {
        "events.jsonl": hostile_text(_EVENTS, rng, ("[]", "null", '{"type": "progress"}', "1e999")),
        "run.json": hostile_text(_RUN, rng),
        "launch.json": hostile_text('{"command": ["pretrain", "--config", "motionqc"]}', rng),
    }


def _take_run_folder(folder: Path) -> bool:
    from MotionQCLib.jobs.messages import decode
    from MotionQCLib.jobs.run_folder import RunFolder
    from MotionQCLib.jobs.run_log import RunLog

    run = RunFolder(folder)
    run.last_session()
    run.last_errors()
    log = RunLog(run.events)
    log.read()
    for line in run.events.read_bytes().splitlines():
        decode(b'{"motionqc": 1, ' + line[1:])
    return bool(run.words()) and run.state is not None and log.lines is not None


def _packed(rng: random.Random) -> Files:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, array in (("a", np.arange(12.0).reshape(3, 4)), ("b", np.zeros(2, np.int16))):
            stored = io.BytesIO()
            np.save(stored, array)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), stored.getvalue())
    words = (b"|O", b"'descr': '|O'", b"\x80\x04", b"'shape': (99999999999,)")
    return {"kept.npz": hostile_bytes(packed.getvalue(), rng, words)}


def _take_packed(folder: Path) -> bool:
    from MotionQCTraining.data.arrays import is_whole, read_arrays

    return is_whole(folder / "kept.npz") and bool(read_arrays(folder / "kept.npz"))


@cache
def _limits() -> str:
    """Site limits as `motionqc calibrate` writes them."""
    from MotionQCLib.models.site_limits import FittedLimits, RatedClass, SiteLimits

    limits = SiteLimits(
        model="m",
        sha256="ab" * 32,
        label="edge",
        created="2026-01-31T12:00:00+00:00",
        reference_mm=(0.1, 0.4, 0.9, 1.5, 2.5),
        subjects=5,
        ratings=(RatedClass("good", 3, 3, 0.4), RatedClass("bad", 2, 2, 1.2)),
        limits=FittedLimits((0.65,), ((0.5, 0.7),), 0.7, (0.5, 0.9)),
    )
    return json.dumps(limits.to_json(), indent=2)


def _site_limits(rng: random.Random) -> Files:
    if rng.random() < 0.5:
        return {"site.json": json.dumps(_with_words(json.loads(_limits()), rng)).encode()}
    return {"site.json": hostile_text(_limits(), rng, _MODEL_WORDS)}


def _take_site_limits(folder: Path) -> bool:
    from MotionQCLib.models import load_site_limits

    limits = load_site_limits(folder / "site.json")
    return 0 <= limits.percentile(1.0) <= 100 and limits.classes is not None


TARGETS = (
    Target("NIfTI, plain and gzipped", _nifti, _take_scan, 2),
    Target("MGH, plain and gzipped", _mgh, _take_scan),
    Target("NRRD", lambda rng: _nrrd(rng, "scan.nrrd", "scan.nhdr"), _take_scan, 1.5),
    Target("MetaImage", lambda rng: _meta(rng, "scan.mha", "scan.mhd"), _take_scan, 1.5),
    Target("DICOM", _dicom, _take_scan, 1),
    # Each takes a process of its own.
    Target("DICOM, compressed", _compressed, _take_scan, 0.04),
    Target("zip of DICOM", _zip, _take_scan, 0.6),
    Target("model metadata", _metadata, _take_model, 1.2),
    Target("model weights", _weights, _take_model, 0.4),
    Target("manifest", _manifest, _take_manifest),
    Target("spreadsheet", _spreadsheet, _take_spreadsheet),
    Target("participants", _participants, _take_participants, 0.5),
    Target("configuration", _configuration, _take_configuration, 0.6),
    Target("override", _override, _take_override, 0.4),
    Target("folder of reports", _reports, _take_reports, 0.8),
    Target("pages", _page, _take_page, 0.5),
    Target("motion file", _motion, _take_motion),
    Target("motion recipe", _recipe, _take_recipe),
    Target("run folder", _run_folder, _take_run_folder, 0.8),
    Target("kept arrays", _packed, _take_packed, 0.4),
    Target("site limits", _site_limits, _take_site_limits, 0.5),
)
