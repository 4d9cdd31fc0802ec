"""What a model tells of its scans, and that it is not judged on them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.models import ModelMetadata
from MotionQCTraining.config import PretrainConfig, PublicSite
from MotionQCTraining.data.manifest import Row, read_manifest
from MotionQCTraining.data.provenance import checksums, describe_scans, require_unseen
from MotionQCTraining.data.splits import Part


@pytest.fixture
def rows(small_dataset: Path) -> list[Row]:
    """Four scans of two sites; the first two are of one person."""
    first, *rest = read_manifest(small_dataset)[:4]
    rest[1] = replace(rest[1], subject=first.subject)
    assert rest[1].person == first.person
    return [first, rest[1], rest[0], rest[2]]


@pytest.fixture
def parts(rows: list[Row]) -> dict[Part, list[Row]]:
    return {"train": rows[:3], "validation": rows[3:]}


def test_a_model_tells_of_private_scans_their_number_and_checksums_alone(
    parts: dict[Part, list[Row]],
) -> None:
    told = describe_scans(parts, PretrainConfig(licence="internal"))
    assert told["subjects"] == {"train": {"site0": 1, "site1": 1}, "validation": {"site1": 1}}
    assert told["sites"]["site0"]["licence"] == "internal"
    assert told["names"] == {}
    assert "sub-" not in json.dumps(told)


def test_every_scan_of_a_person_is_listed(parts: dict[Part, list[Row]]) -> None:
    expected = {
        hashlib.sha256(Path(row.path).read_bytes()).hexdigest(): part
        for part, members in parts.items()
        for row in members
    }
    assert describe_scans(parts, PretrainConfig())["scans"] == expected
    assert len(expected) == 4


def test_subjects_of_public_sites_are_named_and_no_others(parts: dict[Part, list[Row]]) -> None:
    config = PretrainConfig(public_sites={"site0": PublicSite("CC0", "whole heads")})
    told = describe_scans(parts, config)
    assert set(told["names"].values()) == {"site0/sub-00"}
    assert set(told["names"]) <= set(told["scans"])
    assert told["sites"]["site0"] == {"licence": "CC0", "scans": "whole heads"}
    assert told["sites"]["site1"]["licence"] == "not stated"


def test_a_model_is_not_judged_on_scans_it_was_made_from(
    rows: list[Row], parts: dict[Part, list[Row]]
) -> None:
    metadata = ModelMetadata("m", "1", training=describe_scans(parts, PretrainConfig()))
    with pytest.raises(InputError, match=r"site0/sub-00 \(train\), .*site1/sub-03 \(validation\)"):
        require_unseen(metadata, rows, checksums(rows))


def test_scans_that_cannot_be_read_are_named_by_the_error_alone(
    rows: list[Row], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [replace(row, path=str(tmp_path / "gone.nii")) for row in rows[:2]]
    with pytest.raises(InputError, match=f"{bad[0].person}.*{bad[1].person}"):
        checksums([*bad, rows[2]])
    assert capsys.readouterr() == ("", ""), "programs read stdout"


def test_it_is_judged_on_others(small_dataset: Path, parts: dict[Part, list[Row]]) -> None:
    metadata = ModelMetadata("m", "1", training=describe_scans(parts, PretrainConfig()))
    others = read_manifest(small_dataset)[4:6]
    require_unseen(metadata, others, checksums(others))


@pytest.mark.parametrize("training", [{}, {"scans": {}}, {"scans": {"site0/sub-00": "0" * 64}}])
def test_a_model_that_does_not_list_its_scans_is_not_judged(training: dict[str, object]) -> None:
    with pytest.raises(InputError, match="do not list the checksums"):
        require_unseen(ModelMetadata("m", "1", training=training), [], [])
