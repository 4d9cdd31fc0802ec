"""The protocol is one typed file, the same until it is changed deliberately."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.data.manifest import Row
from MotionQCTraining.data.splits import split
from MotionQCTraining.evaluation.protocol import Moves, Protocol, RealScans, Source, load_protocol

CHECKSUM = "33fd7996d408cf8cd8380b02a42a2c834a69c25e7b7c150eea03c90f3656ce02"
"""A change of the protocol makes figures of before and after strangers: change both together."""


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_protocol("motionqc")[0]


def test_the_committed_protocol_is_the_one_that_models_are_judged_by() -> None:
    file = resources.files("MotionQCTraining") / "presets/motionqc/protocol.yaml"
    assert load_protocol("motionqc")[1] == CHECKSUM
    assert hashlib.sha256(file.read_bytes()).hexdigest() == CHECKSUM


def test_its_parts_are_those_of_the_split_that_models_are_trained_by(protocol: Protocol) -> None:
    rows = [
        # As `motionqc manifest --labels` names the subjects of label maps.
        Row("scan", f"sub-{s.replace('-', '')}" if source.labels else s, name)
        for name, source in protocol.sources.items()
        if source.train
        for s in (*source.train, *source.validation, *source.test)
    ]
    parts = split(rows, seed=2025, validation=0.12, test=0.15)
    for name, source in protocol.sources.items():
        if source.train:
            for part, members in parts.items():
                found = {row.subject.replace("-", "") for row in members if row.site == name}
                named = {("sub" if source.labels else "") + s for s in getattr(source, part)}
                assert found == {s.replace("-", "") for s in named}, (name, part)


def test_sources_never_trained_on_have_no_subject_to_train_or_to_validate(
    protocol: Protocol,
) -> None:
    untouched = {name for name, source in protocol.sources.items() if not source.train}
    assert untouched == {"ds002790", "ds004173", "studyforrest"}
    assert all(not protocol.sources[name].validation for name in untouched)


def test_every_scan_of_it_exists(protocol: Protocol, real_data: Path) -> None:
    for source in protocol.sources.values():
        for subject in (*source.train, *source.validation, *source.test):
            assert (real_data / source.scan.format(subject=subject)).exists()
            assert not source.mask or (real_data / source.mask.format(subject=subject)).exists()
    for scans in protocol.real.scans.values():
        assert all((real_data / scan).exists() for scan in scans.values())


def test_motion_is_limited_as_the_figures_say(protocol: Protocol) -> None:
    limits = protocol.limits
    assert (limits.score_mm, limits.translation_mm, limits.rotation_deg) == (4.0, 4.0, 2.0)


def test_a_file_of_ones_own_is_read_and_its_faults_are_told_in_one_line(
    protocol: Protocol, tmp_path: Path
) -> None:
    text = (resources.files("MotionQCTraining") / "presets/motionqc/protocol.yaml").read_text()
    own = tmp_path / "own.yaml"
    own.write_text(text.replace("draws: 8", "draws: 2"))
    found, checksum = load_protocol(str(own))
    assert found == replace(protocol, held_out=replace(protocol.held_out, draws=2))
    assert checksum != CHECKSUM
    own.write_text(text.replace("draws: 8", "draws: 0").replace("- flip LR", "- turn"))
    with pytest.raises(InputError) as caught:
        load_protocol(str(own))
    for fault in ("draws is 0; give a whole number", "got 'turn'"):
        assert fault in caught.value.message


def test_subjects_have_one_part_and_robustness_names_tested_ones(protocol: Protocol) -> None:
    with pytest.raises(ValueError, match="named twice"):
        Source("{subject}.nii", train=("a",), test=("a",))
    with pytest.raises(ValueError, match=r"put \{subject\}"):
        Source("scan.nii", test=("a", "b"))
    strange = replace(protocol.robustness, subjects=("ds000011/sub-01",))
    with pytest.raises(ValueError, match="ds000011/sub-01"):
        replace(protocol, robustness=strange)


def test_what_can_not_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="events is"):
        Moves(2, ("steps",), events=(3, 2))
    with pytest.raises(ValueError, match="patterns is"):
        Moves(2, ())
    with pytest.raises(ValueError, match="give 'still'"):
        RealScans("s", {"whole": {"moved": "a.nii"}})
