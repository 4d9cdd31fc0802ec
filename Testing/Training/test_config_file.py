"""A YAML file becomes the record of its stage, whatever kinds of fields that has."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from MotionQCLib.errors import InputError
from MotionQCTraining.config_file import load_config, presets

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)


@dataclass(frozen=True)
class StageConfig:
    STAGE: ClassVar[str] = "no-such-stage"

    names: tuple[str, ...] = ()
    pair: tuple[int, int] = (1, 2)
    kind: Literal["round", "square"] = "round"
    weights: dict[str, float] = field(default_factory=dict)


def read(folder: Path, text: str) -> StageConfig:
    (folder / "c.yaml").write_text(text, encoding="utf-8")
    return load_config(folder / "c.yaml", StageConfig)


def test_fields_of_every_kind_are_read(tmp_path: Path) -> None:
    text = "names: [gut, mäßig, '3']\npair: [3, 4]\nkind: square\nweights: {gut: 2}\n"
    expected = StageConfig(("gut", "mäßig", "3"), (3, 4), "square", {"gut": 2.0})
    assert read(tmp_path, text) == expected


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "") == StageConfig()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("names: one", "names must be a list, got 'one'"),
        ("names: [1]", "names must be of type str, got 1"),
        ("pair: [1]", "pair must be a list of 2"),
        ("kind: oval", "kind must be one of round, square, got 'oval'"),
        ("kind: [round]", "kind must be one of round, square"),
        ("weights: {gut: much}", "weights.gut must be of type float"),
    ],
)
def test_a_value_of_another_kind_is_named(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert fault in caught.value.message


def test_a_stage_that_no_preset_has_has_no_presets() -> None:
    assert presets("no-such-stage") == []


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        load_config(tmp_path / "c.yaml", StageConfig)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pair: 2020-13-45", "not YAML"),
        ("pair: " + "[" * 5000, "nested too deeply"),
        (f"pair: [{'x, ' * 5000}]", "pair must be a list of 2"),
        (f"{'x' * 900}: 1", "unknown field"),
        ("\n".join(f"x{n}: 1" for n in range(500)), "and 480 more"),
        (LAUGHS + "pair: *j", "pair must be a list of 2"),
    ],
)
def test_a_hostile_file_is_refused_in_one_short_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read(tmp_path, text)
    assert len(caught.value.message) < 1500 + len(str(tmp_path))


@dataclass(frozen=True)
class Demanding:
    STAGE: ClassVar[str] = "no-such-stage"

    first: int
    second: int
    third: int = 3


def test_fields_that_are_missing_are_named(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("second: 2")
    with pytest.raises(InputError, match="first is missing"):
        load_config(tmp_path / "c.yaml", Demanding)
