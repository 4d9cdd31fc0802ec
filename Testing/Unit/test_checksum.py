"""The checksum is the one that users can check."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from MotionQCLib.checksum import file_sha256


@pytest.mark.parametrize("size", [0, 5, 1 << 20, (1 << 21) + 7])
def test_a_file_of_any_size_has_the_sha256_of_its_bytes(tmp_path: Path, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    (tmp_path / "file").write_bytes(content)
    assert file_sha256(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_a_known_vector(tmp_path: Path) -> None:
    """Of the empty message, from FIPS 180-4's test vectors."""
    (tmp_path / "empty").touch()
    assert file_sha256(tmp_path / "empty").startswith("e3b0c44298fc1c149afbf4c8996fb924")
