"""Files that cannot be scored, one builder a kind.

``BAD_FILES`` lists ``(name, builder, code)``: ``builder(folder)`` writes the file and returns the
path to give to ``read_scan``, which must raise an ``InputError`` with that code.
"""

from __future__ import annotations

import gzip
import importlib.util
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import nibabel as nib
import numpy as np
import pydicom
import SimpleITK as sitk

Builder = Callable[[Path], Path]
SHAPE = (20, 24, 18)
AFFINE = np.diag([9.0, 8.0, 10.0, 1.0])


def _dicom_files() -> ModuleType:
    """The DICOM writer beside this file, however this file was loaded."""
    spec = importlib.util.spec_from_file_location(
        "dicom_files", Path(__file__).with_name("dicom_files.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_DICOM = _dicom_files()
write_series, write_enhanced = _DICOM.write_series, _DICOM.write_enhanced


def voxels(dtype: type = np.int16) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 1000, SHAPE).astype(dtype)


def volume(folder: Path, name: str, data: np.ndarray | None = None, affine=AFFINE) -> Path:
    """A NIfTI or MGH file, sound unless `data` or `affine` is not."""
    kind = nib.MGHImage if name.endswith((".mgh", ".mgz")) else nib.Nifti1Image
    nib.save(kind(voxels() if data is None else data, affine), folder / name)
    return folder / name


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def renamed(name: str, new: str) -> Builder:
    return lambda folder: volume(folder, name).rename(folder / new)


def cut(name: str, keep: float) -> Builder:
    """A sound file that ends too early."""

    def build(folder: Path) -> Path:
        path = volume(folder, name)
        content = path.read_bytes()
        return written(folder, name, content[: int(keep * len(content))])

    return build


def with_header(name: str = "scan.nii", **patches: tuple[int, str, tuple]) -> Builder:
    """A NIfTI or MGH file with header fields overwritten: `field=(offset, struct code, values)`."""

    def build(folder: Path) -> Path:
        path = volume(folder, name)
        packed = name.endswith("z")
        content = bytearray(gzip.decompress(path.read_bytes()) if packed else path.read_bytes())
        for offset, code, values in patches.values():
            struct.pack_into(code, content, offset, *values)
        return written(folder, name, gzip.compress(content) if packed else bytes(content))

    return build


def with_voxel(value: float, dtype: type = np.float32) -> Builder:
    def build(folder: Path) -> Path:
        data = voxels(dtype)
        data[3, 4, 5] = value
        return volume(folder, "scan.nii.gz", data)

    return build


def with_affine(*changes: tuple[int, int, float]) -> Builder:
    def build(folder: Path) -> Path:
        path = volume(folder, "scan.nii")
        content = bytearray(path.read_bytes())
        for row, column, value in changes:
            struct.pack_into("<f", content, 280 + 16 * row + 4 * column, value)
        return written(folder, "scan.nii", bytes(content))

    return build


def with_data(data: Callable[[], np.ndarray]) -> Builder:
    return lambda folder: volume(folder, "scan.nii.gz", data())


def rgb(folder: Path) -> Path:
    colours = np.zeros(SHAPE, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    return volume(folder, "scan.nii.gz", colours)


def with_text(
    name: str, old: bytes, new: bytes, tail: float = 1.0, compress: bool = True
) -> Builder:
    """An NRRD or MHA file of ITK with its header text changed, cut to a share `tail`."""

    def build(folder: Path) -> Path:
        image = sitk.GetImageFromArray(voxels().T)
        image.SetSpacing([9.0, 8.0, 10.0])
        sitk.WriteImage(image, str(folder / name), compress)
        content = (folder / name).read_bytes()
        assert old in content
        changed = content.replace(old, new, 1)
        return written(folder, name, changed[: int(tail * len(changed))])

    return build


def itk_vectors(name: str) -> Builder:
    def build(folder: Path) -> Path:
        colours = np.stack([voxels()] * 3, axis=-1).transpose(2, 1, 0, 3)
        sitk.WriteImage(sitk.GetImageFromArray(colours, isVector=True), str(folder / name))
        return folder / name

    return build


def dicom(**arguments: object) -> Builder:
    """A DICOM folder of one series with something wrong."""
    return lambda folder: write_series(folder / "dicom", voxels(), spacing=(9, 8, 10), **arguments)


def enhanced(cut: int = 0, **arguments: object) -> Builder:
    """An enhanced file with something wrong, or its last bytes gone."""

    def build(folder: Path) -> Path:
        path = write_enhanced(folder / "scan.dcm", voxels(), spacing=(9, 8, 10), **arguments)
        return written(folder, path.name, path.read_bytes()[:-cut] if cut else path.read_bytes())

    return build


def deflated(folder: Path) -> Path:
    """A series of files that are deflated as a whole; the first one inflates to 64 MiB."""
    path = write_series(folder / "dicom", voxels(), spacing=(9, 8, 10))
    for number, file in enumerate(sorted(path.iterdir())):
        header = pydicom.dcmread(file)
        header.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
        header.add_new(0x00091001, "OB", bytes(2 if number else 64 * 2**20))
        header.save_as(file)
    return path


def two_t1_series(folder: Path) -> Path:
    write_series(folder / "dicom", voxels(), number=3)
    return write_series(folder / "dicom", voxels(), number=8, description="T1 BRAVO repeat")


def slices_twice(folder: Path) -> Path:
    data = np.repeat(voxels(), 2, axis=2)
    path = write_series(folder / "dicom", data, spacing=(9, 8, 10))
    for file in path.iterdir():
        _edit(file, lambda d: setattr(d, "ImagePositionPatient", _halved(d)))
    return path


def _halved(header) -> list[float]:
    index = (int(header.InstanceNumber) - 1) // 2
    return [-10.0 * index, 0.0, 0.0]


def localizer(folder: Path) -> Path:
    path = write_series(folder / "dicom", voxels())
    for file in sorted(path.iterdir())[:6]:
        _edit(file, lambda d: setattr(d, "ImageOrientationPatient", [1, 0, 0, 0, 1, 0]))
    return path


def cut_slice(folder: Path) -> Path:
    path = write_series(folder / "dicom", voxels(), spacing=(9, 8, 10))
    file = sorted(path.iterdir())[4]
    file.write_bytes(file.read_bytes()[:-300])
    return path


def _edit(file: Path, change: Callable) -> None:
    header = pydicom.dcmread(file)
    change(header)
    header.save_as(file)


def one_slice(folder: Path) -> Path:
    path = write_series(folder / "dicom", voxels())
    return sorted(path.iterdir())[0].rename(folder / "slice.dcm")


def pipe(folder: Path) -> Path:
    """What would let its reader wait for ever."""
    os.mkfifo(folder / "scan.nii")
    return folder / "scan.nii"


def long_name(folder: Path) -> Path:
    return folder / f"{'x' * 300}.nii"


def folder_without_dicom(folder: Path) -> Path:
    (folder / "notes").mkdir()
    written(folder / "notes", "readme.txt", b"no scan here")
    return folder / "notes"


def zipped(folder: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(folder / "scan.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return folder / "scan.zip"


def zip_with(*names: str) -> Builder:
    return lambda folder: zipped(folder, dict.fromkeys(names, bytes(500)))


def zip_bomb(folder: Path) -> Path:
    """Three entries that claim 2 GiB each."""
    path = zipped(folder, {f"{n}.dcm": bytes(1000) for n in "abc"})
    content = path.read_bytes()
    return written(folder, "scan.zip", content.replace(struct.pack("<I", 1000), b"\0\0\0\x80"))


def encrypted_zip(folder: Path) -> Path:
    """A zip whose entries are flagged as encrypted."""
    path = zipped(folder, {"a.dcm": bytes(500)})
    content = path.read_bytes().replace(b"PK\x03\x04\x14\0\0", b"PK\x03\x04\x14\0\1")
    return written(folder, "scan.zip", content.replace(b"\x14\0\0\0\x08\0", b"\x14\0\1\0\x08\0"))


def broken_zip(folder: Path) -> Path:
    path = zipped(folder, {"a.dcm": np.random.default_rng(0).bytes(4000)})
    return written(folder, "scan.zip", path.read_bytes()[:2000])


def damaged_zip(method: int) -> Builder:
    """A zip whose packed bytes are not what the packing makes."""

    def build(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "scan.zip", "w", method) as archive:
            archive.writestr("a.dcm", bytes(128) + b"DICM" + np.random.default_rng(0).bytes(4000))
        content = bytearray((folder / "scan.zip").read_bytes())
        content[200:400] = bytes(200)
        return written(folder, "scan.zip", bytes(content))

    return build


# Offsets of the NIfTI-1 and MGH headers.
DIM, DATATYPE, PIXDIM, SFORM_CODE, QFORM_CODE, MAGIC = 40, 70, 76, 254, 252, 344
HUGE = (3, 32000, 32000, 32000)

BAD_FILES: list[tuple[str, Builder, str]] = [
    # No scan, or not the one that the name promises
    ("missing", lambda folder: folder / "absent.nii.gz", "not-found"),
    ("pipe", pipe, "not-readable"),
    ("long-name", long_name, "not-readable"),
    ("empty-file", lambda folder: written(folder, "scan.nii.gz", b""), "empty"),
    ("text", lambda folder: written(folder, "scan.txt", b"hello"), "unsupported-format"),
    ("picture", lambda folder: written(folder, "scan.png", b"\x89PNG0000"), "unsupported-format"),
    ("text-as-nii-gz", lambda f: written(f, "scan.nii.gz", b"hello" * 99), "mislabelled"),
    ("zeros-as-nii", lambda f: written(f, "scan.nii", bytes(9000)), "mislabelled"),
    ("gzip-as-nii", renamed("a.nii.gz", "scan.nii"), "mislabelled"),
    ("nii-as-nii-gz", renamed("a.nii", "scan.nii.gz"), "mislabelled"),
    ("nii-as-mgz", renamed("a.nii.gz", "scan.mgz"), "mislabelled"),
    ("mgz-as-nii-gz", renamed("a.mgz", "scan.nii.gz"), "mislabelled"),
    ("nii-as-nrrd", renamed("a.nii", "scan.nrrd"), "mislabelled"),
    ("nii-as-dcm", renamed("a.nii", "scan.dcm"), "mislabelled"),
    ("nifti-pair-header", with_header(magic=(MAGIC, "4s", (b"ni1\0",))), "mislabelled"),
    # Cut off, damaged, or a header that claims what is not there
    ("cut-header", cut("scan.nii", 0.01), "mislabelled"),
    ("cut-nii", cut("scan.nii", 0.7), "truncated"),
    ("cut-nii-gz", cut("scan.nii.gz", 0.7), "truncated"),
    ("cut-gzip-header", cut("scan.nii.gz", 0.002), "truncated"),
    ("cut-mgz", cut("scan.mgz", 0.7), "truncated"),
    ("cut-mgh", cut("scan.mgh", 0.7), "truncated"),
    ("cut-nrrd", with_text("scan.nrrd", b"", b"", 0.6), "truncated"),
    ("cut-mha", with_text("scan.mha", b"", b"", 0.6), "truncated"),
    ("huge-nii", with_header(dim=(DIM, "<4h", HUGE)), "truncated"),
    ("huge-nii-gz", with_header("scan.nii.gz", dim=(DIM, "<4h", HUGE)), "truncated"),
    ("huge-mgz", with_header("scan.mgz", dim=(4, ">3i", HUGE[1:])), "truncated"),
    ("huge-nrrd", with_text("scan.nrrd", b"20 24 18", b"32000 32000 32000"), "truncated"),
    ("huge-mha", with_text("scan.mha", b"20 24 18", b"32000 32000 32000"), "truncated"),
    ("larger-nii-gz", with_header("scan.nii.gz", dim=(DIM, "<4h", (3, 40, 40, 40))), "truncated"),
    ("unknown-datatype", with_header(type=(DATATYPE, "<h", (4097,))), "corrupt"),
    ("nrrd-without-sizes", with_text("scan.nrrd", b"sizes:", b"seizs:"), "corrupt"),
    ("mha-without-sizes", with_text("scan.mha", b"DimSize", b"DumSize"), "corrupt"),
    ("nrrd-space", with_text("scan.nrrd", b"left-posterior-superior", b"scanner-xyz"),
     "unsupported-format"),
    ("nrrd-encoding", with_text("scan.nrrd", b"gzip", b"bzip2"), "unsupported-format"),
    ("nrrd-voxels-missing", with_text("scan.nrrd", b"encoding:", b"data file: gone.raw\nencoding:"),
     "truncated"),
    ("nrrd-voxels-absolute", with_text("scan.nrrd", b"encoding:", b"data file: /x.raw\nencoding:"),
     "unsafe-path"),
    ("mhd-voxels-above", with_text("scan.mha", b"LOCAL", b"../scan.raw"), "unsafe-path"),
    ("mhd-voxels-drive", with_text("scan.mha", b"LOCAL", b"C:\\scan.raw"), "unsafe-path"),
    ("mhd-voxels-missing", with_text("scan.mha", b"LOCAL", b"gone.raw"), "truncated"),
    # Not one three-dimensional volume of numbers
    ("two-dimensional", with_data(lambda: voxels()[:, :, 0]), "not-3d"),
    ("one-slice", with_data(lambda: voxels()[:, :, :1]), "not-3d"),
    ("three-frames", with_data(lambda: np.stack([voxels()] * 3, -1)), "several-frames"),
    ("three-frames-mgz", lambda f: volume(f, "scan.mgz", np.stack([voxels()] * 3, -1)),
     "several-frames"),
    ("dimension-zero", with_header(dim=(DIM, "<4h", (3, 20, 0, 18))), "empty"),
    ("dimension-negative", with_header(dim=(DIM, "<4h", (3, 20, -24, 18))), "empty"),
    ("rgb", rgb, "not-scalar"),
    ("complex", with_data(lambda: voxels().astype(np.complex64)), "not-scalar"),
    ("vector-mha", itk_vectors("scan.mha"), "not-scalar"),
    ("vector-nrrd", itk_vectors("scan.nrrd"), "several-frames"),
    # Voxels that show nothing
    ("zeros", with_data(lambda: np.zeros(SHAPE, np.int16)), "constant"),
    ("constant", with_data(lambda: np.full(SHAPE, 7.5, np.float32)), "constant"),
    ("one-nan", with_voxel(np.nan), "not-finite"),
    ("one-infinity", with_voxel(-np.inf), "not-finite"),
    ("overflow", with_voxel(1e300, np.float64), "not-finite"),
    # Voxels that are nowhere
    ("singular-affine", with_affine((0, 0, 0.0), (0, 1, 8.0), (1, 1, 0.0), (1, 0, 0.0),
                                    (0, 2, 0.0), (0, 0, 9.0)), "singular-affine"),
    ("nan-affine", with_affine((1, 3, np.nan)), "singular-affine"),
    ("sheared-affine", with_affine((0, 1, 2.0)), "sheared-affine"),
    ("zero-column", with_affine((1, 1, 0.0)), "zero-spacing"),
    ("zero-spacing", with_header(pixdim=(PIXDIM + 8, "<f", (0.0,)), s=(SFORM_CODE, "<h", (0,))),
     "zero-spacing"),
    ("zero-spacing-mha", with_text("scan.mha", b"ElementSpacing = 9 8", b"ElementSpacing = 0 8"),
     "zero-spacing"),
    ("sheared-nrrd", with_text("scan.nrrd", b"(9,0,0)", b"(9,3,0)"), "sheared-affine"),
    ("metres", with_affine((0, 0, 0.009), (1, 1, 0.008), (2, 2, 0.01)), "implausible-size"),
    # DICOM
    ("folder-without-dicom", folder_without_dicom, "no-dicom"),
    ("two-t1-series", two_t1_series, "several-series"),
    ("missing-slice", dicom(drop=(7,)), "missing-slices"),
    ("slices-twice", slices_twice, "several-frames"),
    ("localizer", localizer, "mixed-orientations"),
    ("cut-slice", cut_slice, "corrupt"),
    ("one-dicom-slice", one_slice, "not-3d"),
    ("ct", dicom(Modality="CT"), "not-mr"),
    ("frames-nowhere", dicom(NumberOfFrames=20), "enhanced-dicom"),
    ("enhanced-cut", enhanced(cut=900), "truncated"),
    ("enhanced-claim", enhanced(NumberOfFrames=30000), "truncated"),
    ("enhanced-echoes", enhanced(order=[*range(18), *range(18)]), "several-frames"),
    ("enhanced-gap", enhanced(order=[*range(7), *range(9, 18)]), "missing-slices"),
    ("enhanced-unplaced", enhanced(PerFrameFunctionalGroupsSequence=[pydicom.Dataset()] * 18),
     "no-geometry"),
    ("huge-deflated-dicom", deflated, "deflated-dicom"),
    ("mosaic", dicom(ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"]), "mosaic-dicom"),
    ("no-positions", dicom(ImagePositionPatient=None), "no-geometry"),
    ("inverted-dicom", dicom(PhotometricInterpretation="MONOCHROME1"), "inverted-dicom"),
    ("palette-dicom", dicom(PhotometricInterpretation="PALETTE COLOR"), "not-scalar"),
    ("colour-dicom", dicom(SamplesPerPixel=3), "not-scalar"),
    ("huge-dicom", dicom(Rows=60000, Columns=60000), "truncated"),
    # Zips
    ("zip-slip", zip_with("../../escaped.dcm"), "unsafe-zip"),
    ("zip-absolute", zip_with("/etc/escaped.dcm"), "unsafe-zip"),
    ("zip-drive", zip_with("C:\\escaped.dcm"), "unsafe-zip"),
    ("zip-bomb", zip_bomb, "too-large"),
    ("zip-encrypted", encrypted_zip, "bad-zip"),
    ("zip-broken", broken_zip, "bad-zip"),
    ("zip-damaged-deflate", damaged_zip(zipfile.ZIP_DEFLATED), "bad-zip"),
    ("zip-damaged-lzma", damaged_zip(zipfile.ZIP_LZMA), "bad-zip"),
    ("zip-without-dicom", zip_with("a.txt", "b.txt"), "no-dicom"),
]  # fmt: skip
