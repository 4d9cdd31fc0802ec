"""Names in files."""

from __future__ import annotations

import pytest

from MotionQCTraining.slug import slug


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("as preset", "as-preset"),
        ("High-pass input (1 mm)", "high-pass-input-1-mm"),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_a_name_becomes_part_of_a_files(name: str, file: str) -> None:
    assert slug(name) == file
