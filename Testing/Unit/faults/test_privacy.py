"""Nothing that tells whose a scan is gets written, printed or left behind."""

from __future__ import annotations

import gzip
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from MotionQCLib.scan import Scan

from ..cli.conftest import Shell, Spoken
from ..scan.dicom_files import write_enhanced, write_series

TELLING = {
    "PatientName": "Canary^Alpha",
    "PatientID": "CANARY-4711471147",
    "PatientBirthDate": "19310203",
    "PatientAddress": "7 Canary Row",
    "OtherPatientIDs": "CANARYOTHER",
    "PatientComments": "canary comment",
    "PatientTelephoneNumbers": "555-CANARY",
    "EthnicGroup": "CANARYGROUP",
    "Occupation": "canary keeper",
    "InstitutionName": "Canary Hospital",
    "InstitutionAddress": "8 Canary Street",
    "ReferringPhysicianName": "Canaryref^Doctor",
    "PerformingPhysicianName": "Canaryperf^Doctor",
    "OperatorsName": "Canaryop^Tech",
    "StationName": "CANARYSTATION",
    "DeviceSerialNumber": "CANARY7788997788",
    "AccessionNumber": "CANARYACC",
    "StudyID": "CANARYSTUDY",
    "StudyDate": "20230405",
    "StudyDescription": "canary study",
    "RequestedProcedureDescription": "canary procedure",
    "ImageComments": "canary image",
    "StudyInstanceUID": "1.2.3.987654321.1",
    "FrameOfReferenceUID": "1.2.3.987654321.2",
}
# Of eight digits or more: fewer turn up by chance in what a command measured.
MARKS = re.compile(rb"canary|19310203|20230405|987654321|4711471147|7788997788", re.IGNORECASE)


@pytest.fixture
def tagged(a_head_scan: Scan, tmp_path: Path) -> Path:
    """An examination in which every identifying element, private ones too, holds a mark."""
    folder = tmp_path / "source" / "CANARY_ALPHA_19310203"
    data = np.clip(a_head_scan.data, 0, 4000).astype(np.int16)
    write_series(folder, data, spacing=(3.5, 3.0, 3.0), orientation=((-1, 0, 0), (0, -1, 0)))
    for file in folder.iterdir():
        header = dcmread(file)
        mark(header)
        header.save_as(file)
    return folder


def mark(header: Dataset) -> None:
    for name, value in TELLING.items():
        setattr(header, name, value)
    block = header.private_block(0x0011, "CANARY PRIVATE", create=True)
    block.add_new(0x01, "LO", "canary private")


def zipped(folder: Path) -> Path:
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"Canary^Alpha/{file.name}")
    return folder.with_suffix(".zip")


def enhanced(folder: Path, scan: Scan) -> Path:
    data = np.clip(scan.data, 0, 4000).astype(np.int16)
    place = {"spacing": (3.5, 3.0, 3.0), "orientation": ((-1, 0, 0), (0, -1, 0))}
    file = write_enhanced(folder.parent / "canary.dcm", data, **place)
    header = dcmread(file)
    mark(header)
    header.save_as(file)
    return file


def written_below(folder: Path) -> dict[str, bytes]:
    """Names and contents of all files of a folder, unpacked where they are packed."""
    contents = {}
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            contents[str(file.relative_to(folder))] = (
                gzip.decompress(content) if file.suffix == ".gz" else content
            )
    return contents


def assert_nothing_tells(contents: dict[str, bytes]) -> None:
    for name, content in contents.items():
        for text in (name.encode(), content, content.replace(b"\0", b"")):
            assert not MARKS.search(text), f"{name}: {MARKS.search(text)}"


def said_without_input(spoken: Spoken, given: Path) -> dict[str, bytes]:
    """What was printed, but for the path that the user gave."""
    text = (spoken.out + spoken.err).replace(str(given), "").replace(given.name, "")
    return {"printed": text.encode()}


@pytest.mark.parametrize("kind", ["folder", "zip", "enhanced"])
def test_no_output_of_any_command_tells_whose_a_series_is(
    shell: Shell,
    tagged: Path,
    a_head_scan: Scan,
    a_model_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    given = {
        "folder": lambda: tagged,
        "zip": lambda: zipped(tagged),
        "enhanced": lambda: enhanced(tagged, a_head_scan),
    }[kind]()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    out = tmp_path / "out"
    calls = [
        ("score", given, "--model", a_model_file, "--output", out / "reports", "--json"),
        ("score", given, "--model", a_model_file, "--output", out / "again"),
        ("score", given, "--model", a_model_file, "--output", out / "none", "--series", "99"),
        ("simulate", given, "-o", out / "moved.nii.gz", "--events", 1),
    ]
    said: dict[str, bytes] = {}
    for words, status in zip(calls, (0, 0, 2, 0), strict=True):
        spoken = shell(*words)
        assert spoken.status == status, spoken.err
        assert_nothing_tells(said_without_input(spoken, given))
    contents = written_below(out)
    assert len(contents) > 10
    assert any("motionqc.html" in name for name in contents)
    assert_nothing_tells(contents | said)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_broken_series_tells_nobody_either(
    shell: Shell, tagged: Path, a_model_file: Path, tmp_path: Path
) -> None:
    for number, file in enumerate(sorted(tagged.iterdir())):
        content = file.read_bytes()
        file.write_bytes(content[: len(content) - 5000] if number == 20 else content)
    out = tmp_path / "out"
    spoken = shell("score", tagged, "--model", a_model_file, "--output", out)
    assert spoken.status == 2
    assert_nothing_tells(said_without_input(spoken, tagged) | written_below(out))
    assert b"DICOM input" in (out / "motionqc.html").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="asks for POSIX permissions")
def test_what_is_unpacked_is_its_owners_alone(
    tagged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from MotionQCLib.scan.archive import unpacked

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with unpacked(zipped(tagged)) as folder:
        assert folder.stat().st_mode & 0o077 == 0
        names = {file.name for file in folder.iterdir()}
    assert all(re.fullmatch(r"\d+\.dcm", name) for name in names)
    assert not folder.exists()
    shutil.rmtree(tagged)
