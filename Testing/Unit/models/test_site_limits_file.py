"""A file of site limits: what is written is read again, and nothing else is read at all."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from MotionQCLib.errors import InputError
from MotionQCLib.models import load_site_limits, save_site_limits

from .test_site_limits import some_limits


def test_what_is_written_is_read_again_with_the_checksum_of_the_file(tmp_path: Path) -> None:
    save_site_limits(tmp_path / "site.json", some_limits())
    read = load_site_limits(tmp_path / "site.json")
    checksum = hashlib.sha256((tmp_path / "site.json").read_bytes()).hexdigest()
    assert read == replace(some_limits(), checksum=checksum)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"[" * 100_000, b"null", b"[]", b'{"format": 1}', b" " * 4_000_001],
    ids=["empty", "binary", "deep", "null", "list", "number", "large"],
)
def test_what_is_no_such_file_is_refused_in_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "site.json").write_bytes(content)
    with pytest.raises(InputError, match=r"site\.json: ") as caught:
        load_site_limits(tmp_path / "site.json")
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 400


@pytest.mark.parametrize("name", ["absent.json", ".", "a\0b"])
def test_no_file_is_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file|cannot be read"):
        load_site_limits(f"{tmp_path}/{name}")


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        save_site_limits(tmp_path / "file" / "site.json", some_limits())


def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "site.json")
    with pytest.raises(InputError, match="no such file"):
        load_site_limits(tmp_path / "site.json")
