"""YAML of values only, whatever is written in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from MotionQCTraining.plain_yaml import parse_yaml, shown

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)


def test_values_are_read_as_yaml_has_them() -> None:
    assert parse_yaml("a: [1, 0.5, true, x]") == {"a": [1, 0.5, True, "x"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "expected"),
        ("a: 2020-13-45", "a value is not of its kind"),
        ("a: !!int x", "a value is not of its kind"),
        ("? [a]\n: b", "unhashable"),
        ("[" * 5000, "nested too deeply"),
        ("a" * 2_000_000, "longer than"),
    ],
)
def test_what_is_no_plain_yaml_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        parse_yaml(text)
    assert len(str(caught.value)) < 400


def test_an_object_is_not_made_and_no_code_runs(tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    with pytest.raises(ValueError, match="could not determine a constructor"):
        parse_yaml(f"!!python/object/apply:os.mkdir ['{witness}']")
    assert not witness.exists()


def test_aliases_that_stand_for_billions_of_values_are_shown_briefly() -> None:
    assert len(shown(parse_yaml(LAUGHS)["j"])) < 250
