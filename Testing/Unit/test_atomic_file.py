"""A file is there whole, or it is as it was."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path

import pytest

from MotionQCLib.atomic_file import replacing, write_atomically, write_together


def test_text_and_bytes_arrive_in_new_folders(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "file.txt"
    write_atomically(target, "µ\n")
    assert target.read_bytes() == "µ\n".encode()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "file.txt"
    write_atomically(target, "old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_of_several_files_none_is_replaced_where_one_cannot_be_written(tmp_path: Path) -> None:
    first, second = tmp_path / "a.bin", tmp_path / "file" / "b.bin"
    write_atomically(first, b"old")
    second.parent.write_text("no folder")
    with pytest.raises(OSError, match="file"):
        write_together({first: b"new", second: b"new"})
    assert first.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "file"]


def test_several_files_arrive_together(tmp_path: Path) -> None:
    write_together({tmp_path / "a": b"\0", tmp_path / "b": "text"})
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_text()) == (b"\0", "text")


def test_new_files_never_lie_beside_the_old_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {tmp_path / "image": "old", tmp_path / "sign": "old"}
    write_together(files)
    rename, seen = Path.replace, []

    def watched(source: Path, target: Path) -> Path:
        seen.append((target.name, (tmp_path / "sign").exists()))
        return rename(source, target)

    monkeypatch.setattr(Path, "replace", watched)
    write_together(dict.fromkeys(files, "new"))
    assert seen == [("image", False), ("sign", False)]
    assert (tmp_path / "sign").read_text() == "new"


def test_a_stream_replaces_the_file_only_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    with contextlib.suppress(ZeroDivisionError), replacing(target) as stream:
        stream.write(b"half")
        raise ZeroDivisionError
    assert target.read_bytes() == b"old"
    with replacing(target) as stream:
        stream.write(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
@pytest.mark.parametrize("umask", [0o022, 0o027, 0o002])
def test_a_file_has_the_permissions_that_the_users_umask_leaves(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "written", b"")
        with replacing(tmp_path / "streamed"):
            pass
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o666 & ~umask}


def test_a_name_that_is_no_unicode_is_written_as_an_escape(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", os.fsdecode(b"sub-\xff.nii"))
    assert (tmp_path / "file").read_text("utf-8") == "sub-\\udcff.nii"
