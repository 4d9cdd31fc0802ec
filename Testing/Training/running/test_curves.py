"""The logs of all sessions of a run become one table and one picture."""

from __future__ import annotations

import csv
from pathlib import Path

from MotionQCTraining.running.curves import write_curves


def log(folder: Path, number: int, text: str) -> None:
    file = folder / "logs" / f"version_{number}" / "metrics.csv"
    file.parent.mkdir(parents=True)
    file.write_text(text)


def test_sessions_are_joined_by_step_and_the_later_one_counts(tmp_path: Path) -> None:
    log(tmp_path, 2, "epoch,step,train_loss,val_r2\n0,1,0.8,\n0,3,0.7,\n")
    log(tmp_path, 10, "epoch,step,train_loss,val_r2\n1,3,0.6,\n1,3,,0.5\n")
    write_curves(tmp_path)
    rows = list(csv.DictReader((tmp_path / "metrics.csv").open()))
    assert rows == [
        {"step": "2", "train_loss": "0.8", "val_r2": ""},
        {"step": "4", "train_loss": "0.6", "val_r2": "0.5"},
    ]
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_without_logs_has_no_curves(tmp_path: Path) -> None:
    write_curves(tmp_path)
    assert list(tmp_path.iterdir()) == []
