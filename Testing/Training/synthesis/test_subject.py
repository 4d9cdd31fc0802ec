"""The head of many samples: opened once, as noisy as its scan, also when bent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from MotionQCTraining.data.manifest import Row, read_manifest
from MotionQCTraining.data.volumes import PreparedScan
from MotionQCTraining.synthesis import subject
from MotionQCTraining.synthesis.sample_config import SampleConfig
from MotionQCTraining.synthesis.subject import Subject, renewed


@pytest.fixture
def noisy(heads) -> PreparedScan:
    grain = np.random.default_rng(1).normal(scale=0.04, size=heads[0].image.shape)
    return replace(heads[0], image=(heads[0].image + grain).astype(np.float32))


def test_a_renewed_head_is_another_one_as_noisy_as_the_scan(noisy: PreparedScan) -> None:
    other = renewed(np.random.default_rng(2), noisy, SampleConfig())
    assert not np.array_equal(other.scan.image, noisy.image)
    assert other.noise == Subject(noisy).noise > 0.02
    assert Subject(other.scan).noise < 0.9 * other.noise, "bending smooths it away"


def test_scans_are_opened_once_and_the_oldest_go(
    monkeypatch: pytest.MonkeyPatch, small_dataset: Path
) -> None:
    opened: list[tuple[str, tuple[int, ...]]] = []

    def opening(file: Path, row: Row, config: SampleConfig, seed: tuple[int, ...]) -> object:
        opened.append((file.name, seed))
        return object()

    monkeypatch.setattr(subject, "_opened", opening)
    subjects, config = subject.OpenSubjects(most=2), SampleConfig()
    row = read_manifest(small_dataset)[0]

    def get(name: str, *seed: int) -> object:
        return subjects.get(Path(name), row, config, seed)

    first = get("a")
    assert get("a") is first
    get("b")
    assert get("a") is first
    get("c")
    assert [name for name, _ in opened] == ["a", "b", "c"]
    get("b")
    assert [name for name, _ in opened] == ["a", "b", "c", "b"], "it was used longest ago"
    assert get("b", 1) is not get("b")
    assert len(opened) == 6, "of one scan, one head at a time"
