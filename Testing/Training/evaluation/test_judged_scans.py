"""Which scans are judged: those of the protocol's test subjects, with what the model has seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.scan import read_scan
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.evaluation.judged_scans import (
    make_head,
    scans_of_manifest,
    scans_of_protocol,
)
from MotionQCTraining.evaluation.protocol import Protocol

SEEN = {"subjects": {"train": {"site0": 3, "site0-train": 2}, "validation": {"site0": 1}}}


def test_sources_that_a_model_has_not_seen_are_left_out(
    small_protocol: Protocol, a_data_folder: Path, tmp_path: Path
) -> None:
    scans = scans_of_protocol(small_protocol, a_data_folder, SEEN, tmp_path)
    left_out = {scan.source for scan in scans if scan.left_out}
    assert left_out == {"site1", "labels"}
    judged = {scan.person for scan in scans if scan.judged}
    assert judged == {"site0/sub-04", "site1/sub-01", "site1/sub-03", "labels/head-1"}


def test_a_choice_is_made_by_nobody_whom_the_figures_of_the_chosen_are_of(
    small_protocol: Protocol, a_data_folder: Path, tmp_path: Path
) -> None:
    """By validation subjects, and of a site left out by those whom others train on."""
    own, other = small_protocol.sources["site0"], small_protocol.sources["site1"]
    divided = {
        **small_protocol.sources,
        "site0": replace(own, mask="", validation=("sub-06",)),
        "site1": replace(other, train=("sub-05",), validation=("sub-07",)),
    }
    protocol = replace(small_protocol, sources=divided)
    scans = scans_of_protocol(protocol, a_data_folder, SEEN, tmp_path, choosing=True)
    judged = {scan.person for scan in scans if scan.judged}
    assert judged == {"site0/sub-06", "site1/sub-05", "site1/sub-07"}


def test_a_head_of_a_label_map_is_made_once_and_always_the_same(
    small_protocol: Protocol, a_data_folder: Path, tmp_path: Path
) -> None:
    made = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        scans = scans_of_protocol(small_protocol, a_data_folder, SEEN, folder)
        (head,) = (scan for scan in scans if scan.labels)
        make_head(head, 9)
        written = head.path.stat().st_mtime_ns
        make_head(head, 9)
        assert head.path.stat().st_mtime_ns == written
        assert head.mask is not None
        made.append((read_scan(head.path).data, read_scan(head.mask).data))
    np.testing.assert_array_equal(made[0][0], made[1][0])
    assert made[0][0].shape == made[0][1].shape
    assert made[0][0][made[0][1] > 0].mean() > 300


def test_missing_scans_are_named(
    small_protocol: Protocol, a_data_folder: Path, tmp_path: Path
) -> None:
    source = replace(small_protocol.sources["site1"], test=("sub-77", "sub-78"))
    protocol = replace(small_protocol, sources={**small_protocol.sources, "site1": source})
    with pytest.raises(InputError, match=r"2 scans of the protocol are not there.*sub-77"):
        scans_of_protocol(protocol, a_data_folder, SEEN, tmp_path)


def test_scans_of_ones_own_have_the_part_that_they_had_in_training() -> None:
    row = Row("a/b.nii.gz", "s1", "here")
    unseen = Row("c.nii.gz", "s1", "there", mask="m.nii.gz")
    scans = scans_of_manifest({"train": [row], "test": [replace(row, subject="s2")]}, [unseen])
    assert [(s.person, s.judged, s.left_out) for s in scans] == [
        ("here/s1", False, False),
        ("here/s2", True, False),
        ("there/s1", True, True),
    ]
    (left_out,) = scans_of_manifest({"test": [row]}, [], left_out=["here"])
    assert left_out.judged
    assert left_out.left_out
    assert scans[2].row == unseen
    assert scans[0].name == "b"
