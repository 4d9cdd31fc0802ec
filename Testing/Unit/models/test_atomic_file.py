"""A file is there whole, or it is as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from MotionQCLib.models.atomic_file import write_atomically


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
